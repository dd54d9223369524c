load helper

# connect_to WORKER NAME: connects, and waits until that worker says so.
connect_to() {
  local before
  before=$(grep -c "(worker $1)" "$LOG") || true
  connect "$2"
  wait_for_line "client [0-9]*: connected (worker $1)" $((before + 1))
}

threads() {
  ls "/proc/$SERVER/task" | wc -l
}

@test "the workers get the clients in turn" {
  start
  for turn in {1..3}; do
    for worker in {1..4}; do connect_to "$worker" "client$turn$worker"; done
  done
}

# bats test_tags=uninstrumented
@test "there are four workers, and a thread that accepts" {
  start
  connect_to 1 client # then all have started
  assert_equal "$(threads)" 5
}

@test "each worker has a base of its own" {
  [ -z "${EVENT_NOEPOLL+set}" ] || skip "counts the descriptors of epoll"
  start
  connect_to 1 client
  run ls -l "/proc/$SERVER/fd"
  assert_equal "$(grep -c eventpoll <<<"$output")" 5
}

@test "a build with -DWORKERS=2 has two workers" {
  cp "$TOP"/07-threads/{main.c,Makefile} "$BATS_TEST_TMPDIR"
  make -s -C "$BATS_TEST_TMPDIR" CPPFLAGS=-DWORKERS=2
  MAIN=$BATS_TEST_TMPDIR/main
  start
  connect_to 1 one
  connect_to 2 two
  connect_to 1 three
  assert_equal "$(threads)" 3
}

# bats test_tags=uninstrumented
@test "a client that keeps its worker busy does not hold up the other workers" {
  needs_libevent 2.1 'it reads by readv'
  # A thread's third read takes 5 seconds: worker 2 comes to two, the other client's line and its end.
  traced -o /dev/null -e trace=readv -e inject=readv:delay_enter=5000000:when=3
  start
  connect_to 1 busy
  connect_to 2 other
  for i in 1 2; do
    echo hello >&"$busy"
    read -r -t "$DEADLINE" answer <&"$busy"
  done
  echo hello >&"$busy"
  echo hello >&"$other"
  read -r -t 4 answer <&"$other"
  assert_equal "$answer" hello
  run ! read -r -t 0 answer <&"$busy"
  read -r -t $((5 + DEADLINE)) answer <&"$busy" # those 5 seconds are not the server's end
}

# bats test_tags=uninstrumented
@test "a worker that can't be made is an error of the start" {
  for call in pipe:1:-1 evutil_make_socket_nonblocking:2:-1 event_base_new:2:0 pthread_create:1:1; do
    with_failing ${call//:/ }
    run --separate-stderr timeout 10 $WRAP "$MAIN" 0
    assert_failure 1
    assert_equal "$stderr" "${call%%:*}: Operation not permitted"
  done
  for call in event_new:4:0 event_add:3:-1; do
    with_failing ${call//:/ }
    run --separate-stderr timeout 10 $WRAP "$MAIN" 0
    assert_failure 1
    assert_equal "$stderr" 'event_new or event_add: Operation not permitted'
  done
}

# bats test_tags=uninstrumented
@test "a worker's loop that fails is an error" {
  # A thread's fourth wait for events fails; the accepting thread only comes to its second.
  traced -o /dev/null -e inject=?epoll_wait,?epoll_pwait,?epoll_pwait2:error=EBADF:when=4
  start
  connect_to 1 client
  echo hello >&"$client"
  read -r -t "$DEADLINE" answer <&"$client"
  echo hello >&"$client"
  expect_exit 1
  run cat "$ERRORS"
  assert_output --regexp '^.warn. epoll_p?wait2?: Bad file descriptor$'
}

# bats test_tags=uninstrumented
@test "a thread that can't be waited for is an error" {
  with_failing pthread_join 1 1
  start
  interrupt
  expect_exit 1
  assert_equal "$(<"$ERRORS")" 'pthread_join: Operation not permitted'
}

# bats test_tags=uninstrumented
@test "a client whose socket stays blocking is closed, with the error's text, and the next one is served" {
  with_failing evutil_make_socket_nonblocking 6 # after the listening socket's, and four pipes'
  start
  connect client
  wait_for_line 'client [0-9]*: Operation not permitted'
  is_closed client
  connect next
  wait_for_client 2
  stop
}

# bats test_tags=uninstrumented
@test "a client that can't be handed over is closed, and the next one is served" {
  with_failing write
  start
  connect client
  eventually grep -q -x 'write: Operation not permitted' "$ERRORS"
  is_closed client
  connect_to 2 next
}

# The last digit of a pipe's flags is 0 where one may read, and 4000 is O_NONBLOCK.
reading_ends_do_not_block() {
  local flags
  flags=$(cat $(find "/proc/$SERVER/fd" -lname 'pipe:*' | sed s/fd/fdinfo/) | grep '^flags:.*0$')
  [ -n "$flags" ] && ! grep -qv '4000$' <<<"$flags"
}

# bats test_tags=uninstrumented
@test "a worker's pipe has a reading end that does not block" {
  start
  connect client
  wait_for_client # then all have started
  eventually reading_ends_do_not_block
}

# bats test_tags=uninstrumented
@test "a worker that can't read from its pipe tries again" {
  with_failing read
  start
  connect_to 1 client
}

@test "clients of all workers get exactly their bytes, at the same time" {
  set -o pipefail # the end of the connection counts, too
  start
  for i in {1..8}; do
    head -c 2000000 /dev/urandom >"$BATS_TEST_TMPDIR/sent$i"
    (echo_client <"$BATS_TEST_TMPDIR/sent$i" | cmp - "$BATS_TEST_TMPDIR/sent$i") 3>&- &
    jobs[i]=$!
  done
  for job in "${jobs[@]}"; do wait "$job"; done
  for worker in {1..4}; do
    assert has_line "client [0-9]*: connected (worker $worker)" 2
  done
}

@test "after Ctrl-C, each worker serves its clients until they leave, and no thread is left" {
  start
  for worker in {1..4}; do connect_to "$worker" "client$worker"; done
  interrupt
  wait_for_line 'no new clients; Ctrl-C again ends now'
  assert refuses_clients
  for worker in 3 1 4 2; do
    client=client$worker
    echo hello >&"${!client}"
    read -r -t "$DEADLINE" answer <&"${!client}"
    assert_equal "$answer" hello
    refute has_line 'no events left: the loop has returned'
    disconnect "$client"
  done
  wait_for_line 'no events left: the loop has returned'
  expect_exit 0
}

@test "a second Ctrl-C ends all threads at once" {
  start
  connect_to 1 client
  interrupt
  wait_for_line 'no new clients; Ctrl-C again ends now'
  interrupt
  expect_exit 130
}
