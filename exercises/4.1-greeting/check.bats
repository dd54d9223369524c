# Exercise 4.1: Greet each client
# ★
# In these, clients close without reading their greeting, and that resets the connection.
# changes: names each client by its descriptor
# changes: a client that closes is freed, and its descriptor is closed
# changes: out of descriptors, it serves those who are connected
# changes: after Ctrl-C, those who are connected are served until they leave
# changes: after Ctrl-C, those who wait to be accepted are served, too: their connect() has succeeded
load ../exercise

# The line for the client that came last.
greeting() {
  sed -n 's/^client \([0-9]*\): connected$/hello, client \1/p' "$LOG" | tail -n 1
}

@test "a client gets its line before it sends anything" {
  start
  connect client
  soon_line 'client [0-9]*: connected'
  read -r -t "$DEADLINE" line <&"$client" || true
  [ "$line" = "$(greeting)" ] || wrong 'A client connected, and sent nothing.' "$(greeting)" "${line:-nothing}" \
    'Greet it where it is accepted, before it sends anything.'
}

@test "a client gets its line, and not one byte more" {
  start
  for i in {1..100}; do connect "client$i"; done # the next one has a number of three digits
  echo_client </dev/null >"$BATS_TEST_TMPDIR/got" || true
  greeting | cmp -s - "$BATS_TEST_TMPDIR/got" || wrong 'A client connected, and closed its half.' \
    "$(greeting | bytes)" "$(bytes <"$BATS_TEST_TMPDIR/got")" \
    'How many bytes is the line? strlen() knows; sizeof is the whole array. And has the array room for a number of any length?'
}

@test "a client that has gone already does not end the server" {
  WRAP='env --default-signal=PIPE'
  start
  kill -STOP "$SERVER"
  # It closes its half, and then breaks off. Nobody has accepted it yet.
  socat -u /dev/null "TCP:127.0.0.1:$PORT,linger=0"
  kill -CONT "$SERVER"
  soon_line 'client [0-9]*: connected'
  connect client 2>/dev/null && read -r -t "$DEADLINE" line <&"$client" || true
  after_a_write
  [ -n "$line" ] || wrong 'A client came and was gone before it was accepted. Then another one came.' \
    'the other one is greeted' "$(ended && echo 'the server has ended' || echo nothing)" \
    "$ADVICE"
}
