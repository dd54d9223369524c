# Exercise 6.6: A proxy
# ★★★
# changes: what a client sends comes back
# changes: each client gets its own bytes, and no other's
# changes: bytes come back exactly, and all of them, after half a close
# changes: bytes that still wait when the client has closed half come back, too
# changes: single bytes of every value come back
# changes: ten clients at once get theirs
# changes: no longer says what it reads
# changes: a client that sends and never reads is stopped, and costs little memory
# changes: others are served meanwhile
# changes: and when it reads after all, it gets every byte
# changes: a client that goes while its bytes wait ends neither the server nor the others
# changes: SIGPIPE, from a write to a client that has gone, does not end the server
# changes: after Ctrl-C, those who are connected get their bytes
# changes: does the same on the other backends
# changes: a client that has closed half and does not read costs no work
# changes: and when it breaks off, it is freed
# changes: while less than 64 KiB wait for a client, it goes on reading from it
# changes: an echo that finds no memory ends its client, once, with nothing sent
# changes: a client that can't be read any more is ended, with the error's text
# changes: so do those who still wait to be accepted
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

# stays_small: the proxy keeps little, though one side sends without end.
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
    "$(has_line 'client [0-9]*: closed' && echo 'One direction has ended, not both: what is still on its way must arrive.' ||
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
      'A client costs two descriptors here: free the target with it.'
  done
}

@test "the end of the target's half is passed on, too" {
  start_before greet
  connect client
  line=$(timeout "$DEADLINE" cat <&"$client" || true)
  [ "$line" = welcome ] || wrong 'The target sent "welcome\n", and closed its half.' 'welcome, and the end' "${line:-nothing}" 'Both directions are alike.'
  (printf hello >&"$client") 2>/dev/null || true
  disconnect client
  heard() { grep -q 'target has got 5 bytes' "$TARGET_LOG"; }
  soon heard || wrong 'The target closed its half. Then the client sent "hello", and closed.' 'target has got 5 bytes' \
    "$(sed 1d "$TARGET_LOG" | grep . || echo 'nothing')" 'One direction has ended, not both: what is still on its way must arrive.'
  soon_line 'client [0-9]*: closed' || wrong 'Both closed.' 'client FD: closed' "$(printed ^client)" 'When both directions have ended, free both.'
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

@test "a target that does not read stops its client" {
  start_before silent
  connect client
  before=$(memory)
  head -c 67108864 /dev/zero >&"$client" 2>/dev/null 3>&- &
  stays_small 'A client sent and sent, and the target read nothing.' \
    'When MAX_UNSENT bytes or more wait for the target, stop reading from the client.'
  kill $! "$TARGET" 2>/dev/null || true
}

@test "a client that does not read stops its target" {
  start_before flood
  before=$(memory)
  connect client
  soon_line 'client [0-9]*: connected'
  stays_small 'The target sent and sent, and the client read nothing.' \
    'MAX_UNSENT holds the other way, too: what waits for the client is in its output buffer.'
  kill "$TARGET"
}

@test "where nobody is at the target, the client is closed, with the error's text" {
  start_before nobody
  connect client
  soon_line 'client [0-9]*: Connection refused' || wrong 'A client connected, and nobody listens at the target.' \
    $'client FD: connected\nclient FD: Connection refused' "$(printed ^client)" 'The callback of the target gets BEV_EVENT_ERROR: end both sides.'
  read -r -t "$DEADLINE" <&"$client" || [ $? -le 128 ] || wrong 'A client connected, and nobody listens at the target.' \
    'it is closed' 'it is still open' 'The callback of the target gets BEV_EVENT_ERROR: end both sides.'
}
