# Exercise 6.2: Patience has an end
# ★★
# In these, a client reads nothing for more than two seconds, or for about as long.
# changes: a client that sends and never reads is stopped while others are served, and gets every byte when it reads
# changes: a client that goes while its bytes wait ends neither the server nor the others
load ../exercise

@test "a silent client is ended after two seconds" {
  start
  connect client
  began=$(milliseconds)
  soon_line 'client [0-9]*: idle' || wrong 'A client connected, and sent nothing for 5 seconds.' 'client 8: idle' \
    "$(printed ^client)" 'bufferevent_set_timeouts() sets the time. Then BEV_EVENT_TIMEOUT is one bit of `what` in on_event, not the only one: test it with &.'
  took=$(($(milliseconds) - began))
  [[ $took -gt 1500 && $took -lt 2900 ]] || wrong 'A client connected, and sent nothing.' 'two seconds pass' \
    "$took milliseconds" 'The time is a struct timeval: seconds and microseconds.'
  read -r -t "$DEADLINE" <&"$client" || [ $? -le 128 ] ||
    wrong 'A client sent nothing.' 'its connection is closed' 'it is still open' 'end_client() closes it.'
  [ "$(grep -c ^client "$LOG")" = 2 ] || wrong 'A client connected, and sent nothing.' $'client 8: connected\nclient 8: idle' \
    "$(printed ^client)" 'Say once why it goes: hand "idle" to end_client(), and return.'
}

@test "a client that sends something each second stays" {
  start
  connect client
  for i in 1 2 3 4; do
    echo x >&"$client" || true
    read -r -t "$DEADLINE" answer <&"$client" || wrong "A client sent a line every second, $i times." 'each comes back' \
      "$(printed ^client)" 'The time is for silence, and starts again with each byte: bufferevent_set_timeouts().'
    sleep 1 # the client's pause
  done 2>/dev/null
}

@test "a client that goes by itself is closed as before" {
  start
  echo_client </dev/null || true
  soon_line 'client [0-9]*: closed' || wrong 'A client connected, and closed its half.' 'client FD: closed' "$(printed ^client)" \
    'on_event is called for three reasons. Which one it is, `what` tells.'
  # It has two seconds only, so one process does both.
  python3 -c 'import socket, struct, sys
client = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))' "$PORT"
  soon_line 'client [0-9]*: Connection reset by peer' || wrong 'A client broke off (its connection was reset).' \
    'client FD: Connection reset by peer' "$(printed ^client)" 'on_event is called for three reasons. Which one it is, `what` tells.'
}

@test "a client that never reads what comes back is ended" {
  start
  connect client
  head -c 67108864 /dev/zero >&"$client" 2>/dev/null 3>&- &
  DEADLINE=10
  soon_line 'client [0-9]*: idle' || wrong 'A client sent and sent, and for 10 seconds read nothing.' 'client 8: idle' \
    "$(printed ^client)" 'bufferevent_set_timeouts() takes two times: is the second one set, for writing? If so, look at what on_event does first.
  Whoever is out of time goes, though bytes wait for it.'
}

@test "a client that has closed its half and never reads is ended" {
  ${CC:-cc} -shared -fPIC -o "$BATS_TEST_TMPDIR/small.so" "$BATS_TEST_DIRNAME/small.c" -ldl
  WRAP="env LD_PRELOAD=$BATS_TEST_TMPDIR/small.so"
  start
  python3 -c 'import socket, sys
client = socket.socket()
client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
client.connect(("127.0.0.1", int(sys.argv[1])))
client.sendall(bytes(40000))
client.shutdown(socket.SHUT_WR)
sys.stdin.read()' "$PORT" <"$BATS_TEST_TMPDIR/stdin" 3>&- &
  soon_line 'client [0-9]*: idle' || true
  kill $!
  has_line 'client [0-9]*: idle' || wrong 'A client sent 40,000 bytes, closed its half, and read nothing for 5 seconds. (Sockets are small here.)' \
    'client 8: idle' "$(printed ^client)" 'When the last bytes are to be sent, on_event must still hear of the time: bufferevent_setcb() sets all callbacks.'
}
