# Exercise 4.2: One client too many
# changes: out of descriptors, it idles, and complains at most once a second
# changes: out of descriptors, it serves those who are connected
# changes: out of descriptors, those who wait are served when others leave
# changes: out of descriptors, Ctrl-C ends it as ever
load exercise

# three_clients: are connected
three_clients() {
  start
  for number in 1 2 3; do
    connect client$number
    soon_line 'client [0-9]*: connected' $number || wrong "Client number $number connected." \
      'client FD: connected' "$(printed)" 'Three clients are served at a time.'
  done
}

@test "the fourth client gets a word, and is closed" {
  three_clients
  run timeout "$DEADLINE" nc -d 127.0.0.1 "$PORT"
  [ $status != 124 ] || wrong 'Three clients are connected, and a fourth came.' 'it is closed at once' \
    "it stays connected; the server printed
$(printed)" 'Compare the number of clients before you serve one more.'
  [ "$output" = 'too many clients' ] || wrong 'Three clients are connected, and a fourth came.' \
    'too many clients' "${output:-nothing}" 'send() it the line, and only then close it.'
}

@test "the server says that it refused it, and nothing else" {
  three_clients
  timeout "$DEADLINE" nc -d 127.0.0.1 "$PORT" || true
  soon_line 'client [0-9]*: refused' || wrong 'A fourth client came.' 'client FD: refused' "$(printed)" \
    'Print it when you close that client.'
  [ "$(grep -c '^client' "$LOG")" = 4 ] || wrong 'A fourth client came.' 'one line about it' "$(printed)" \
    'It was never connected, so it is not closed either.'
}

@test "when one of the three leaves, the next is served again" {
  three_clients
  for number in 4 5 6 7 8; do
    disconnect client$((number - 3))
    soon_line 'client [0-9]*: closed' $((number - 3))
    connect client$number
    soon_line 'client [0-9]*: connected' $number || wrong 'One of three clients left, and another one came.' \
      'client FD: connected' "$(printed)" 'A client that ends makes room: count it down in end_client().'
  done
}
