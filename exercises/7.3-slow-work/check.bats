# Exercise 7.3: Slow work in a pool of threads
# ★★★
# There are more threads, other pipes come before the first client's socket, and each piece of input takes
# a second.
# changes: there are four workers, and a thread that accepts
# changes: clients of all workers get exactly their bytes, at the same time
# changes: a worker's loop that fails is an error
# changes: a client whose socket stays blocking is closed, with the error's text, and the next one is served
load ../exercise

DEADLINE=10

# all_served COUNT: so many clients are connected, as $c1, $c2 …: c1 and c5 have the same worker.
all_served() {
  start
  for ((i = 1; i <= $1; i++)); do
    connect c$i
    soon_line 'client [0-9]*: connected (worker [0-9]*)' $i || true
  done
  began=$(milliseconds)
}

# with_library NAME [VARIABLE=…]: what starts next is started with NAME.c loaded.
with_library() {
  ${CC:-cc} -shared -fPIC $(pkg-config --cflags libevent_core) -o "$BATS_TEST_TMPDIR/$1.so" "$BATS_TEST_DIRNAME/$1.c" -ldl
  WRAP="env LD_PRELOAD=$BATS_TEST_TMPDIR/$1.so ${*:2}"
}

# say NAME…: each of them sends "hello\n".
say() {
  for name; do echo hello >&"${!name}"; done
}

# answered NAME…: all of them have got "hello\n" back, after $took milliseconds.
answered() {
  local name
  for name; do
    line=
    read -r -t "$DEADLINE" line <&"${!name}" || true
    [ "$line" = hello ] || { line=${line:-nothing}; return 1; }
  done
  took=$(($(milliseconds) - began))
}

@test "what a client sends comes back after a second of work" {
  all_served 1
  say c1
  answered c1 || wrong 'A client sent "hello\n".' 'hello' nothing 'When the work is done, the bytes go back.'
  [ "$took" -ge 900 ] || wrong 'A client sent "hello\n".' 'hello, a second later' "hello, after $took milliseconds" \
    'sleep(1) stands for the work that each piece of input costs.'
}

@test "only its own thread touches a client" {
  with_library owner
  all_served 1
  say c1
  answered c1 || true
  ! grep -q 'another thread' "$ERRORS" || wrong 'A client sent "hello\n".' "only the worker's thread touches its bufferevent" \
    "$(printed 'another thread' | head -n 1)" "A bufferevent is the loop's. Send the result to that loop, through a pipe as descriptors come."
}

@test "work holds up nobody else on its worker" {
  all_served 5
  say c1 c5
  answered c1 c5 || wrong 'Two clients of worker 1 sent "hello\n".' 'hello, for both' nothing 'When the work is done, the bytes go back.'
  [ "$took" -lt 1900 ] || wrong 'Two clients of worker 1 sent "hello\n" at the same time.' 'both have it back after a second' \
    "after $took milliseconds" 'Work on the loop'\''s own thread holds up all its clients: let other threads do it.'
}

@test "four pieces of work are done at a time, and the others wait for their turn" {
  all_served 9
  say c1 c2 c3 c4 c5 c6 c7 c8
  soon at_rest
  say c9
  answered c1 c2 c3 c4 c5 c6 c7 c8 || wrong 'Eight clients sent "hello\n".' 'hello, for all' "not for all" 'When the work is done, the bytes go back.'
  [[ $took -gt 1900 && $took -lt 2900 ]] || wrong 'Eight clients sent "hello\n" at the same time.' 'all have it back after two seconds' \
    "after $took milliseconds" 'Four threads that take work from one queue do four at a time, no more and no fewer. Who has waited longest is next.'
  answered c9 || true
  [[ $took -gt 2900 && $took -lt 3900 ]] || wrong 'Eight clients sent "hello\n" at the same time, and then a ninth.' \
    'the ninth has it back after three seconds' "after $took milliseconds" 'Four threads take work from one queue, no more and no fewer.'
}

@test "a hundred pieces of work can wait" {
  with_library quick WORK=50000
  all_served 100
  say c{1..100}
  answered c{1..100} || wrong 'A hundred clients sent "hello\n" at the same time. (sleep(1) is shorter here.)' 'hello, for all' 'not for all' \
    'Has your queue an end? A list has none: each client has one job at most, and the job can be the entry.'
}

@test "a thread that wakes for nothing goes on waiting" {
  with_library spurious
  all_served 1
  soon at_rest
  say c1
  answered c1 || wrong 'A client sent "hello\n". Before that, the pool had woken up though nobody had signalled.' 'hello' \
    "$(ended && echo 'the program has ended' || echo nothing)" 'pthread_cond_wait() may return without a signal, and another thread may have been faster: look again, in a loop.'
}

# edge cases

@test "a long message comes back whole, and in order" {
  start
  head -c 3000 /dev/urandom >"$BATS_TEST_TMPDIR/sent"
  echo_client <"$BATS_TEST_TMPDIR/sent" >"$BATS_TEST_TMPDIR/got" || true
  cmp -s "$BATS_TEST_TMPDIR/sent" "$BATS_TEST_TMPDIR/got" || wrong 'A client sent 3,000 bytes, and closed its half.' 'they come back' \
    "$(wc -c <"$BATS_TEST_TMPDIR/got") bytes, or others" \
    'Work on one piece a client at a time, and read on when it is back. Any byte may come, 0 too: remember how many they are.'
}

@test "a client who never reads is not read from any more" {
  with_library quick WORK=0
  all_served 1
  before=$(memory)
  head -c 67108864 /dev/zero >&"$c1" 2>/dev/null 3>&- &
  grown() { more=$(($(memory) - before)) && [ $more -ge 16384 ]; }
  grown_or_stuck() { grown || { at_rest && at_rest && at_rest; }; }
  soon grown_or_stuck || true
  kill $! 2>/dev/null || true
  ! grown || wrong 'A client sent and sent, and read nothing. (sleep(1) takes no time here.)' 'the program uses little more memory' \
    "$more KiB more" 'As in step 6: while 64 KiB wait for a client, no more of its bytes are read, and no more are worked on.'
}

@test "a client that leaves while its work is done does no harm" {
  sanitize address
  all_served 5
  printf '%3000d' 1 >&"$c1" # three pieces
  soon at_rest
  break_off c1
  soon_line 'client [0-9]*: .*' 6 || wrong 'A client sent 3,000 bytes, and broke off.' 'a line that tells its end' "$(printed ^client)" \
    'When its bytes are written, the error ends it.'
  say c5
  answered c5 || true
  ! grep -q 'ERROR: AddressSanitizer' "$ERRORS" || wrong 'Built with -fsanitize=address. A client sent 3,000 bytes, and broke off.' \
    'nobody uses what was freed' "$(sanitizer_says)" \
    'The pool has the job still: it outlives its client, and is freed when it comes back.'
  [ "$line" = hello ] || wrong 'A client broke off while the pool worked for it. Then another one sent "hello\n".' hello "$line" 'It goes on.'
}

@test "a job is freed when it is back, and all memory at the end" {
  sanitize address
  all_served 1
  printf '%3000d' 1 >&"$c1" # three pieces
  soon at_rest
  break_off c1
  soon_line 'client [0-9]*: .*' 2 # the first piece has found nobody, and the second one is at work
  ends_well
  SERVER=
  ! grep -q 'detected memory leaks' "$ERRORS" || wrong 'Built with -fsanitize=address. A client sent 3,000 bytes, and broke off. Ctrl-C, while the pool worked for it.' \
    'all memory is freed' "$(sanitizer_says)" 'Wait for jobs whose client has gone, too, and free() them.'
}

@test "after Ctrl-C, work is finished and answered" {
  all_served 5
  say c1 c2 c3 c4 c5
  soon at_rest
  interrupt
  answered c1 c2 c3 c4 c5 || wrong 'Five clients sent "hello\n". Ctrl-C came while the pool worked for four of them.' 'hello, for all' 'not for all' \
    'The pool ends when its queue is empty, after the workers. And a worker waits for its jobs after Ctrl-C, too: it must hear of them until the last is back.'
}

@test "no two threads race" {
  sanitize thread
  all_served 8
  say c1 c2 c3 c4 c5 c6 c7 c8
  answered c1 c2 c3 c4 c5 c6 c7 c8 || true
  interrupt
  disconnect "${CLIENTS[@]}"
  soon ended || true
  ! grep -q 'ThreadSanitizer: data race' "$ERRORS" || wrong 'Built with -fsanitize=thread. Eight clients sent "hello\n". Ctrl-C, and they left.' \
    'no data race' "$(sanitizer_says)" \
    'What several threads use needs a mutex around each use: the queue does, and what ends the pool.'
}
