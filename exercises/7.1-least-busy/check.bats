# Exercise 7.1: The least busy worker
# ★★
# In these, clients leave, so that the next one does not go to the worker whose turn it would be.
# changes: clients of all workers get exactly their bytes, at the same time
# changes: a client that can't be handed over is closed, and the next one is served
load ../exercise

# workers: those of all clients so far, in the order in which they connected
workers() {
  sed -n 's/^client [0-9]*: connected (worker \([0-9]*\))$/\1/p' "$LOG"
}

# join NAME: connects, and waits until the client is served.
join() {
  local joined
  joined=$(workers | wc -l)
  connect "$1"
  soon_line 'client [0-9]*: connected (worker [0-9]*)' $((joined + 1)) || wrong 'A client connected.' \
    'client 28: connected (worker 1)' "$(printed)" 'The line stays as it was.'
}

# has_descriptors: there are as many as $expected, or none any more.
has_descriptors() {
  ended || [ "$(descriptors)" -eq "$expected" ]
}

@test "new clients go where clients have left" {
  start
  for i in {1..8}; do join c$i; done
  [ "$(workers | sort | xargs)" = '1 1 2 2 3 3 4 4' ] || wrong 'Eight clients connected, one after another.' \
    'two for each of the workers 1 to 4' "$(workers | xargs)" 'Choose the worker with the fewest clients.'
  [ "$(workers | xargs)" = '1 2 3 4 1 2 3 4' ] || wrong 'Eight clients connected, one after another.' \
    'workers 1 2 3 4 1 2 3 4' "$(workers | xargs)" 'Where several have equally few, the smallest number wins: mind < and <=.'
  expected=$(($(descriptors) - 2))
  disconnect c2 c6
  soon has_descriptors || true # closed only after the callbacks that end them
  join c9
  join c10
  [ "$(workers | tail -n 2 | xargs)" = '2 2' ] || wrong 'Eight clients connected. The two of worker 2 left, and two new ones came.' \
    'both go to worker 2' "they go to: $(workers | tail -n 2 | xargs)" \
    'Does the number of clients go down again? Where a client ends, count it down for its worker.'
}

@test "clients that come at the same moment are spread, too" {
  start
  kill -STOP "$SERVER"
  for i in {1..40}; do connect c$i; done
  kill -CONT "$SERVER"
  soon_line 'client [0-9]*: connected (worker [0-9]*)' 40 || true
  spread=$(workers | sort | uniq -c | awk '{ print $1 }' | xargs)
  [ "$spread" = '10 10 10 10' ] || wrong '40 clients connected at the same moment.' '10 for each of the four workers' \
    "${spread:-none}" 'Count a client up when you choose its worker: when it reads its pipe, many more may have been sent there.'
}

# next_goes_to_worker_1 PATTERN FILE DONE ADVICE: after a client that was not served, as that line says
next_goes_to_worker_1() {
  start
  connect refused
  says_so() { grep -q -x "$1" "$2"; }
  soon says_so "$1" "$2" || return 0 # a sanitizer may have its own of that call, which does not fail
  soon at_rest || true
  join after
  [ "$(workers | tail -n 1)" = 1 ] || wrong "$3" 'the other one goes to worker 1' "worker $(workers | tail -n 1)" "$4"
  disconnect refused after
}

@test "a client is counted down however it ends" {
  # A worker can't send anything at its first write, nor at each second one from then on.
  WRAP='strace -D -f -qq -o /dev/null -e trace=writev -e inject=writev:error=EAGAIN:when=1+2'
  start
  join c1
  expected=$(($(descriptors) - 1))
  echo hello >&"$c1"
  has_answer() { read -r -t 0 <&"$c1"; }
  soon has_answer
  disconnect c1 # unread bytes make it a reset
  soon has_descriptors || true
  # The next one has closed half when the server reads its bytes: they still wait at the end.
  kill -STOP "$SERVER"
  echo_client <<<hello >"$BATS_TEST_TMPDIR/got" 3>&- &
  half_closed() { [ -n "$(ss -Htn state close-wait "sport = :$PORT")" ]; }
  soon half_closed
  kill -CONT "$SERVER"
  wait $! || true
  soon has_descriptors || true
  [[ "$(<"$BATS_TEST_TMPDIR/got")" = hello ]] && ! ended || wrong 'A client sent "hello\n", closed half, and then read.' \
    'hello, and the server goes on' "$(cat "$BATS_TEST_TMPDIR/got"; ended && echo 'the server has crashed')" \
    'Does on_event set new callbacks? bufferevent_setcb() sets their argument with them.'
  [ "$(workers | xargs)" = '1 1' ] || wrong 'A client reset its connection. Then another one came.' \
    'both go to worker 1' "workers $(workers | xargs)" 'BEV_EVENT_ERROR ends a client, too: count it down there. end_client() is the place for all.'
  join c3
  [ "$(workers | xargs)" = '1 1 1' ] || wrong 'A client closed half, got its last bytes and was closed. Then another one came.' \
    'both go to worker 1' "workers $(workers | tail -n 2 | xargs)" \
    'on_last_write ends a client, too: count it down there. end_client() is the place for all.'
  for i in 4 5 6; do join c$i; done
  [ "$(workers | tail -n 3 | xargs)" = '2 3 4' ] || wrong 'One client is left, at worker 1. Then three came.' \
    'they go to workers 2 3 4' "$(workers | tail -n 3 | xargs)" 'Is a client counted down twice? on_event calls end_client(), too.'
  ends_well
  # Its socket stays blocking, so its worker closes it at once.
  with_failing evutil_make_socket_nonblocking 6 # after the listening socket's, and four pipes'
  next_goes_to_worker_1 'client [0-9]*: Operation not permitted' "$LOG" 'A client came for which evutil_make_socket_nonblocking() failed. Then another one came.' \
    'In serve(), too, a client may end that has been counted: count it down there.'
  ends_well
  with_failing write
  next_goes_to_worker_1 'write: Operation not permitted' "$ERRORS" 'A client came, and write() to the pipe failed. Then another one came.' \
    'A client that could not be handed over has been counted, too: count it down where it is closed.'
}

@test "two threads do not race for a worker's number of clients" {
  sanitize thread
  start
  join c1
  expected=$(($(descriptors) - 1))
  disconnect c1
  soon has_descriptors || true
  join c2
  ! grep -q 'ThreadSanitizer: data race' "$ERRORS" || wrong 'Built with -fsanitize=thread. A client left, and another one came.' \
    'no data race' "$(sanitizer_says)" \
    'Two threads use this memory without a lock: make it an atomic_int.'
}

@test "echoes as before" {
  start
  run echo_client <<<hello
  [ "$output" = hello ] || wrong 'A client sent "hello\n".' hello "${output:-nothing}" 'All else stays as it was.'
}
