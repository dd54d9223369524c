load helper

# random SIZE: a file of so many random bytes, $BATS_TEST_TMPDIR/sent
random() {
  SENT=$BATS_TEST_TMPDIR/sent
  head -c "$1" /dev/urandom >"$SENT"
}

# connect_and_send NAME: connects, and sends $SENT in the background, by the process SENDER, as
# fast as the server takes it. Nobody reads what comes back.
connect_and_send() {
  connect "$1"
  cat "$SENT" >&"${!1}" 2>/dev/null 3>&- &
  SENDER=$!
}

# The connection lasts as long as the sender has it.
teardown() {
  kill "$SENDER" 2>/dev/null || true
  [ -z "$SERVER" ] || stop || { kill -KILL "$SERVER"; return 1; }
}

# How many bytes of $SENT has the sender read?
sent() {
  awk '/^pos:/ { print $2 }' "/proc/$SENDER/fdinfo/3"
}

# A second has passed in which the sender could not go on.
sender_is_stuck() {
  local before
  before=$(sent) || return 1
  sleep 1
  [ "$(sent)" = "$before" ]
}

@test "what a client sends comes back" {
  start
  run echo_client <<<'hello'
  assert_success
  assert_output hello
}

@test "each client gets its own bytes, and no other's" {
  start
  connect one
  connect two
  echo password >&"$one"
  echo hi >&"$two"
  read -r -t "$DEADLINE" from_one <&"$one"
  read -r -t "$DEADLINE" from_two <&"$two"
  assert_equal "$from_one" password
  assert_equal "$from_two" hi
}

@test "bytes come back exactly, and all of them, after half a close" {
  set -o pipefail # the end of the connection counts, too
  start
  random 5000000
  echo_client <"$SENT" | cmp - "$SENT"
}

@test "what takes two writes comes back at once, and not only after an acknowledgement" {
  start
  # A client's kernel puts an acknowledgement off for 40 ms. The median, as others may be busy here.
  python3 - "$PORT" <<'END'
import socket, statistics, sys, time
client = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
def echo():
    begin = time.monotonic()
    client.sendall(bytes(40000))
    left = 40000
    while left > 0:
        left -= len(client.recv(left))
    return time.monotonic() - begin
median = statistics.median(echo() for _ in range(50))
print(f"{median * 1000:.1f} ms")
assert median < 0.02
END
}

# bats test_tags=uninstrumented
@test "without TCP_NODELAY it does not start" {
  with_failing setsockopt 2
  run --separate-stderr timeout 10 $WRAP "$MAIN" 0
  assert_failure 1
  assert_equal "$stderr" 'setsockopt: Operation not permitted'
}

# bats test_tags=uninstrumented
@test "bytes that still wait when the client has closed half come back, too" {
  needs_libevent 2.1 'it sends by writev'
  # The client can't take anything yet, as it seems at the first write, …
  traced -o /dev/null -e trace=writev -e inject=writev:error=EAGAIN:when=1
  start
  # … and the server finds the bytes together with the end of them.
  kill -STOP "$SERVER"
  echo_client <<<'hello' >"$BATS_TEST_TMPDIR/back" 3>&- &
  client=$!
  half_closed() { [ -n "$(ss -Htn state close-wait "sport = :$PORT")" ]; }
  eventually half_closed
  kill -CONT "$SERVER"
  wait "$client"
  assert_equal "$(<"$BATS_TEST_TMPDIR/back")" hello
}

@test "single bytes of every value come back" {
  start
  for i in {0..255}; do printf "\\x$(printf %x "$i")"; done >"$BATS_TEST_TMPDIR/all"
  echo_client <"$BATS_TEST_TMPDIR/all" | cmp - "$BATS_TEST_TMPDIR/all"
}

@test "ten clients at once get their bytes" {
  start
  random 1000000
  for i in {1..10}; do
    (echo_client <"$SENT" | cmp - "$SENT") 3>&- &
    jobs[i]=$!
  done
  for job in "${jobs[@]}"; do wait "$job"; done
}

@test "no longer says what it reads" {
  start
  echo hello | echo_client
  wait_for_line 'client [0-9]*: closed'
  run grep -c '^client' "$LOG"
  assert_output 2 # connected, closed
}

@test "a client that sends and never reads is stopped while others are served, and gets every byte when it reads" {
  start
  before=$(memory)
  random 67108864
  connect_and_send client
  eventually sender_is_stuck
  assert [ "$(sent)" -lt 67108864 ]
  [ "$INSTRUMENTED" ] || assert [ "$(memory)" -lt $((before + 1024)) ]
  assert [ "$(cpu_percent 1)" -lt 5 ]
  run echo_client <<<'hello'
  assert_output hello
  timeout 60 head -c 67108864 <&"$client" | cmp - "$SENT"
  wait "$SENDER"
}

@test "a client that goes while its bytes wait ends neither the server nor the others" {
  start
  random 67108864
  connect other
  connect_and_send client
  eventually sender_is_stuck
  kill "$SENDER"
  wait "$SENDER" || true
  disconnect client
  wait_for_line 'client [0-9]*: \(Connection reset by peer\|Broken pipe\)'
  echo hello >&"$other"
  read -r -t "$DEADLINE" answer <&"$other"
  assert_equal "$answer" hello
}

# half_close_unread: a client that has closed half, and does not read what waits for it. It resets
# the connection when its input ends, which leave does. CLIENT is its process.
half_close_unread() {
  exec {DOOR}> >(exec python3 "$TOP/tests/half_close.py" "$PORT" >"$BATS_TEST_TMPDIR/half" 2>&1 3>&-)
  CLIENT=$!
  eventually grep -q 'bytes wait' "$BATS_TEST_TMPDIR/half"
}

# bats test_tags=uninstrumented
@test "a client that has closed half and does not read costs no work" {
  start
  half_close_unread
  assert [ "$(cpu_percent 1)" -lt 5 ]
  exec {DOOR}>&-
}

@test "a client that has closed half and breaks off is freed" {
  start
  half_close_unread
  before=$(descriptors)
  exec {DOOR}>&-
  wait_for_line 'client [0-9]*: \(Connection reset by peer\|Broken pipe\)'
  has_one_less() { [ "$(descriptors)" -eq $((before - 1)) ]; }
  eventually has_one_less
}

# bats test_tags=uninstrumented
@test "while less than 64 KiB wait for a client, it goes on reading from it" {
  traced -e trace=epoll_ctl -o "$BATS_TEST_TMPDIR/calls"
  start
  connect client
  for i in {1..20}; do
    echo hello >&"$client"
    read -r -t "$DEADLINE" answer <&"$client"
  done
  disconnect client
  wait_for_line 'client [0-9]*: closed'
  run grep 'events=EPOLLOUT,' "$BATS_TEST_TMPDIR/calls" # without EPOLLIN
  assert_output ''
}

# bats test_tags=uninstrumented
@test "an echo that finds no memory ends its client, once, with nothing sent" {
  with_failing bufferevent_write 1 -1 2
  start
  connect client
  printf '%3000d' 1 >&"$client"
  wait_for_line 'client [0-9]*: Operation not permitted'
  is_closed client
  assert_equal "$(grep -c '^client.*not permitted' "$LOG")" 1
}

# bats test_tags=uninstrumented
@test "a client that can't be read any more is ended, with the error's text" {
  with_failing bufferevent_enable 2 # after its first echo
  start
  connect client
  echo hello >&"$client"
  wait_for_line 'client [0-9]*: Operation not permitted'
  run timeout "$DEADLINE" cat <&"$client"
  assert_output hello
  assert_success
}

# bats test_tags=uninstrumented
@test "without SIGPIPE ignored it does not start" {
  with_failing signal
  run --separate-stderr timeout 10 $WRAP "$MAIN" 0
  assert_failure 1
  assert_equal "$stderr" 'signal: Operation not permitted'
}

# bats test_tags=uninstrumented
@test "SIGPIPE, from a write to a client that has gone, does not end the server" {
  needs_libevent 2.1 'it sends by writev'
  needs_glibc 'its log is not written by writev'
  # The first write fails as it would then.
  traced -o /dev/null -e trace=writev -e inject=writev:error=EPIPE:signal=PIPE:when=1
  start
  connect client
  echo hello >&"$client"
  wait_for_line 'client [0-9]*: Broken pipe'
  assert kill -0 "$SERVER"
}

@test "after Ctrl-C, those who are connected get their bytes" {
  start
  connect client
  wait_for_client
  interrupt
  wait_for_line 'no new clients; Ctrl-C again ends now'
  assert refuses_clients
  echo hello >&"$client"
  read -r -t "$DEADLINE" answer <&"$client"
  assert_equal "$answer" hello
  disconnect client
  expect_exit 0
}

@test "after Ctrl-C, those who still wait to be accepted get their bytes" {
  start
  kill -STOP "$SERVER"
  for i in {1..50}; do
    connect "client$i"
    name=client$i
    echo "hello $i" >&"${!name}"
  done
  interrupt
  kill -CONT "$SERVER"
  for i in {1..50}; do
    name=client$i
    read -r -t "$DEADLINE" answer <&"${!name}"
    assert_equal "$answer" "hello $i"
    disconnect "$name"
  done
  expect_exit 0
}

# bats test_tags=uninstrumented
@test "bytes come back on the other backends, too" {
  random 1000000
  for backend in poll select; do
    export EVENT_NOEPOLL=1
    [ $backend = poll ] || export EVENT_NOPOLL=1
    start
    assert has_line "libevent .* chose $backend from: .*"
    echo_client <"$SENT" | cmp - "$SENT"
    stop
  done
}
