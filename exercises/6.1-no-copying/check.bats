# Exercise 6.1: Echo without copying
# ★
# This one lets bufferevent_write() fail, which the answer does not call.
# changes: an echo that finds no memory ends its client, once, with nothing sent
load ../exercise

@test "sends bytes from where they were read" {
  ${CC:-cc} -shared -fPIC -o "$BATS_TEST_TMPDIR/spy.so" "$BATS_TEST_DIRNAME/spy.c" -ldl
  export COPIES=$BATS_TEST_TMPDIR/copies
  WRAP="env LD_PRELOAD=$BATS_TEST_TMPDIR/spy.so"
  start
  # More than a chunk: else the copy may by chance get the memory that was freed just before.
  printf '%3000d' 1 | echo_client | cmp -s - <(printf '%3000d' 1) ||
    wrong 'A client sent 3,000 bytes and closed its half.' 'they come back' 'something else' 'It must echo as before.'
  [ "$(<"$COPIES")" = 0 ] || wrong 'A client sent 3,000 bytes.' 'all are sent from the memory where they were read' \
    "$(<"$COPIES") of them are a copy" 'bufferevent_write() copies. bufferevent_write_buffer() takes the memory over.'
}

@test "echoes every byte" {
  start
  head -c 5000000 /dev/urandom >"$BATS_TEST_TMPDIR/sent"
  DEADLINE=30 echo_client <"$BATS_TEST_TMPDIR/sent" >"$BATS_TEST_TMPDIR/got" || true
  cmp -s "$BATS_TEST_TMPDIR/sent" "$BATS_TEST_TMPDIR/got" || wrong 'A client sent 5,000,000 bytes.' \
    'they come back' "$(wc -c <"$BATS_TEST_TMPDIR/got") bytes, or others" 'It must echo as before.'
}

@test "a client that does not read is still not read from" {
  start
  connect client
  before=$(memory)
  head -c 67108864 /dev/zero >&"$client" 2>/dev/null 3>&- &
  DEADLINE=30
  soon at_rest
  now=$(memory)
  kill $! 2>/dev/null || true
  [ "$now" -lt $((before + 4096)) ] || wrong 'A client sent and sent, and read nothing.' \
    'the program soon stops reading from it' "it keeps $((now - before)) KiB for it" \
    'Look at the length of the output afterwards, as before, and compare it with MAX_UNSENT.'
}
