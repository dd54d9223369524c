# Exercise 4.3: Who is it?
# ★★
load ../exercise

# client_addresses: where the connections to our port come from, seen from their side
client_addresses() {
  ss -Htn state established "dport = :$PORT" | awk '{ print $3 }'
}

# with_library: start a program that listens at an IPv6 address, and where each port has a name.
with_library() {
  ${CC:-cc} -shared -fPIC -o "$BATS_TEST_TMPDIR/ipv6.so" "$BATS_TEST_DIRNAME/ipv6.c" -ldl
  WRAP="env LD_PRELOAD=$BATS_TEST_TMPDIR/ipv6.so $*"
  start
}

# expect_from DONE ADDRESS [ADVICE]: the client that came last is said to come from there.
expect_from() {
  local number got advice
  number=$(sed -n 's/^client \([0-9]*\): connected$/\1/p' "$LOG" | tail -n 1)
  is_told() { [ "$(grep -A 1 -x "client $number: connected" "$LOG" | tail -n 1)" = "client $number: from $1" ]; }
  soon is_told "$2" && return
  got=$(sed -n "s/^client $number: from //p" "$LOG")
  case $got in
  "$2") advice='The line about the address comes right after "connected".' ;;
  '') advice='accept() tells the address, if its last two arguments are not NULL.' ;;
  *":$PORT") advice="That is the server's own address. The client's comes from accept()." ;;
  "${2//[][]/}") advice='Put an IPv6 address into brackets: it has colons itself.' ;;
  *:*[a-z]) advice='Show the number: with NI_NUMERICSERV, getnameinfo() looks for no name of the port.' ;;
  *[g-z]*:*) advice='Show the number: with NI_NUMERICHOST, getnameinfo() asks nobody for a name.' ;;
  "${2%:*}:"*) advice='The port travels in network byte order: ntohs(), or getnameinfo() for both parts.' ;;
  *) advice='Has accept() room for the whole address? A sockaddr_storage holds one of any family,
  and accept() reads from its last argument how much room there is: set that before each call.' ;;
  esac
  wrong "$1" "client $number: connected
client $number: from $2" "$(printed ^client)" "${3:-$advice}"
}

@test "tells a client's address and port" {
  start
  connect client
  soon_line 'client [0-9]*: connected' || wrong 'A client connected.' 'client FD: connected' "$(printed)" \
    'Does accept() fail? It reads from its last argument how much room there is for the address: set that before.'
  expect_from 'A client connected.' "$(client_addresses)"
}

@test "tells each client its own address and port" {
  start
  connect first
  soon_line 'client [0-9]*: connected'
  one=$(client_addresses)
  exec {second}> >(nc -N -s 127.0.0.2 127.0.0.1 "$PORT" >/dev/null 3>&-)
  CLIENTS+=(second)
  soon_line 'client [0-9]*: connected' 2
  expect_from 'Two clients connected. This is the second, from another address.' "$(client_addresses | grep -v -F -x "$one")"
}

@test "tells the address of a client that has gone already" {
  start
  kill -STOP "$SERVER"
  connect client # and nobody accepts it yet
  address=$(client_addresses)
  break_off client
  kill -CONT "$SERVER"
  soon_line 'client [0-9]*: connected' || true
  expect_from 'A client connected, and broke off before it was accepted.' "$address" \
    'accept() itself tells the address, in its last two arguments. getpeername() fails when the client has gone.'
}

@test "tells an IPv6 address, in brackets" {
  grep -qs ' lo$' /proc/net/if_inet6 || skip 'this machine has no IPv6'
  with_library
  eval "exec {client}<>/dev/tcp/::1/$PORT"
  CLIENTS+=(client)
  soon_line 'client [0-9]*: connected' || wrong 'A client connected to a listening socket of the IPv6 kind.' \
    'client FD: connected' "$(printed)" 'Has accept() room for the whole address? A sockaddr_storage has.'
  expect_from 'A client connected to a listening socket of the IPv6 kind.' "$(client_addresses)"
}

@test "tells a long IPv6 address whole" {
  grep -qs ' lo$' /proc/net/if_inet6 || skip 'this machine has no IPv6'
  with_library LONG=1
  eval "exec {client}<>/dev/tcp/::1/$PORT"
  CLIENTS+=(client)
  soon_line 'client [0-9]*: connected'
  expect_from 'A client connected, and its address is a long one.' "[fdff:1111:2222:3333:4444:5555:6666:7777]:$(client_addresses | sed 's/.*://')" \
    'The text of an IPv6 address can be long: INET6_ADDRSTRLEN, or NI_MAXHOST, is room enough.'
}
