# Exercise 7.4: The chat, across workers
# ★★★
# after: 6.4
# In these, a client gets back what it has sent, or its socket is the sixth that is made non-blocking.
# changes: a client that keeps its worker busy does not hold up the other workers
# changes: clients of all workers get exactly their bytes, at the same time
# changes: after Ctrl-C, each worker serves its clients until they leave, and no thread is left
# changes: a worker's loop that fails is an error
# changes: a client whose socket stays blocking is closed, with the error's text, and the next one is served
load ../exercise

DEADLINE=$((2 * DEADLINE))

# chat COUNT: so many clients are connected, as $c1, $c2 …: c1 and c5 have the same worker.
chat() {
  start
  trap '' PIPE # in case the server crashes
  for ((i = 1; i <= $1; i++)); do
    connect c$i
    soon_line 'client [0-9]*: connected (worker [0-9]*)' $i || true
  done
}

# hear NAME: the next line that this client gets
hear() {
  IFS= read -r -t "$DEADLINE" line <&"${!1}" || line=${line:+$line, and no \"\\n\" behind it}
  ! ended || line='nothing: the server has crashed'
  line=${line:-nothing}
}

@test "a line goes to the clients of all workers" {
  chat 5
  echo hello >&"$c1"
  hear c5
  [ "$line" = hello ] || wrong 'Client 1 sent "hello\n". Client 5 has the same worker.' 'client 5 gets: hello' "$line" \
    'Write the line to each of its own clients, too.'
  for name in c2 c3 c4; do
    hear $name
    [ "$line" = hello ] || wrong "Client 1 sent \"hello\\n\". Client ${name#c} has another worker." "client ${name#c} gets: hello" "$line" \
      'Send the line to the other workers, a copy for each. They write it to their own clients, and there it is freed.'
  done
}

@test "only its own thread touches a client" {
  ${CC:-cc} -shared -fPIC $(pkg-config --cflags libevent_core) -o "$BATS_TEST_TMPDIR/owner.so" \
    "$BATS_TEST_DIRNAME/../7.3-slow-work/owner.c" -ldl
  WRAP="env LD_PRELOAD=$BATS_TEST_TMPDIR/owner.so"
  chat 2
  echo hello >&"$c1"
  hear c2
  ! grep -q 'another thread' "$ERRORS" || wrong 'Client 1 sent "hello\n" to a client of another worker.' \
    "only that worker touches its client" "$(printed 'another thread' | head -n 1)" "Send the line to that worker's loop, through a pipe as descriptors come."
}

@test "a line does not come back to its author" {
  chat 2
  echo 'from one' >&"$c1"
  hear c2
  echo 'from two' >&"$c2"
  hear c1
  [ "$line" = 'from two' ] || wrong 'Client 1 sent "from one\n", then client 2 "from two\n".' \
    'client 1 gets: from two' "$line" 'A line is for all the other clients: leave out its author.'
}

@test "lines come whole, however they were sent" {
  chat 5
  printf 'one ' >&"$c1"
  echo first >&"$c5" # the same worker, which has seen what client 1 sent by then
  hear c3
  echo two >&"$c1"
  hear c3
  [ "$line" = 'one two' ] || wrong 'Client 1 sent "one ". Client 5 sent "first\n". Then client 1 sent "two\n".' \
    $'client 3 gets: first\none two' "$line" 'Keep half a line until its end comes: evbuffer_readln() does.'
}

@test "an author's lines come in order" {
  chat 4
  seq 2000 >&"$c1"
  for name in c2 c3 c4; do
    timeout "$DEADLINE" head -n 2000 <&"${!name}" | cmp -s - <(seq 2000) || wrong 'Client 1 sent the lines 1 to 2000.' \
      "client ${name#c} gets them in order" 'others, or another order' 'One pipe for each worker keeps the order.'
  done
}

@test "the others go on when a client leaves" {
  chat 3
  disconnect c2
  soon_line 'client [0-9]*: closed'
  echo hello >&"$c1"
  hear c3
  [ "$line" = hello ] || wrong 'Client 2 left, and then client 1 sent "hello\n".' 'client 3 gets: hello' "$line" \
    'A client that goes must leave the list of its worker before it is freed.'
}

# edge cases

@test "a line is passed on, whatever its bytes are, up to 1,000" {
  chat 3
  send c1 'a\0b\rc\r\n'
  hear c2 # read leaves out the NUL
  [ "$line" = $'ab\rc\r' ] || wrong 'Client 1 sent "a\0b\rc\r\n".' 'client 2 gets all of it' "$line" \
    'Only \n ends a line: EVBUFFER_EOL_LF. evbuffer_readln() tells the length, and strlen() stops at a NUL.'
  send c1 '%1000d\n' 1
  hear c2
  [ ${#line} = 1000 ] || wrong 'Client 1 sent a line of 1,000 bytes.' 'client 2 gets this line' "$(printed 'too long')" \
    'Too long is a line of more than 1,000 bytes, and its \n does not count.'
  send c1 '%1100d' 1
  soon_line 'client [0-9]*: line too long' || wrong 'Client 1 sent 1,100 bytes without "\n", and waits.' 'client FD: line too long' \
    "$(printed ^client)" 'Lines are those of exercise 6.4: they have an end, and so has your memory.'
}

@test "a client that never reads misses lines, and nobody else notices" {
  chat 5
  before=$(memory)
  yes "$(printf '%99d' 1)" 2>/dev/null 3>&- | timeout $((2 * DEADLINE)) head -c 50000000 >&"$c1" 3>&- ||
    wrong 'Client 1 sent 50 MB of lines, and nobody read.' 'the server reads all of them' \
      "$(ended && echo 'the server has crashed' || echo 'the sender has to wait')" 'Nobody stops reading here: who has 64 KiB waiting misses this line.'
  DEADLINE=30 soon at_rest
  now=$(memory)
  [ "$now" -lt $((before + 32768)) ] || wrong 'Client 1 sent 50 MB of lines, and nobody read.' \
    'the others miss lines, and the program stays small' "the program keeps $((now - before)) KiB" \
    'Before you write to a client, look at the length of its output: MAX_UNSENT or more, and it misses this line.
  And a line that a full pipe did not take is yours to free.'
}

@test "when all talk at once, nobody waits for ever, and lines stay whole" {
  chat 8
  for i in 1 2 3 4; do
    name=c$i
    yes $i$i$i$i$i$i 2>/dev/null | head -c 700000 >&"${!name}" 3>&- &
    authors[i]=$!
  done
  all_said() { ! kill -0 "${authors[@]}" 2>/dev/null; }
  DEADLINE=$((2 * DEADLINE)) soon all_said || true
  # Who wakes up now gets new lines again.
  cat <&"$c8" >"$BATS_TEST_TMPDIR/got" 3>&- &
  hears_again() { echo hello >&"$c5" && grep -q -x hello "$BATS_TEST_TMPDIR/got"; }
  DEADLINE=$((2 * DEADLINE)) soon hears_again && heard=yes
  kill $! "${authors[@]}" 2>/dev/null || true
  [ "$heard" ] || wrong 'Four clients sent 100,000 lines each, at once. Then client 5 sent "hello\n", and client 8 read.' \
    'client 8 gets: hello' "$(ended && echo 'the server has crashed' || echo 'it does not')" 'Two workers whose pipes are full can wait for each other: a pipe must not block.
  Where it is full, its clients miss the line.'
  mixed=$(sed '/^hello$/q' "$BATS_TEST_TMPDIR/got" | grep -v -x -E '1{6}|2{6}|3{6}|4{6}|hello' | head -n 1)
  [ -z "$mixed" ] || wrong 'Clients 1 to 4 sent the lines 111111, 222222, 333333 and 444444, many times.' \
    'client 8 gets whole lines' "$mixed" 'One read() from a pipe may end in the middle of a line. A pointer comes whole.'
}

@test "no two threads race" {
  sanitize thread
  chat 8
  # All begin at the same moment.
  kill -STOP "$SERVER"
  for i in 1 2 3 4; do
    name=c$i
    seq 5000 >&"${!name}"
  done
  kill -CONT "$SERVER"
  soon at_rest || true
  ! grep -q 'ThreadSanitizer: data race' "$ERRORS" || wrong 'Built with -fsanitize=thread. Four clients talked at once.' \
    'no data race' "$(sanitizer_says)" \
    'A line belongs to one thread at a time: who sends it, makes a copy for each, and who gets that, frees it.'
}

@test "no line is used after it was freed, and none is left behind" {
  export FULL=$BATS_TEST_TMPDIR/full ASAN_OPTIONS
  ${CC:-cc} -shared -fPIC -o "$BATS_TEST_TMPDIR/full.so" "$BATS_TEST_DIRNAME/full.c" -ldl
  sanitize address
  ASAN_OPTIONS+=:verify_asan_link_order=0
  WRAP="env LD_PRELOAD=$BATS_TEST_TMPDIR/full.so"
  chat 5
  echo hello >&"$c1"
  for name in c2 c5; do hear $name; done
  # No pipe takes a line, but client 5 has the same worker.
  touch "$FULL"
  echo lost >&"$c1"
  hear c5
  rm "$FULL"
  # The first worker has nobody left, and its thread ends. The others still talk.
  interrupt
  soon_line 'no new clients.*'
  disconnect c1 c5
  soon_line 'client [0-9]*: closed' 2
  soon at_rest || true # now the next worker knows that no client comes any more
  echo again >&"$c3"
  hear c2
  [ "$line" = again ] || wrong 'After Ctrl-C client 1 left, and client 3 sent "again\n". Client 2 has another worker.' 'client 2 gets: again' "$line" \
    'A worker that has clients still needs its lines: delete that event when the last of them has left.'
  ends_well
  SERVER=
  ! grep -q 'heap-use-after-free\|double-free' "$ERRORS" || wrong 'Built with -fsanitize=address. Clients talked.' \
    'no line is used after it was freed' "$(sanitizer_says)" 'Who gets a line frees it, so send a copy for each worker.'
  ! grep -q 'detected memory leaks' "$ERRORS" || wrong 'Built with -fsanitize=address. A pipe was full, a worker ended, and the others still talked.' \
    'all memory is freed' "$(sanitizer_says)" 'Lines may wait in the pipe of a worker that has ended: read them, and free them.
  A line that a full pipe did not take is yours, too.'
}
