# Exercise 2.2: Another address, IPv6 too
# ★★
# The second argument is the address.
# changes: two arguments are answered with the usage
load ../exercise

# expect_listening ADDRESS SHOWN ADVICE [PORT]: started with that address, the program listens there.
expect_listening() {
  local done="Ran my/2.2/main ${4:-0} $1." there
  start "${4:-0}" "$1" >/dev/null 2>&1 || true
  has_line "listening on ${2//[/\\[}:${4:-[0-9]*}" ||
    wrong "$done" "listening on $2:${4:-PORT}" "$(printed)" "$3"
  there=$(ss -Hltn "sport = :$PORT" | awk '{ print $4 }')
  [ "$there" = "$2:$PORT" ] || wrong "$done Then looked with ss where it listens." "$2:$PORT" \
    "${there:-nowhere}" 'The line is right. Is it that address which bind() gets?'
}

@test "listens on another IPv4 address" {
  expect_listening 127.0.0.2 127.0.0.2 'evutil_parse_sockaddr_port() turns the second argument into an address.'
  ends_well
  expect_listening 127.0.0.2 127.0.0.2 'The text names no port, so that of the address is 0. Put yours in, with htons().' "$PORT"
}

@test "listens on an IPv6 address" {
  grep -qs ' lo$' /proc/net/if_inet6 || skip 'this machine has no IPv6'
  expect_listening ::1 '[::1]' 'The socket must be of the same family as the address: sa_family tells which.'
  ends_well
  # Whoever takes that, too, may not show it as it is.
  start 0 '[::1]' >/dev/null 2>&1 || true
  ! has_line 'listening on .*' || has_line 'listening on \[::1]:[0-9]*' || wrong "Ran my/2.2/main 0 [::1]." \
    'listening on [::1]:PORT, or a line with usage:' "$(printed ^listening)" 'evutil_parse_sockaddr_port() takes brackets, and a port. evutil_inet_ntop() shows the address alone.'
  ! ended || SERVER=
}

@test "still listens on 127.0.0.1 if you don't choose" {
  start
  run ss -Hltn "sport = :$PORT"
  [[ $output = *" 127.0.0.1:$PORT "* ]] || wrong 'Ran my/2.2/main 0.' "127.0.0.1:$PORT" "$output" \
    'The loopback address stays the default.'
}

@test "answers an invalid address, or a third argument, with the usage" {
  for arguments in 'x' 'localhost' '127.0.0.1.1' '127.0.0.1 0'; do
    run timeout 5 "$MAIN" 0 $arguments </dev/null
    [[ $status = 1 && $output = *usage:* ]] ||
      wrong "Ran my/2.2/main 0 $arguments." 'a line with usage: and exit status 1' \
        "$output (exit status $status)" 'evutil_parse_sockaddr_port() returns -1 for a text that is no address.'
  done
}
