# Exercise 7.2: No acceptor
# ★★★
# The kernel chooses the worker, no thread accepts for others, nothing but its end goes through a pipe, and
# other sockets come before the first client's.
# changes: the workers get the clients in turn
# changes: there are four workers, and a thread that accepts
# changes: each worker has a base of its own
# changes: a client that keeps its worker busy does not hold up the other workers
# changes: clients of all workers get exactly their bytes, at the same time
# changes: after Ctrl-C, each worker serves its clients until they leave, and no thread is left
# changes: a second Ctrl-C ends all threads at once
# changes: a worker's loop that fails is an error
# changes: a client that can't be handed over is closed, and the next one is served
# changes: a worker that can't read from its pipe tries again
# changes: a client whose socket stays blocking is closed, with the error's text, and the next one is served
load ../exercise

workers() {
  sed -n 's/^client [0-9]*: connected (worker \([0-9]*\))$/\1/p' "$LOG" | sort -u
}

# listening_sockets: on our port
listening_sockets() {
  ss -Hltn "sport = :$PORT" | wc -l
}

# start_it: as start does, with words for the reader.
start_it() {
  start >/dev/null 2>&1 || true
  [ -n "$PORT" ] || wrong 'Ran my/7.2/main 0.' 'listening on 127.0.0.1:PORT' "$(printed)" \
    'All sockets share a port only if each has SO_REUSEPORT, and has it before bind().'
  [ "$(grep -c '^listening' "$LOG")" = 1 ] || wrong 'Ran my/7.2/main 0.' 'one line, and one port' "$(printed ^listening)" \
    'With port 0, getsockname() tells which port the first socket got. The others must ask for that one.'
}

@test "four sockets listen on the port" {
  start_it
  four() { [ "$(listening_sockets)" = 4 ]; }
  soon four || wrong "Ran my/7.2/main 0, then ss -ltn 'sport = :$PORT'." 'four sockets that listen' \
    "$(listening_sockets)" 'Call listen_on() for each worker, with the same port: if that was 0, the one that getsockname() tells.'
}

@test "the kernel gives clients to several workers" {
  start_it
  for i in {1..40}; do connect c$i; done
  soon_line 'client [0-9]*: connected (worker [0-9]*)' 40 || wrong '40 clients connected.' 'a line "connected (worker …)" for each' \
    "$(grep -c 'connected (worker' "$LOG") such lines, the last ones are:
$(printed)" 'Each of the sockets needs its event, on the base of its worker.'
  [ "$(workers | wc -l)" -gt 1 ] || wrong '40 clients connected.' 'several workers serve them' "worker $(workers | xargs) alone" \
    'Each worker accepts from its own socket.'
}

@test "Ctrl-C: those who wait to be accepted are served, too" {
  # Each accept() takes a while, so that Ctrl-C comes before most of them.
  traced -o /dev/null -e trace=accept,accept4 -e inject=accept,accept4:delay_enter=100000
  start_it
  for i in {1..20}; do connect c$i; done
  interrupt
  for i in {1..20}; do
    name=c$i
    (echo hello >&"${!name}") 2>/dev/null || true
    read -r -t "$DEADLINE" line <&"${!name}" || true
    [ "$line" = hello ] || wrong '20 clients connected, and Ctrl-C came at the same moment. Client '"$i"' sent "hello\n".' hello "${line:-nothing}" \
      'Whoever waits in the backlog has connected already: each worker accepts until there is nobody, and only then closes its socket.'
  done
}

@test "Ctrl-C: all sockets refuse, those who are connected are served, then it ends" {
  start_it
  for i in {1..8}; do connect c$i; done
  soon_line 'client [0-9]*: connected (worker [0-9]*)' 8
  interrupt
  soon_line 'no new clients; Ctrl-C again ends now'
  refused_all() { [ "$(listening_sockets)" = 0 ]; }
  soon refused_all || wrong 'Ctrl-C, while eight clients are connected.' 'no socket listens any more' \
    "$(listening_sockets) do" 'Each worker has a socket to close. When you close your end of its pipe, it hears that it must.'
  for i in {1..8}; do
    name=c$i
    echo hello >&"${!name}"
    read -r -t "$DEADLINE" line <&"${!name}" || true
    [ "$line" = hello ] || wrong 'Ctrl-C. Then a client that was connected sent "hello\n".' hello "${line:-nothing}" \
      'A worker serves its clients until they leave.'
  done
}

@test "only its own thread touches a worker's events" {
  ${CC:-cc} -shared -fPIC $(pkg-config --cflags libevent_core) -o "$BATS_TEST_TMPDIR/owner.so" \
    "$BATS_TEST_DIRNAME/owner.c" -ldl
  WRAP="env LD_PRELOAD=$BATS_TEST_TMPDIR/owner.so"
  start_it
  for i in {1..8}; do connect c$i; done
  soon_line 'client [0-9]*: connected (worker [0-9]*)' 8 || true
  interrupt
  soon_line 'no new clients; Ctrl-C again ends now' || true
  refused_all() { [ "$(listening_sockets)" = 0 ]; }
  soon refused_all || true
  ! grep -q 'another thread' "$ERRORS" || wrong 'Eight clients connected. Ctrl-C.' \
    "only the worker's thread adds and deletes its events" "$(printed 'another thread' | head -n 1)" \
    'The callback of Ctrl-C runs on the main thread. It closes the pipes, and each worker deletes its own events then.'
}

@test "while it has no descriptor left for a client, a worker pauses" {
  start_it
  for i in {1..8}; do connect c$i; done
  soon_line 'client [0-9]*: connected (worker [0-9]*)' 8 || true
  prlimit --pid "$SERVER" --nofile="$(descriptors)":
  for i in {9..12}; do connect c$i; done
  soon grep -q '^accept: Too many open files' "$ERRORS" || wrong 'Four clients came, and the program may have no more descriptors.' \
    'accept: Too many open files' "$(printed)" 'When accept() fails, say so, as the step does.'
  sleep 1
  local times
  times=$(grep -c 'Too many open files' "$ERRORS")
  [ "$times" -le 16 ] || wrong 'Four clients came, and the program may have no more descriptors.' \
    'one line a second, from each worker' "$times lines" \
    'A client that nobody accepts is reported in each turn of the loop. Each worker needs a timer of its own for its pause.'
  disconnect c1 c2 c3 c4 c5 c6 c7 c8
  for i in {9..12}; do
    name=c$i line=
    echo hello >&"${!name}"
    read -r -t "$DEADLINE" line <&"${!name}" || true
    [ "$line" = hello ] || wrong 'Four clients came, and the program may have no more descriptors. Then eight others left.' \
      'the four are served, a second later' "number $((i - 8)) got ${line:-nothing}" 'When its pause is over, the worker adds its listener again.'
  done
}
