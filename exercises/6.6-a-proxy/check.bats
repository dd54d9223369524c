# Exercise 6.6: A proxy
# ★★★
# after: 6.1
# In these there is no target, so that each client is closed with an error.
# changes: what takes two writes comes back at once, and not only after an acknowledgement
# changes: what a client sends comes back
# changes: each client gets its own bytes, and no other's
# changes: bytes come back exactly, and all of them, after half a close
# changes: bytes that still wait when the client has closed half come back, too
# changes: single bytes of every value come back
# changes: ten clients at once get their bytes
# changes: no longer says what it reads
# changes: a client that sends and never reads is stopped while others are served, and gets every byte when it reads
# changes: a client that goes while its bytes wait ends neither the server nor the others
# changes: SIGPIPE, from a write to a client that has gone, does not end the server
# changes: after Ctrl-C, those who are connected get their bytes
# changes: bytes come back on the other backends, too
# changes: a client that has closed half and does not read costs no work
# changes: a client that has closed half and breaks off is freed
# changes: while less than 64 KiB wait for a client, it goes on reading from it
# changes: an echo that finds no memory ends its client, once, with nothing sent
# changes: a client that can't be read any more is ended, with the error's text
# changes: after Ctrl-C, those who still wait to be accepted get their bytes
load ../exercise

# start_before KIND: a target of that kind, and the proxy in front of it.
start_before() {
  TARGET_LOG=$BATS_TEST_TMPDIR/target
  setpriv --pdeathsig KILL python3 "$BATS_TEST_DIRNAME/target.py" "$1" >"$TARGET_LOG" 2>&1 3>&- &
  TARGET=$!
  soon test -s "$TARGET_LOG"
  start 0 "$(head -n 1 "$TARGET_LOG")" >/dev/null 2>&1 || true
  [ -n "$PORT" ] || wrong "Ran main 0 $(head -n 1 "$TARGET_LOG")." 'listening on 127.0.0.1:PORT' "$(printed)" \
    'The second argument is the port to which each client is connected.'
}

# stays_small DONE ADVICE: the proxy keeps little, though one side sends and sends.
stays_small() {
  local now
  DEADLINE=20 soon at_rest || true
  now=$(memory)
  [ "$now" -lt $((before + 4096)) ] || wrong "$1" 'the proxy soon stops reading' "it keeps $((now - before)) KiB" "$2"
}

@test "half a close is passed on, and the answer comes back" {
  start_before count
  got=$(printf hello | echo_client || true)
  [ "$got" = 5 ] || wrong 'The target counts what comes until the end. A client sent "hello" and closed its half.' 5 "${got:-nothing}" \
    "$(grep -q -E '^client [0-9]+: (closed|Broken pipe)' "$LOG" && echo 'One direction has ended, not both: what is still on its way must arrive,
  and the end goes on only when all is sent.' ||
      echo 'shutdown() with SHUT_WR passes the end on, but only when all is sent.')"
}

@test "what a client sends goes to the target, and what that sends comes back" {
  start_before echo
  connect client
  echo hello >&"$client"
  read -r -t "$DEADLINE" line <&"$client" || true
  [ "$line" = hello ] || wrong 'The target echoes. A client sent "hello\n".' hello "${line:-nothing}" \
    'bufferevent_socket_connect() connects to the target, and BEV_EVENT_CONNECTED says that it is there.
  Enable reading on both sides then.'
}

@test "each client has a connection of its own" {
  start_before echo
  connect one
  connect two
  soon_line 'client [0-9]*: connected' 2
  echo first >&"$one"
  echo second >&"$two"
  for name in one two; do read -r -t "$DEADLINE" got[${#got[@]}] <&"${!name}" || true; done
  [ "${got[*]}" = 'first second' ] || wrong 'Two clients sent "first\n" and "second\n" to a target that echoes.' \
    'each gets its own line' "${got[*]:-nothing}" 'Each client needs a connection of its own.'
}

@test "fifty clients come and go, though it may have only 32 descriptors" {
  WRAP='prlimit --nofile=32'
  start_before echo
  for i in {1..50}; do
    got=$(echo hello | DEADLINE=5 echo_client || true)
    [ "$got" = hello ] || wrong "Client number $i sent \"hello\\n\", after the others had left." hello "$(printed)" \
      "$(if grep -q 'Too many' "$LOG" "$ERRORS"; then echo 'A client costs two descriptors here: free the target with it.'
      else echo 'Did the end overtake the bytes? Pass it on only when all is sent.'; fi)"
  done
}

@test "the end of the target's half is passed on to the client" {
  start_before greet
  connect client
  line=$(timeout "$DEADLINE" cat <&"$client" || true)
  [ "$line" = welcome ] || wrong 'The target sent "welcome\n", and closed its half.' 'welcome, and the end' "${line:-nothing}" 'Both directions are alike.'
  (printf hello >&"$client") 2>/dev/null || true
  disconnect client
  heard() { grep -q 'target has got 5 bytes' "$TARGET_LOG"; }
  soon heard || wrong 'The target closed its half. Then the client sent "hello", and closed.' 'target has got 5 bytes' \
    "$(sed 1d "$TARGET_LOG" | grep . || echo 'nothing')" 'One direction has ended, not both: what is still on its way must arrive.'
  soon_line "client $(client_number): closed" || wrong 'Both closed.' "client $(client_number): closed" "$(printed ^client)" \
    'When both directions have ended, free both. The number is the client'"'"'s, whichever side ended last.'
}

@test "a target that does not read stops its client, until it reads" {
  start_before count
  kill -STOP "$TARGET"
  before=$(memory)
  head -c 67108864 /dev/zero | DEADLINE=60 echo_client >"$BATS_TEST_TMPDIR/got" 3>&- &
  sender=$!
  soon_line 'client [0-9]*: connected'
  stays_small 'A client sent 64 MiB, and the target read nothing.' \
    'When MAX_UNSENT bytes or more wait for the target, stop reading from the client.'
  kill -CONT "$TARGET"
  served() { ! kill -0 "$sender" 2>/dev/null; }
  DEADLINE=20 soon served || true
  got=$(<"$BATS_TEST_TMPDIR/got")
  [ "$got" = 67108864 ] || wrong 'A client sent 64 MiB, and closed its half. The target began to read late, and counted.' 67108864 \
    "${got:-nothing}" "$([ "$got" ] && echo 'The end has overtaken the bytes: pass it on only when all is sent.' ||
      echo 'When all that waited for the target is sent, read again from the client.')"
}

# edge cases

@test "a client that does not read stops its target, until it reads" {
  start_before flood
  before=$(memory)
  connect client
  soon_line 'client [0-9]*: connected'
  stays_small 'The target sent 64 MiB, and the client read nothing.' \
    'MAX_UNSENT holds the other way, too: what waits for the client is in its output buffer.'
  got=$(timeout 20 cat <&"$client" | wc -c)
  [ "$got" = 67108864 ] || wrong 'The target sent 64 MiB, and closed its half. The client began to read late.' \
    '67108864 bytes, and the end' "$got bytes" \
    'When all that waited for the client is sent, read again from the target. The end goes on only when all is sent.'
}

@test "every byte arrives, and then the end" {
  start_before count
  head -c 5000000 /dev/urandom >"$BATS_TEST_TMPDIR/sent"
  got=$(DEADLINE=20 echo_client <"$BATS_TEST_TMPDIR/sent" || true)
  [ "$got" = 5000000 ] || wrong 'A client sent 5,000,000 bytes and closed its half. The target counts them.' 5000000 "${got:-nothing}" \
    'Pass the end on only when all is sent: what waits in the output buffer goes first.'
}

@test "every byte comes back" {
  start_before echo
  head -c 5000000 /dev/urandom >"$BATS_TEST_TMPDIR/sent"
  DEADLINE=20 echo_client <"$BATS_TEST_TMPDIR/sent" >"$BATS_TEST_TMPDIR/got" || true
  cmp -s "$BATS_TEST_TMPDIR/sent" "$BATS_TEST_TMPDIR/got" || wrong 'A client sent 5,000,000 bytes, and the target echoes.' \
    'they come back' "$(wc -c <"$BATS_TEST_TMPDIR/got") bytes, or others" 'Pass the end on only when all is sent.'
}

@test "a client that breaks off ends both connections, with the error's text" {
  start_before echo
  local before
  before=$(descriptors)
  connect client
  echo hello >&"$client"
  read -r -t "$DEADLINE" line <&"$client" || true
  break_off client
  soon_line 'client [0-9]*: Connection reset by peer' || wrong 'A client broke off (its connection was reset).' \
    'client FD: Connection reset by peer' "$(printed ^client)" 'That is no end of half a stream, but BEV_EVENT_ERROR.'
  both_closed() { [ "$(descriptors)" = "$before" ]; }
  soon both_closed || wrong 'A client broke off (its connection was reset).' 'both connections are closed' \
    "$(($(descriptors) - before)) is still open" 'After an error on one side nothing can be carried: end both.'
}

@test "a target that does not answer holds up nobody" {
  start_before full
  connect one
  connect two
  soon_line 'client [0-9]*: connected' 2 || wrong 'Two clients connected, and the target did not answer.' \
    $'client FD: connected\nclient FD: connected' "$(printed ^client)" \
    'connect() waits for an answer, and everybody with it. bufferevent_socket_connect() lets the loop wait.'
  kill "$TARGET"
  soon_line 'client [0-9]*: Connection refused' 2 || true
}

@test "a target that has not answered after five seconds is given up" {
  start_before full
  connect client
  disconnect client # it has left, and waits for nothing any more
  connect other
  soon_line 'client [0-9]*: connected' 2 || true
  DEADLINE=15 soon_line 'client [0-9]*: Connection timed out' 2 || wrong 'Two clients connected, and the target did not answer for 15 seconds.' \
    $'client FD: Connection timed out\nclient FD: Connection timed out' "$(printed ^client)" \
    'Without a limit it takes minutes, and Ctrl-C waits for them: bufferevent_set_timeouts() before you connect.
  BEV_EVENT_TIMEOUT comes to on_event then.'
}

@test "a pair that is connected may be silent for as long as it likes" {
  start_before echo
  connect client
  soon_line 'client [0-9]*: connected'
  sleep 6 # longer than the limit for the connect
  echo hello >&"$client" || true
  read -r -t "$DEADLINE" line <&"$client" || true
  [ "$line" = hello ] || wrong 'A client was silent for six seconds, and then sent "hello\n".' hello "${line:-nothing}" \
    'The limit is for the connect: take it away when BEV_EVENT_CONNECTED comes.'
}

@test "a message of several writes goes to the target without a wait of 40 ms" {
  start_before lines
  run timeout 20 python3 -c 'import socket, sys, time
client = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
quick = 0
for i in range(40):
    began = time.monotonic()
    client.sendall(bytes(19999) + b"\n")
    got = 0
    while got < 20000:
        got += len(client.recv(65536)) or sys.exit("the end")
    quick += time.monotonic() - began < 0.02
print(quick)' "$PORT"
  [[ $output =~ ^[0-9]+$ && $output -gt 12 ]] || wrong 'A client sent 40 times 20,000 bytes, and each time waited for the answer. The target answers a whole line.' \
    'most take less than 20 milliseconds' "${output:-nothing} do" \
    'Your socket to the target holds back what TCP may hold back. TCP_NODELAY is inherited from a listener, and here there is none.'
}

@test "a client that sends single bytes costs no more memory than the bytes" {
  one_byte_a_read
  start_before deaf
  before=$(memory)
  send_and_read_nothing
  DEADLINE=30 soon all_read || true
  now=$(memory)
  kill "$SENDER" "$TARGET"
  [ "$now" -lt $((before + 4096)) ] || wrong 'The target read nothing. A client sent 60,000 bytes, which came one by one.' \
    'they cost about 60 KiB' "they cost $((now - before)) KiB" \
    'bufferevent_write_buffer() moves a block of 1,024 bytes for each of them. Copy what is small, and move what is large.'
}

@test "where nobody is at the target, the client is closed, with the error's text" {
  start_before nobody
  connect client
  soon_line 'client [0-9]*: connected' || true
  soon_line "client $(client_number): Connection refused" || wrong 'A client connected, and nobody listens at the target.' \
    $'client FD: connected\nclient FD: Connection refused' "$(printed ^client)" 'The callback of the target gets BEV_EVENT_ERROR: end both sides.'
  [ "$(grep -c ^client "$LOG")" = 2 ] || wrong 'A client connected, and nobody listens at the target.' 'two lines about it' \
    "$(printed ^client)" 'It has been reported and ended: after that there is no client.'
  read -r -t "$DEADLINE" <&"$client" || [ $? -le 128 ] || wrong 'A client connected, and nobody listens at the target.' \
    'it is closed' 'it is still open' 'The callback of the target gets BEV_EVENT_ERROR: end both sides.'
}

@test "clients that have left leave no memory behind" {
  sanitize address
  start_before echo
  for i in 1 2 3; do echo hello | echo_client; done || true
  connect broken
  soon_line 'client [0-9]*: connected' 4
  break_off broken
  soon_line 'client [0-9]*: Connection reset by peer' || true
  connect client
  soon_line 'client [0-9]*: connected' 5
  kill "$TARGET"
  wait "$TARGET" || true
  connect refused
  soon_line 'client [0-9]*: Connection refused' || true
  ends_well
  SERVER=
  ! grep -q 'detected memory leaks' "$ERRORS" || wrong 'Built with -fsanitize=address. Six clients came and went.' \
    'all memory is freed' "$(sanitizer_says)" 'Free both sides, and what you have allocated for a client, on each way out.'
}
