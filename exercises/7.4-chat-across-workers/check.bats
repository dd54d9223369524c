# Exercise 7.4: The chat, across workers
# ★★★
# changes: a client that keeps its worker busy does not hold up the other workers
# changes: clients of all workers get exactly their bytes, at the same time
# changes: after Ctrl-C, each worker serves its clients until they leave, and no thread is left
# changes: a worker's loop that fails is an error
load ../exercise

DEADLINE=10

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
      'Send the line to the other workers, a copy for each, and let each of them write it to its own clients.'
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
  chat 3
  printf 'one ' >&"$c1"
  echo first >&"$c2"
  hear c3
  echo two >&"$c1"
  hear c3
  [ "$line" = 'one two' ] || wrong 'Client 1 sent "one ". Client 2 sent "first\n". Then client 1 sent "two\n".' \
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

@test "goes on when one leaves" {
  chat 3
  disconnect c2
  soon_line 'client [0-9]*: closed'
  echo hello >&"$c1"
  hear c3
  [ "$line" = hello ] || wrong 'Client 2 left, and then client 1 sent "hello\n".' 'client 3 gets: hello' "$line" \
    'A client that goes must leave the list of its worker before it is freed.'
}

@test "when all talk at once, nobody waits for ever" {
  chat 8
  for i in 1 2 3 4; do
    name=c$i
    yes x 2>/dev/null | head -c 200000 >&"${!name}"
  done
  # Who wakes up now gets new lines again.
  cat <&"$c8" >"$BATS_TEST_TMPDIR/got" 3>&- &
  hears_again() { echo hello >&"$c1" && grep -q -x hello "$BATS_TEST_TMPDIR/got"; }
  DEADLINE=20 soon hears_again && heard=yes
  kill $! 2>/dev/null || true
  [ "$heard" ] || wrong 'Four clients sent 100,000 lines each, at once. Then client 1 sent "hello\n", and client 8 read.' \
    'client 8 gets: hello' "$(ended && echo 'the server has crashed' || echo 'it does not')" 'Two workers whose pipes are full can wait for each other: a pipe must not block.
  Where it is full, its clients miss the line.'
}

@test "no two threads race" {
  sanitize thread
  chat 8
  for i in 1 2 3 4; do
    name=c$i
    seq 100 >&"${!name}"
  done
  timeout "$DEADLINE" head -n 400 <&"$c8" >/dev/null || true
  ! grep -q 'ThreadSanitizer: data race' "$ERRORS" || wrong 'Built with -fsanitize=thread. Four clients talked at once.' \
    'no data race' "$(sanitizer_says)" \
    'A line belongs to one thread at a time: who sends it, makes a copy for each, and who gets that, frees it.'
}

@test "no line is used after it was freed, and none is left behind" {
  sanitize address
  chat 3
  echo hello >&"$c1"
  hear c2
  # The first worker has nobody left, and its thread ends. The others still talk.
  interrupt
  soon_line 'no new clients.*'
  disconnect c1
  soon_line 'client [0-9]*: closed'
  echo again >&"$c2"
  hear c3
  hear c3
  ends_well
  SERVER=
  ! grep -q 'heap-use-after-free\|double-free' "$ERRORS" || wrong 'Built with -fsanitize=address. Clients talked.' \
    'no line is used after it was freed' "$(sanitizer_says)" 'Who gets a line frees it, so send a copy for each worker.'
  ! grep -q 'detected memory leaks' "$ERRORS" || wrong 'Built with -fsanitize=address. A worker ended, and the others still talked.' \
    'all memory is freed' "$(sanitizer_says)" 'Lines may wait in the pipe of a worker that has ended: read them, and free them.'
}
