# Exercise 6.7: TLS
# ★★★
# changes: everything
load ../exercise

# start_tls: where the program runs, there are cert.pem and key.pem.
start_tls() {
  command -v openssl >/dev/null || wrong 'Looked for the command openssl.' 'it is there' 'it is missing' 'On Debian: apt-get install openssl'
  cd "$BATS_TEST_TMPDIR"
  openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=localhost -keyout key.pem -out cert.pem 2>/dev/null
  ${CC:-cc} -o client "$BATS_TEST_DIRNAME/client.c" -lssl -lcrypto
  start >/dev/null 2>&1 || true
  [ -n "$PORT" ] || wrong 'Ran the program, in a folder with cert.pem and key.pem.' 'listening on 127.0.0.1:PORT' "$(printed)" \
    'SSL_CTX_use_certificate_chain_file() and SSL_CTX_use_PrivateKey_file() read them.'
}

# tls_client: sends its input, says goodbye, and prints what comes back. Fails without the server's goodbye.
tls_client() {
  timeout "$DEADLINE" ./client "$PORT"
}

# The beginning of a client in Python.
TLS_CLIENT='import socket, ssl, struct, sys
context = ssl._create_unverified_context()
client = context.wrap_socket(socket.create_connection(("127.0.0.1", int(sys.argv[1]))))'

@test "echoes to openssl s_client" {
  start_tls
  coproc S_CLIENT { exec openssl s_client -quiet -connect "127.0.0.1:$PORT" 2>/dev/null 3>&-; }
  echo hello >&"${S_CLIENT[1]}"
  read -r -t "$DEADLINE" line <&"${S_CLIENT[0]}" || true
  [ "$line" = hello ] || wrong "openssl s_client -connect 127.0.0.1:$PORT sent \"hello\\n\"." hello "${line:-nothing}" \
    "$([ "$(grep -c '^client' "$LOG")" -gt 1 ] && echo 'The end of the handshake, BEV_EVENT_CONNECTED, comes to on_event as well, and ends nobody.' ||
      echo 'bufferevent_openssl_socket_new() takes the place of bufferevent_socket_new().')"
  kill "$S_CLIENT_PID"
}

@test "tells which TLS it is when the handshake is done" {
  start_tls
  tls_client <<<hello >got || true
  soon_line 'client [0-9]*: TLSv1\..' || wrong 'A client connected by TLS.' $'client FD: connected\nclient FD: TLSv1.3' "$(printed ^client)" \
    'on_event gets BEV_EVENT_CONNECTED then: SSL_get_version() names it.'
  ./client "$PORT" 1.2 <<<hello >got || true
  soon_line 'client [0-9]*: TLSv1\.2' || wrong 'A client connected by TLS 1.2.' $'client FD: connected\nclient FD: TLSv1.2' \
    "$(printed ^client)" 'Each client has its own. SSL_get_version() knows it when the handshake is done, and not before.'
}

@test "after a client's goodbye everything comes back, and then the server's goodbye" {
  start_tls
  head -c 1000000 /dev/urandom >sent
  local status=0
  tls_client <sent >got || status=$?
  cmp -s sent got || wrong 'A client sent 1,000,000 bytes and said goodbye (close_notify).' 'they come back' "$(wc -c <got) bytes, or others" \
    'It may still read, so everything goes back before you close.'
  [ $status = 0 ] || wrong 'A client sent 1,000,000 bytes, said goodbye, and got them back.' "the server's own close_notify" 'the end without it' \
    'SSL_shutdown() says goodbye. Without it, a client cannot tell the end from a cut.'
  soon_line 'client [0-9]*: closed' || wrong 'A client said goodbye.' 'client FD: closed' "$(printed ^client)" 'That is BEV_EVENT_EOF.'
}

@test "a client who says nothing holds up nobody" {
  start_tls
  connect silent
  soon_line 'client [0-9]*: connected'
  got=$(tls_client <<<hello || true)
  [ "$got" = hello ] || wrong 'A client connected, and did not begin its handshake. Another one sent "hello\n".' hello "${got:-nothing}" \
    'The handshake reads from the socket: is it non-blocking by then?'
}

@test "the last bytes are sent even if they must wait" {
  export FULL=$BATS_TEST_TMPDIR/full
  ${CC:-cc} -shared -fPIC -o "$BATS_TEST_TMPDIR/full.so" "$BATS_TEST_DIRNAME/full.c" -ldl
  WRAP="env LD_PRELOAD=$BATS_TEST_TMPDIR/full.so"
  start_tls
  mkfifo input
  tls_client <input >got 3>&- &
  exec {input}>input
  soon_line 'client [0-9]*: TLSv1\..' || true
  touch "$FULL"
  echo hello >&"$input"
  exec {input}>&-
  # Both the bytes and the goodbye have been read: nothing is on its way.
  all_read() { [ "$(ss -Htn "( sport = :$PORT or dport = :$PORT )" | awk '{ print $2 + $3 }' | sort -u)" = 0 ]; }
  soon all_read || true
  soon all_read || true
  connect other
  soon_line 'client [0-9]*: connected' 2 || wrong 'A client said goodbye, while its socket had no room. Another one connected.' \
    $'client FD: connected\nclient FD: TLSv1.3\nclient FD: connected' "$(printed ^client)" 'A socket that is full may stay full. Let the loop wait for it.'
  rm "$FULL"
  local status=0
  wait $! || status=$?
  [ "$(<got)" = hello ] || wrong 'A client sent "hello\n" and said goodbye, while its socket had no room. Then it had room again.' \
    'hello' "$(grep . got || echo nothing)" 'At a goodbye libevent disables both directions: bufferevent_enable() with EV_WRITE sends the rest.'
  [ $status = 0 ] || wrong 'A client said goodbye, while its last bytes had to wait. Then it got them.' \
    "the server's own close_notify" "$([ $status = 124 ] && echo 'the connection stays open' || echo 'the end without it')" \
    'on_last_write is an end, too: say goodbye there.'
}

@test "an end without goodbye is an error" {
  start_tls
  python3 -c "$TLS_CLIENT"'
client.sendall(b"hello")
client.recv(5)' "$PORT" 2>/dev/null || true
  soon_line 'client [0-9]*: [a-z].*' 2 || true
  [ "$(grep -c -x -e 'client [0-9]*: closed' "$LOG")" = 0 ] || wrong 'A client ended without close_notify.' \
    'client FD: unexpected eof while reading' "$(printed ^client)" \
    'Its stream may have been cut off on the way: that is BEV_EVENT_ERROR, and not a close.'
}

# edge cases

@test "a full record comes back, though nothing follows it" {
  start_tls
  local got
  got=$(timeout "$DEADLINE" python3 -u -c "$TLS_CLIENT"'
client.sendall(bytes(16384))
while data := client.recv(65536):
    print(len(data))' "$PORT" 2>/dev/null | awk '{ n += $1; print n }' | grep -m 1 16384 || true)
  [ "$got" = 16384 ] || wrong 'A client sent 16,384 bytes, which is one full record of TLS, and waited.' '16384 bytes come back' \
    'fewer, and the client waits for ever' 'A high watermark stops reading in the middle of a record. The rest of it lies in
  OpenSSL, and the socket has no more news: set no high watermark here.'
}

@test "a client who breaks off is ended with its socket's error" {
  start_tls
  connect client
  soon_line 'client [0-9]*: connected'
  break_off client # before its handshake
  python3 -c "$TLS_CLIENT"'
client.sendall(b"hello")
client.recv(5)
client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
client.close()' "$PORT"
  soon_line 'client [0-9]*: Connection reset by peer' 2 || wrong 'Two clients broke off (their connections were reset), one before its handshake,
  and one after it.' $'client FD: Connection reset by peer\nclient FD: Connection reset by peer' "$(printed ^client)" \
    'That is no error of TLS: ERR_reason_error_string() returns NULL for it, and errno says why.'
}

@test "a client for whom there is no memory costs nothing but itself" {
  ${CC:-cc} -shared -fPIC -o "$BATS_TEST_TMPDIR/no-memory.so" "$BATS_TEST_DIRNAME/no-memory.c" -lssl
  WRAP="env LD_PRELOAD=$BATS_TEST_TMPDIR/no-memory.so"
  start_tls
  connect client
  soon_line 'client [0-9]*: Cannot allocate memory' || wrong 'A client connected, and libevent had no memory for its bufferevent.' \
    $'client FD: connected\nclient FD: Cannot allocate memory' "$(printed ^client)" \
    'bufferevent_openssl_socket_new() returns NULL then. With BEV_OPT_CLOSE_ON_FREE it has freed the SSL already.'
}

@test "a client who speaks no TLS is ended with OpenSSL's reason" {
  needs_libevent 2.1 "a fault of 2.2 is that its bufferevent_get_openssl_error() always returns 0"
  start_tls
  connect client
  send client 'GET / HTTP/1.0\r\n\r\n' || true
  soon_line 'client [0-9]*: .*' 2 || true
  has_line 'client [0-9]*: .*http request.*' || wrong 'A client sent "GET / HTTP/1.0\r\n\r\n" without TLS.' \
    'client FD: http request' "$(printed ^client)" \
    'errno knows nothing of TLS: bufferevent_get_openssl_error() and ERR_reason_error_string().'
}

@test "still stops reading from a client who does not read" {
  start_tls
  before=$(memory)
  mkfifo input
  exec {input}<>input # has no end, so that the client never comes to reading
  ./client "$PORT" <input >got 3>&- &
  client=$!
  soon_line 'client [0-9]*: TLSv1\..' || true
  head -c 67108864 /dev/zero >&"$input" 3>&- &
  DEADLINE=20 soon at_rest || true
  now=$(memory)
  kill $! "$client" 2>/dev/null || true
  [ "$now" -lt $((before + 4096)) ] || wrong 'A client sent 64 MiB, and read nothing.' 'the server soon stops reading from it' \
    "it keeps $((now - before)) KiB for it" 'The output buffer holds plain text, as in step 6: compare its length with MAX_UNSENT.'
}

@test "forty clients come and go, and leave neither descriptors nor memory behind" {
  sanitize address
  WRAP='prlimit --nofile=32'
  start_tls
  for i in {1..40}; do
    tls_client <<<hello >got || true
    soon_line 'client [0-9]*: TLSv1\..' "$i" || wrong "Client number $i connected, after the others had left." \
      'client FD: TLSv1.3' "$(printed)" 'BEV_OPT_CLOSE_ON_FREE closes the descriptor, and frees the SSL.'
  done
  connect client
  send client 'GET / HTTP/1.0\r\n\r\n'
  soon_line 'client [0-9]*: .*' 122 || true # connected, TLSv1.3 and closed, and two of the last one
  ends_well
  SERVER=
  ! grep -q 'detected memory leaks' "$ERRORS" || wrong 'Built with -fsanitize=address. 41 clients came and went.' \
    'all memory is freed' "$(sanitizer_says)" \
    'BEV_OPT_CLOSE_ON_FREE frees the SSL of a client. The SSL_CTX is yours to free, at the end.'
}
