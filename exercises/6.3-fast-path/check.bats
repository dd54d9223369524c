# Exercise 6.3: The fast path
# ★★
# after: 6.1
# These let calls fail that an echo of a few bytes no longer makes.
# changes: SIGPIPE, from a write to a client that has gone, does not end the server
# changes: an echo that finds no memory ends its client, once, with nothing sent
# changes: a client that can't be read any more is ended, with the error's text
load ../exercise

# Under strace, a leak checker can't work.
export ASAN_OPTIONS=$ASAN_OPTIONS:detect_leaks=0

# calls PATTERN: how many of these the program has made
calls() {
  grep -c -E "$1" "$BATS_TEST_TMPDIR/calls" || true
}

# expect_all DONE: what was sent has come back.
expect_all() {
  local sent got
  sent=$(wc -c <"$BATS_TEST_TMPDIR/sent")
  got=$(wc -c <"$BATS_TEST_TMPDIR/got")
  [ "$got" -ge "$sent" ] || wrong "$1" "$sent bytes come back" "$got bytes" \
    'send() may take some of the bytes, or none: what it did not take is still yours to send.'
  [ "$got" -le "$sent" ] || wrong "$1" "$sent bytes come back" "$got bytes" \
    'Some are sent twice: of n bytes that you had, n - sent are left, and they begin at data + sent.'
  cmp -s "$BATS_TEST_TMPDIR/sent" "$BATS_TEST_TMPDIR/got" || wrong "$1" 'they come back in order' \
    "$got bytes, in another order" 'When bytes wait in the output buffer, new ones must not overtake them: look at its length first.'
}

@test "an echo costs one wait and no epoll_ctl" {
  WRAP="strace -D -f -qq -o $BATS_TEST_TMPDIR/calls -e trace=epoll_ctl,?epoll_wait,?epoll_pwait,?epoll_pwait2"
  start
  connect client
  for i in {1..50}; do
    echo "$i" >&"$client"
    read -r -t "$DEADLINE" answer <&"$client" || true
    [ "$answer" = "$i" ] || wrong "A client sent \"$i\n\"." "$i" "${answer:-nothing}" 'It must echo as before.'
  done
  stop
  controls=$(calls epoll_ctl) waits=$(calls 'epoll_p?wait')
  [[ $controls -lt 25 && $waits -lt 75 ]] || wrong 'A client sent 50 lines, and waited for the echo of each.' \
    '50 waits, no epoll_ctl, and some of both to start and to end' "$waits waits, $controls epoll_ctl" \
    'bufferevent_write() waits until the loop finds the socket writable. Try send() before that.'
}

@test "what send() did not take is sent later" {
  ${CC:-cc} -shared -fPIC -o "$BATS_TEST_TMPDIR/half.so" "$BATS_TEST_DIRNAME/half.c" -ldl
  WRAP="env LD_PRELOAD=$BATS_TEST_TMPDIR/half.so"
  start
  head -c 9000 /dev/urandom >"$BATS_TEST_TMPDIR/sent"
  echo_client <"$BATS_TEST_TMPDIR/sent" >"$BATS_TEST_TMPDIR/got" || true
  expect_all 'A client sent 9,000 bytes. The second send() took only half of what it was given.'
}

@test "bytes that wait are not overtaken" {
  # The socket refuses the second send(), and takes the third.
  WRAP="strace -D -f -qq -o /dev/null -e trace=sendto,sendmsg -e inject=sendto,sendmsg:error=EAGAIN:when=2"
  start
  head -c 9000 /dev/urandom >"$BATS_TEST_TMPDIR/sent"
  echo_client <"$BATS_TEST_TMPDIR/sent" >"$BATS_TEST_TMPDIR/got" || true
  expect_all 'A client sent 9,000 bytes. The second send() could take none of its bytes (-1, EAGAIN).'
}

@test "waits for a client that does not read, and serves the others meanwhile" {
  start
  connect client
  connect other
  before=$(memory)
  head -c 67108864 /dev/zero >&"$client" 2>/dev/null 3>&- &
  DEADLINE=15 soon at_rest || wrong 'A client sent and sent, and read nothing.' 'the server waits for it, without work' \
    'it is busy' 'A socket that is full (EAGAIN) stays full until the client reads. bufferevent_write() lets the loop wait for that.'
  now=$(memory)
  [ "$now" -lt $((before + 4096)) ] || wrong 'A client sent and sent, and read nothing.' \
    'the server soon stops reading from it' "it keeps $((now - before)) KiB for it" \
    'Look at the length of the output afterwards, as before, and compare it with MAX_UNSENT.'
  echo hello >&"$other"
  read -r -t "$DEADLINE" line <&"$other" || true
  kill $! 2>/dev/null || true
  [ "$line" = hello ] || wrong 'A client read nothing, and another sent "hello\n".' 'the other gets: hello' \
    "${line:-nothing}" 'One client must not hold up the loop.'
}

@test "a slow client gets every byte, in order" {
  start
  head -c 20000000 /dev/urandom >"$BATS_TEST_TMPDIR/sent"
  DEADLINE=60
  # Nobody reads until the server has stopped reading; then all goes at once.
  echo_client <"$BATS_TEST_TMPDIR/sent" 3>&- | (soon at_rest; cat) >"$BATS_TEST_TMPDIR/got" || true
  expect_all 'A client sent 20,000,000 bytes, and began to read late.'
}
