load helper

# bats test_tags=superseded
@test "reports a waiting client once a second, not a million times" {
  start
  before=${EPOCHREALTIME/[.,]/}
  connect client
  wait_for_line 'a client is waiting' 3
  kill -STOP "$SERVER" # no more lines now, however many there are
  eventually grep -q '^State:.*T' "/proc/$SERVER/status"
  pauses=$(($(grep -c 'a client is waiting' "$LOG") - 1))
  microseconds=$(($(written "$LOG") - before))
  kill -CONT "$SERVER"
  assert [ $microseconds -gt $((pauses * 750000)) ]
  assert [ $microseconds -lt $((pauses * 1450000)) ]
}

# bats test_tags=superseded
@test "a client that has left is still reported, until somebody accepts it" {
  start
  connect client
  disconnect client
  wait_for_line 'a client is waiting' 2
}

@test "idles while a client waits" {
  start
  connect client
  assert [ "$(cpu_percent 1)" -lt 5 ]
}

@test "idles while nobody is there" {
  start
  assert [ "$(cpu_percent 1)" -lt 5 ]
}

@test "Ctrl-C refuses new clients, and the loop returns when no events are left" {
  start
  interrupt
  wait_for_line 'no new clients; Ctrl-C again ends now'
  assert refuses_clients
  wait_for_line 'no events left: the loop has returned'
  expect_exit 0
}

# bats test_tags=superseded
@test "Ctrl-C ends it in the middle of a pause, too" {
  start
  connect client
  wait_for_line 'a client is waiting'
  interrupt
  wait_for_line 'no events left: the loop has returned'
  expect_exit 0
}

# bats test_tags=uninstrumented
@test "two Ctrl-C before the loop comes to the first count as one" {
  needs_glibc 'its log is written by write'
  # The handler's own write, after two lines of output, takes a second, so that the next Ctrl-C
  # waits behind it.
  traced -o /dev/null -e trace=write -e inject=write:delay_enter=1000000:when=3
  start
  interrupt
  eventually grep -q '^SigBlk:.*[2367abef]$' "/proc/$SERVER/status" # it is in the handler
  interrupt
  wait_for_line 'no events left: the loop has returned'
  assert_equal "$(grep -c 'no new clients' "$LOG")" 1
  expect_exit 0
}

# bats test_tags=uninstrumented
@test "Ctrl-C does no harm right after the line that says where it listens" {
  needs_glibc 'its log is written by write'
  # The write of that line, the second, takes half a second longer.
  traced -o /dev/null -e trace=write -e inject=write:delay_exit=500000:when=2
  start
  interrupt
  wait_for_line 'no events left: the loop has returned'
  expect_exit 0
}

# bats test_tags=uninstrumented,superseded
@test "a pause that can't begin is tried again at once" {
  with_failing event_add 3 # after those for Ctrl-C and for the listening socket
  start
  connect client
  wait_for_line 'a client is waiting' 2
}

# bats test_tags=uninstrumented,superseded
@test "a pause that can't end is another pause" {
  with_failing event_add 4
  start
  connect client
  wait_for_line 'a client is waiting' 2
}

# bats test_tags=uninstrumented
@test "an event that can't be made or added is an error of its start" {
  for call in event_new:1:0 event_new:2:0 event_new:3:0 event_add:1:-1 event_add:2:-1; do
    with_failing ${call//:/ }
    run --separate-stderr timeout 10 $WRAP "$MAIN" 0
    assert_failure 1
    assert_equal "$stderr" 'event_new or event_add: Operation not permitted'
  done
}

# bats test_tags=uninstrumented
@test "a loop that fails is an error" {
  # The first wait for events fails, as it would with a broken descriptor.
  traced -o /dev/null -e inject=?epoll_wait,?epoll_pwait,?epoll_pwait2:error=EBADF:when=1
  run --separate-stderr timeout 10 $WRAP "$MAIN" 0
  assert_failure 1
  assert_regex "$stderr" '^.warn. epoll_p?wait2?: Bad file descriptor$'
}
