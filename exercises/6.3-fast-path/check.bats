# Exercise 6.3: The fast path
# ★★
# after: 6.1
# These let calls fail that an echo of a few bytes no longer makes.
# changes: SIGPIPE, from a write to a client that has gone, does not end the server
# changes: an echo that finds no memory ends its client, once, with nothing sent
# changes: a client that can't be read any more is ended, with the error's text
load ../exercise

# Under strace, a leak checker can't work: the last point does without strace.
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
    'A socket may take some of the bytes, or none: what it did not take is still yours to send.'
  [ "$got" -le "$sent" ] || wrong "$1" "$sent bytes come back" "$got bytes" \
    'Some are sent twice: of n bytes that you had, n - sent are left, and they begin at data + sent.'
  cmp -s "$BATS_TEST_TMPDIR/sent" "$BATS_TEST_TMPDIR/got" || wrong "$1" 'they come back in order' \
    "$got bytes, in another order" 'When bytes wait in the output buffer, new ones must not overtake them: look at its length first.'
}

# start_with_room N: start the program so that of its second and third write to a socket N bytes are taken.
start_with_room() {
  ${CC:-cc} -shared -fPIC -o "$BATS_TEST_TMPDIR/half.so" "$BATS_TEST_DIRNAME/half.c" -ldl
  WRAP="env LD_PRELOAD=$BATS_TEST_TMPDIR/half.so TAKES=$1"
  start
}

@test "an echo of a few bytes costs one wait and no epoll_ctl" {
  [ "$SANITIZER" = leak ] || WRAP="strace -D -f -qq -o $BATS_TEST_TMPDIR/calls -e trace=epoll_ctl,?epoll_wait,?epoll_pwait,?epoll_pwait2"
  start
  connect client
  for i in {1..50}; do
    echo "$i" >&"$client"
    read -r -t "$DEADLINE" answer <&"$client" || true
    [ "$answer" = "$i" ] || wrong "A client sent \"$i\n\"." "$i" "${answer:-nothing}" 'It must echo as before.'
  done
  [ "$SANITIZER" != leak ] || return 0
  stop
  controls=$(calls epoll_ctl) waits=$(calls 'epoll_p?wait')
  [[ $controls -lt 25 && $waits -lt 75 ]] || wrong 'A client sent 50 lines, and waited for the echo of each.' \
    '50 waits, no epoll_ctl, and some of both to start and to end' "$waits waits, $controls epoll_ctl" \
    'bufferevent_write() waits until the loop finds the socket writable. Write to the socket before that.'
}

@test "a message of 62 bytes to 64 KiB comes back while its client waits" {
  start
  run timeout "$DEADLINE" python3 -c 'import os, socket, sys
client = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
for size in 62, 1000, 1500, 4096, 6000, 20000, 65536:
    print(size)
    sent, got = os.urandom(size), b""
    client.sendall(sent)
    while len(got) < size:
        got += client.recv(65536) or sys.exit("the end")
    assert got == sent, "others"' "$PORT"
  [ "$status" = 0 ] || wrong "A client sent a message of ${lines[0]:+$(grep -x '[0-9]*' <<<"$output" | tail -n 1)} bytes, and waited." \
    'it comes back' "$(ended && echo 'the server has ended' || echo 'nothing more, or others')" \
    'What the socket did not take is still yours to send.'
}

@test "what the socket does not take is sent later, and once" {
  start_with_room 500
  head -c 9000 /dev/urandom >"$BATS_TEST_TMPDIR/sent"
  echo_client <"$BATS_TEST_TMPDIR/sent" >"$BATS_TEST_TMPDIR/got" || true
  expect_all 'A client sent 9,000 bytes. Of the second write and the third, its socket took only 500.'
}

@test "bytes that wait are not overtaken by new ones" {
  start_with_room 0
  head -c 9000 /dev/urandom >"$BATS_TEST_TMPDIR/sent"
  echo_client <"$BATS_TEST_TMPDIR/sent" >"$BATS_TEST_TMPDIR/got" || true
  expect_all 'A client sent 9,000 bytes. Of the second write and the third, its socket took none (-1, EAGAIN).'
}

@test "a client that does not read costs no work, and the others are served" {
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

@test "a client that reads late gets every byte, in order" {
  start
  head -c 20000000 /dev/urandom >"$BATS_TEST_TMPDIR/sent"
  DEADLINE=60
  # Nobody reads until the server has stopped reading; then all goes at once.
  echo_client <"$BATS_TEST_TMPDIR/sent" 3>&- | (soon at_rest; cat) >"$BATS_TEST_TMPDIR/got" || true
  expect_all 'A client sent 20,000,000 bytes, and began to read late.'
}

# edge cases

@test "a client that is blocked costs no more memory for single bytes than the bytes" {
  one_byte_a_read
  start
  before=$(memory)
  send_and_read_nothing
  DEADLINE=30 soon all_read || true
  now=$(memory)
  kill "$SENDER"
  [ "$now" -lt $((before + 4096)) ] || wrong 'A client read nothing, and sent 60,000 bytes, which came one by one.' \
    'they cost about 60 KiB' "they cost $((now - before)) KiB" \
    'bufferevent_write_buffer() moves a block of 1,024 bytes for each of them. Copy what is small.'
}

@test "a client that breaks off is ended with its socket's error" {
  start
  connect client
  soon_line 'client [0-9]*: connected'
  kill -STOP "$SERVER"
  echo hello >&"$client"
  break_off client
  kill -CONT "$SERVER"
  soon_line 'client [0-9]*: Connection reset by peer' || wrong 'A client sent "hello\n" and broke off (its connection was reset).' \
    'client FD: Connection reset by peer' "$(printed ^client)" \
    'Your write has met that error, and the socket tells it only once: end the client there, unless it is EAGAIN.'
}
