load helper

# bats test_tags=superseded
@test "tells how many bytes of a client wait in its buffer" {
  start
  connect client
  wait_for_line 'client [0-9]*: connected'
  printf 12345 >&"$client"
  number=$(client_number)
  wait_for_line "client $number: 5 bytes buffered"
}

# bats test_tags=superseded
@test "nobody takes the bytes out, so that they pile up" {
  start
  connect client
  printf 12345 >&"$client"
  wait_for_line 'client [0-9]*: 5 bytes buffered'
  printf 678 >&"$client"
  wait_for_line 'client [0-9]*: 8 bytes buffered'
}

@test "names each client by its descriptor" {
  start
  connect one
  wait_for_client 1
  connect two
  wait_for_client 2
  run ls "/proc/$SERVER/fd"
  numbers=$(client_number)
  for number in $numbers; do assert_line "$number"; done
  disconnect one two
  for number in $numbers; do wait_for_line "client $number: closed"; done
}

@test "a client that closes is freed, and its descriptor is closed" {
  start
  connect client
  wait_for_client
  before=$(descriptors)
  disconnect client
  wait_for_line 'client [0-9]*: closed'
  has_one_less() { [ "$(descriptors)" -eq $((before - 1)) ]; }
  eventually has_one_less
}

@test "a client's socket does not block" {
  start
  connect client
  wait_for_client
  number=$(client_number)
  run cat "/proc/$SERVER/fdinfo/$number"
  assert_line --regexp '^flags:\s*0?[0-7]*4[0-7]{3}$' # 04000: O_NONBLOCK
}

@test "half a close is a client's end, too" {
  start
  run timeout 10 nc -N 127.0.0.1 "$PORT" </dev/null # it waits until the server has closed
  assert_success
  wait_for_line 'client [0-9]*: closed'
}

@test "a client that breaks off is freed, with the error's text" {
  start
  connect client
  wait_for_client
  # Closed like this, a connection is reset.
  python3 -c 'import socket, struct, sys
socket.socket(fileno=int(sys.argv[1])).setsockopt(
    socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))' "$client"
  disconnect client
  wait_for_line 'client [0-9]*: Connection reset by peer'
}

@test "never prints what a client sent" {
  start
  { printf 'my pa\0ssword\n'; yes 'my password' | head -c 20000; } | echo_client
  wait_for_line 'client [0-9]*: closed'
  run cat "$LOG" "$ERRORS"
  refute_output --regexp 'my pa|ssword'
}

@test "idles while clients are connected and silent" {
  start
  connect one
  connect two
  wait_for_client 2
  assert [ "$(cpu_percent 1)" -lt 5 ]
}

# Makes 100 clients, some more than the server may have descriptors.
too_many_clients() {
  WRAP='prlimit --nofile=80'
  start
  for i in {1..100}; do connect "client$i"; done
  # musl has other words for it.
  eventually grep -Eqx 'accept: (Too many open files|No file descriptors available)' "$ERRORS"
}

@test "out of descriptors, it idles, and complains at most once a second" {
  too_many_clients
  complaints=$(grep -c accept "$ERRORS")
  start_time=$SECONDS
  assert [ "$(cpu_percent 2)" -lt 5 ]
  complaints=$(($(grep -c accept "$ERRORS") - complaints))
  assert [ "$complaints" -ge 1 ]
  assert [ "$complaints" -le $((SECONDS - start_time + 1)) ]
}

@test "out of descriptors, it serves those who are connected" {
  too_many_clients
  disconnect client1
  wait_for_line 'client [0-9]*: closed'
}

@test "out of descriptors, those who wait are served when others leave" {
  too_many_clients
  refute has_line 'client [0-9]*: connected.*' 80
  for i in {1..50}; do disconnect "client$i"; done
  wait_for_client 100
}

@test "out of descriptors, Ctrl-C ends it as ever" {
  too_many_clients
  interrupt
  wait_for_line 'no new clients; Ctrl-C again ends now'
  assert refuses_clients
  assert [ "$(cpu_percent 1)" -lt 5 ]
  disconnect "${CLIENTS[@]}"
  expect_exit 0
}

# bats test_tags=uninstrumented
@test "whatever else accept() fails with, it says so, and pauses for a second" {
  for error in ENOMEM EPERM; do
    traced -o /dev/null -e trace=accept -e "inject=accept:error=$error:when=1" # the first one
    start
    before=${EPOCHREALTIME/[.,]/}
    connect client
    eventually grep -q '^accept: ' "$ERRORS"
    wait_for_client
    served=$(written "$LOG")
    assert [ $((served - before)) -gt 900000 ]
    assert [ $((served - $(written "$ERRORS"))) -lt 1900000 ]
    stop
  done
}

# bats test_tags=uninstrumented
@test "a client that has left before it is accepted is nobody's error" {
  for error in ECONNABORTED EAGAIN EINTR; do
    traced -o /dev/null -e trace=accept -e "inject=accept:error=$error:when=1"
    start
    connect client
    wait_for_client
    run cat "$ERRORS"
    assert_output ''
    stop
  done
}

@test "after Ctrl-C, those who are connected are served until they leave" {
  start
  connect one
  connect two
  wait_for_client 2
  interrupt
  wait_for_line 'no new clients; Ctrl-C again ends now'
  assert refuses_clients
  disconnect one
  wait_for_line 'client [0-9]*: closed' 1
  refute has_line 'no events left: the loop has returned'
  disconnect two
  wait_for_line 'no events left: the loop has returned'
  expect_exit 0
}

@test "after Ctrl-C, those who wait to be accepted are served, too: their connect() has succeeded" {
  start
  kill -STOP "$SERVER"
  for i in {1..50}; do connect "client$i"; done
  interrupt
  kill -CONT "$SERVER"
  wait_for_line 'no new clients; Ctrl-C again ends now'
  disconnect "${CLIENTS[@]}"
  expect_exit 0
  assert_equal "$(grep -c '^client [0-9]*: connected' "$LOG")" 50
  assert_equal "$(grep -c '^client [0-9]*: closed' "$LOG")" 50
}

# bats test_tags=uninstrumented
@test "after Ctrl-C, one of those who has left again, or a signal, does not end the others' waiting" {
  for error in ECONNABORTED EINTR; do
    with_failing accept 3 -1 1 $error
    start
    kill -STOP "$SERVER"
    for i in {1..20}; do connect "client$i"; done
    interrupt
    kill -CONT "$SERVER"
    wait_for_line 'no new clients; Ctrl-C again ends now'
    wait_for_client 20 # step 7's workers may say so later
    disconnect "${CLIENTS[@]}"
    expect_exit 0
  done
}

# closes_who_cannot_be_served CALL NTH VALUE: where that call fails
closes_who_cannot_be_served() {
  with_failing "$@"
  start
  connect client
  wait_for_line 'client [0-9]*: Operation not permitted'
  is_closed client
  connect next
  wait_for_client 2
  stop
}

# bats test_tags=uninstrumented
@test "a client that can't be served is closed, with the error's text" {
  closes_who_cannot_be_served bufferevent_socket_new 1 0
  closes_who_cannot_be_served bufferevent_enable 1 -1
}

# Step 7 makes more than the listening socket non-blocking before a client's.
# bats test_tags=uninstrumented,superseded
@test "a client whose socket stays blocking is closed, with the error's text" {
  closes_who_cannot_be_served evutil_make_socket_nonblocking 2 -1
}

@test "a second Ctrl-C ends it at once" {
  start
  connect client
  wait_for_client
  interrupt
  wait_for_line 'no new clients; Ctrl-C again ends now'
  interrupt
  expect_exit 130
}
