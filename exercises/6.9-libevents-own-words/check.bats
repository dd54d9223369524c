# Exercise 6.9: In libevent's own words
# ★★
# after: 6.1
# Here libevent sets the listening socket's options but one, and bufferevent_write() has small pieces only.
# changes: without TCP_NODELAY it does not start
# changes: an echo that finds no memory ends its client, once, with nothing sent
load ../exercise

# comes_back SIZE: a client gets so many bytes back, after it has closed its half.
comes_back() {
  head -c "$1" /dev/urandom >"$BATS_TEST_TMPDIR/sent"
  DEADLINE=30 echo_client <"$BATS_TEST_TMPDIR/sent" >"$BATS_TEST_TMPDIR/got" || true
  cmp -s "$BATS_TEST_TMPDIR/sent" "$BATS_TEST_TMPDIR/got" || wrong "A client sent $1 bytes, and closed its half." \
    'they come back, and then the end' "$(wc -c <"$BATS_TEST_TMPDIR/got") bytes, or others" \
    'Move all of the input at once. When the client has closed its half, free it only when all is sent.'
}

@test "libevent makes the listening socket, and accepts" {
  start
  local calls
  calls=$(nm -u "$MAIN" | sed -n 's/^ *U \(socket\|bind\|listen\|accept\|accept4\)\(@.*\)\?$/\1()/p' | xargs)
  [ -z "$calls" ] || wrong 'Looked at the calls that the program itself makes.' 'evconnlistener_new_bind(), and what it does is libevent'"'"'s' \
    "$calls" 'evconnlistener_new_bind() makes the socket, and its callback gets a client that is accepted already.'
  comes_back 5
}

@test "what a client sends comes back" {
  start
  local before
  before=$(descriptors)
  comes_back 5000000
  soon_line 'client [0-9]*: closed' || wrong 'A client closed its half, and got all that it had sent.' 'client FD: closed' "$(printed ^client)" \
    'When it has closed, and all is sent, free it.'
  is_closed() { [ "$(descriptors)" = "$before" ]; }
  soon is_closed || wrong 'A client closed its half, and got all that it had sent.' 'its descriptor is closed' 'it is open' \
    'bufferevent_free() frees the client, and with BEV_OPT_CLOSE_ON_FREE closes its descriptor.'
}

@test "it is sent from where it was read" {
  needs_libevent 2.1 'it reads by readv'
  local keeps="$BATS_TEST_DIRNAME/keeps_freed.c"
  ! grep -q __asan_init "$MAIN" || keeps= # the address sanitizer does that itself
  ${CC:-cc} -shared -fPIC -o "$BATS_TEST_TMPDIR/spy.so" $keeps "$BATS_TEST_DIRNAME/../6.1-no-copying/spy.c" -ldl
  export COPIES=$BATS_TEST_TMPDIR/copies
  WRAP="env LD_PRELOAD=$BATS_TEST_TMPDIR/spy.so"
  start
  comes_back 3000
  [ "$(<"$COPIES")" = 0 ] || wrong 'A client sent 3,000 bytes.' 'all are sent from the memory where they were read' \
    "$(<"$COPIES") of them are a copy" 'bufferevent_write() copies. bufferevent_write_buffer() moves the blocks of the input to the output.'
}

@test "a client that does not read stops itself alone, and gets every byte when it reads" {
  start
  before=$(memory)
  head -c 67108864 /dev/urandom >"$BATS_TEST_TMPDIR/large"
  connect client
  cat "$BATS_TEST_TMPDIR/large" >&"$client" 2>/dev/null 3>&- &
  soon_line 'client [0-9]*: connected'
  DEADLINE=30 soon at_rest || true
  now=$(memory)
  [ "$now" -lt $((before + 4096)) ] || wrong 'A client sent 64 MiB, and read nothing.' 'the program soon stops reading from it' \
    "it keeps $((now - before)) KiB for it" 'Look at the length of the output behind each write, as before.'
  comes_back 5
  timeout 30 head -c 67108864 <&"$client" | cmp -s - "$BATS_TEST_TMPDIR/large" || wrong 'A client sent 64 MiB, and read them later.' \
    'they come back' 'some are missing' 'When all is sent, on_write reads again.'
}

@test "while it has no descriptor left for a client, the listener pauses" {
  start
  prlimit --pid "$SERVER" --nofile=$(($(descriptors) + 2)):
  for i in {1..6}; do connect "client$i"; done
  soon grep -q '^accept: Too many open files' "$ERRORS" || wrong 'Six clients came, and the program may have descriptors for two.' \
    'accept: Too many open files' "$(printed)" 'evconnlistener_set_error_cb() names the callback for that.'
  local began=$SECONDS
  for i in {1..10}; do
    echo hello >&"$client1"
    read -r -t "$DEADLINE" line <&"$client1" || break
  done
  [ $((SECONDS - began)) -lt 5 ] || wrong 'Six clients came, and the program may have descriptors for two. The first one sent ten lines.' \
    'they come back at once' "it took $((SECONDS - began)) seconds" 'A pause is for the listener alone: a timer ends it. sleep() stops everybody.'
  sleep 1
  local times
  times=$(grep -c 'Too many open files' "$ERRORS")
  [ "$times" -le 4 ] || wrong 'Six clients came, and the program may have descriptors for two.' \
    'one line a second' "$times lines" \
    'The callback of an error does not end it: evconnlistener_disable(), and a timer that enables it again.'
  disconnect client{1..5}
  echo hello >&"$client6"
  read -r -t "$DEADLINE" line <&"$client6" || true
  [ "$line" = hello ] || wrong 'Six clients came, and the program may have descriptors for two. All but the last left.' 'it is served, some seconds later' "${line:-nothing}" \
    'The timer calls evconnlistener_enable(), and that may fail, too.'
}

@test "Ctrl-C ends a pause, too" {
  WRAP='env MALLOC_PERTURB_=90' # glibc overwrites what is freed: whoever uses it crashes
  start
  prlimit --pid "$SERVER" --nofile=$(($(descriptors) + 1)):
  for i in {1..6}; do connect "client$i"; done
  soon grep -q '^accept: Too many open files' "$ERRORS" || true
  interrupt
  soon_line 'no new clients.*' || true
  disconnect client{1..6}
  soon ended || wrong 'During a pause: Ctrl-C, and all clients left.' 'the program ends' 'it still runs' \
    'The timer of the pause is an event as any other: event_del(). What event_base_once() adds, nobody can take back.'
}

# edge cases

@test "whoever has connected before Ctrl-C is served" {
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
    name=client$i line=
    read -r -t "$DEADLINE" line <&"${!name}" || true
    [ "$line" = "hello $i" ] || wrong "Fifty clients connected and sent a line, while the program stood still. Then: Ctrl-C." \
      'all get their lines' "number $i got ${line:-nothing}" 'Close the listener, but the clients only when they have gone.'
  done
}

@test "what waits when a client has closed its half comes back, and then the end" {
  # Sockets with little room: else the kernel takes it all.
  ${CC:-cc} -shared -fPIC -o "$BATS_TEST_TMPDIR/small.so" "$BATS_TEST_DIRNAME/small.c" -ldl
  WRAP="env LD_PRELOAD=$BATS_TEST_TMPDIR/small.so"
  start
  local got
  got=$(timeout 30 python3 -c 'import socket, sys, time
client = socket.socket()
client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
client.connect(("127.0.0.1", int(sys.argv[1])))
client.sendall(bytes(60000))
client.shutdown(socket.SHUT_WR)
time.sleep(1)
client.settimeout(5)
got = 0
try:
    while piece := client.recv(1 << 16):
        got += len(piece)
    print(got, "bytes, and the end")
except OSError as error:
    print(got, "bytes, and then", error)' "$PORT" 3>&-)
  [ "$got" = '60000 bytes, and the end' ] || wrong 'A client sent 60,000 bytes, closed its half, and read a second later.' \
    '60000 bytes, and the end' "${got:-nothing}" 'When it has closed its half, free it as soon as all is sent, and not before: on_write knows when.'
}

@test "after Ctrl-C nobody is accepted, and a second one kills" {
  start
  connect client
  soon_line 'client [0-9]*: connected'
  interrupt
  soon_line 'no new clients; Ctrl-C again ends now' || true
  refuses_clients || wrong 'Ctrl-C' 'the port is closed' 'it still accepts' 'evconnlistener_free() closes it, with LEV_OPT_CLOSE_ON_FREE.'
  interrupt
  soon ended || wrong 'Ctrl-C, twice, with a client connected.' 'the second one ends the program' 'it goes on' \
    'An event of evsignal_new() stays: it is persistent. event_del() gives Ctrl-C back.'
  SERVER=
}

@test "bytes that come one by one cost no more than others" {
  ! grep -q __asan_init "$MAIN" || skip 'the memory of a sanitizer is not the program'"'"'s'
  needs_libevent 2.1 'it reads by readv'
  ${CC:-cc} -shared -fPIC -o "$BATS_TEST_TMPDIR/one_by_one.so" "$BATS_TEST_DIRNAME/one_by_one.c" -ldl
  WRAP="env LD_PRELOAD=$BATS_TEST_TMPDIR/one_by_one.so"
  start
  local before more
  before=$(memory)
  exec {DOOR}> >(exec python3 "$TOP/tests/half_close.py" "$PORT" >"$BATS_TEST_TMPDIR/half" 2>&1 3>&-)
  soon grep -q 'bytes wait' "$BATS_TEST_TMPDIR/half" || true
  more=$(($(memory) - before))
  exec {DOOR}>&-
  [ "$more" -lt 1024 ] || wrong 'A client sent 60,000 bytes, one by one, and read nothing.' \
    'less than 64 KiB wait, which cost less than 1,024 KiB of memory' "$more KiB" \
    'Each read takes a block of 1,024 bytes or more, and bufferevent_write_buffer() moves the whole block. Copy what is small.'
}

@test "an answer of 40,000 bytes does not take 40 ms" {
  start
  local median
  median=$(python3 -c 'import socket, statistics, sys, time
client = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 5)
def echo():
    begin = time.monotonic()
    client.sendall(bytes(40000))
    left = 40000
    while left > 0:
        left -= len(client.recv(left))
    return time.monotonic() - begin
print(int(1000 * statistics.median(echo() for _ in range(50))))' "$PORT")
  [ "$median" -lt 20 ] || wrong 'A client sent 40,000 bytes, and waited for them, fifty times.' 'each time takes less than 20 ms' "$median ms" \
    'libevent does not set TCP_NODELAY. evconnlistener_get_fd() gives you the socket on which you can.'
}

@test "a port that is taken ends the program, which says why" {
  start
  local status=0 says
  says=$(timeout 10 "$MAIN" "$PORT" 2>&1 3>&-) || status=$?
  [ $status = 1 ] && [[ $says = *': Address already in use'* ]] || wrong 'A second server was started on the same port.' \
    $'evconnlistener_new_bind: Address already in use\nexit status 1' "${says##*from: }
exit status $status" 'evconnlistener_new_bind() returns NULL, and errno says why. Without LEV_OPT_REUSEABLE_PORT the port is one program'"'"'s.'
}

@test "a restart listens on the port at once" {
  start
  connect client
  soon_line 'client [0-9]*: connected'
  # Who closes first keeps the connection in TIME_WAIT, and its port.
  kill -KILL "$SERVER"
  wait "$SERVER" || true
  disconnect client
  local says
  says=$(timeout 1 "$MAIN" "$PORT" 2>&1 3>&-) || true
  SERVER=
  [[ $says = *"listening on 127.0.0.1:$PORT"* ]] || wrong 'The program was killed while a client was connected, and started again on the same port.' \
    "listening on 127.0.0.1:$PORT" "${says##*from: }" 'That is what LEV_OPT_REUSEABLE is for.'
}

@test "all that belongs to a client is freed" {
  sanitize address
  start
  echo hello | echo_client >/dev/null || true
  for i in {1..3}; do
    connect client
    head -c 8000000 /dev/zero >&"$client" 2>/dev/null 3>&- &
    soon_line 'client [0-9]*: connected' $((i + 1))
    soon at_rest || true
    kill $! 2>/dev/null || true
    wait $! || true
    break_off client
  done
  soon_line 'client [0-9]*: \(Connection reset by peer\|Broken pipe\)' 3 || wrong 'Three clients sent and sent, read nothing, and broke off.' \
    'client FD: Connection reset by peer, three times' "$(printed ^client)" 'An error ends a client at once.'
  ends_well
  SERVER=
  ! grep -q 'ERROR: .*Sanitizer' "$ERRORS" || wrong 'Built with -fsanitize=address. Four clients came and went.' \
    'all memory is freed, once' "$(sanitizer_says), from $(sanitizer_points_at)" \
    'What belongs to a client is freed in one place, end_client(), and nobody uses it afterwards.'
}
