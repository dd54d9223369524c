# Exercise 4.2: One client too many
# ★★
# These have more than three clients.
# changes: out of descriptors, it idles, and complains at most once a second
# changes: out of descriptors, it serves those who are connected
# changes: out of descriptors, those who wait are served when others leave
# changes: out of descriptors, Ctrl-C ends it as ever
# changes: after Ctrl-C, those who wait to be accepted are served, too: their connect() has succeeded
# changes: after Ctrl-C, one of those who has left again, or a signal, does not end the others' waiting
load ../exercise

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
  local done='Three clients are connected, and a fourth came.' got=$BATS_TEST_TMPDIR/got
  local advice='Compare the number of clients before you serve one more.'
  timeout "$DEADLINE" nc -d 127.0.0.1 "$PORT" >"$got" || [ $? != 124 ] || {
    ! has_line 'client [0-9]*: refused' || advice='You refused it, but its descriptor is still open: close() it.'
    wrong "$done" 'it is closed at once' "it stays connected; the server printed
$(printed)" "$advice"
  }
  [ -s "$got" ] || wrong "$done" 'too many clients' nothing 'send() it the line, and only then close it.'
  echo 'too many clients' | cmp -s - "$got" || wrong "$done" "$(echo 'too many clients' | bytes)" "$(bytes <"$got")" \
    'The line ends with \n, and nothing follows. strlen() is its length; sizeof also counts the \0 behind it.'
}

@test "the server prints one line about a client that it refuses" {
  three_clients
  timeout "$DEADLINE" nc -d 127.0.0.1 "$PORT" || true
  soon_line 'client [0-9]*: refused' || wrong 'A fourth client came.' 'client FD: refused' "$(printed)" \
    'Print it when you close that client.'
  [ "$(grep -c '^client' "$LOG")" = 4 ] || wrong 'A fourth client came.' 'one line about it' "$(printed)" \
    'It was never connected, so it is not closed either.'
}

@test "a fourth client that has gone already does not end the server" {
  WRAP='env --default-signal=PIPE'
  three_clients
  kill -STOP "$SERVER"
  # It closes its half, and then breaks off. Nobody has accepted it yet.
  socat -u /dev/null "TCP:127.0.0.1:$PORT,linger=0"
  kill -CONT "$SERVER"
  soon_line 'client [0-9]*: refused' || true
  run timeout "$DEADLINE" nc -d 127.0.0.1 "$PORT"
  after_a_write
  [[ $output = *'too many clients'* ]] ||
    wrong 'A fourth client came and was gone before it was accepted. Then another one came.' 'the other one gets its line' \
      "$(ended && echo 'the server has ended' || echo nothing)" "$ADVICE"
}

@test "a hundred clients that are refused cost no descriptor" {
  WRAP='prlimit --nofile=32'
  three_clients
  for i in {1..100}; do
    timeout "$DEADLINE" nc -d 127.0.0.1 "$PORT" | grep -q 'too many clients' ||
      wrong "Client number $i was refused." 'too many clients' "$(printed)" \
        'Its descriptor is still open: close() it.'
  done
}

@test "when one of three clients leaves, the next one is served" {
  three_clients
  timeout "$DEADLINE" nc -d 127.0.0.1 "$PORT" >/dev/null || true # is refused
  for number in 4 5 6 7 8; do
    disconnect client$((number - 3))
    soon_line 'client [0-9]*: closed' $((number - 3))
    connect client$number
    soon_line 'client [0-9]*: connected' $number || wrong 'Three clients were served, and a fourth was refused. One of the three left, and another one came.' \
      'client FD: connected' "$(printed)" 'Whoever is refused is not one of the three: do not count it. A client that ends makes room: count it down where it ends. The last argument of bufferevent_setcb() comes to on_event.'
  done
}

@test "when one of three clients breaks off, the next one is served" {
  three_clients
  break_off client1
  soon_line 'client [0-9]*: Connection reset by peer' || true
  connect client4
  soon_line 'client [0-9]*: connected' 4 || wrong 'One of three clients broke off (its connection was reset), and another one came.' \
    'client FD: connected' "$(printed)" 'Count a client down however it ends: on an error as well as at its end.'
}
