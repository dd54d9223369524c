load helper

@test "says which port the kernel picked, and listens there" {
  start
  run ss -Hltn "sport = :$PORT"
  assert_output --partial "127.0.0.1:$PORT"
}

@test "still names the backend first" {
  start
  run head -n 1 "$LOG"
  assert_output --regexp '^libevent .* chose [a-z]+ from:'
}

# bats test_tags=superseded
@test "stops on Enter" {
  start
  wait_for_line 'press Enter to stop'
  echo >&"$STDIN"
  expect_exit 0
}

# bats test_tags=superseded
@test "stops at the end of its input" {
  run timeout 10 "$MAIN" 0 </dev/null
  assert_success
  assert_line 'press Enter to stop'
}

# bats test_tags=superseded
@test "a client connects, though nobody accepts it" {
  start
  connect client
  run ss -Htn state established "sport = :$PORT"
  assert_output --partial "127.0.0.1:$PORT"
}

@test "100 clients connect, though nobody accepts them" {
  start
  # Whoever finds no place is sent away by nobody, and would wait for minutes.
  run timeout "$DEADLINE" python3 -c 'import socket, sys
clients = [socket.create_connection(("127.0.0.1", sys.argv[1])) for _ in range(100)]' "$PORT"
  assert_success
}

@test "listens on the loopback address alone" {
  start
  run ss -Hltn "sport = :$PORT"
  refute_output --regexp '0\.0\.0\.0:'$PORT'|\*:'$PORT
  assert_equal "${#lines[@]}" 1
}

@test "the listening socket does not block" {
  start
  socket=$(ls -l /proc/$SERVER/fd | awk '/socket:/ { print $9 }' | tail -n 1)
  run cat "/proc/$SERVER/fdinfo/$socket"
  assert_line --regexp '^flags:\s*0?[0-7]*4[0-7]{3}$' # 04000: O_NONBLOCK
}

@test "a port in use is an error that names the call" {
  start
  run --separate-stderr "$MAIN" "$PORT"
  assert_failure
  assert_regex "$stderr" '^bind: Address (already )?in use$' # without "already": musl
}

@test "a restart binds the port while an old connection is in TIME_WAIT" {
  start
  stop
  # This nc answers one client, and is the first of the two to close.
  nc -l -N 127.0.0.1 "$PORT" </dev/null 3>&- &
  eventually nc -d 127.0.0.1 "$PORT"
  run ss -Htn state time-wait "sport = :$PORT"
  assert_output --partial "127.0.0.1:$PORT"
  start "$PORT"
}

@test "a bad argument is answered with the usage" {
  for argument in x -1 65536 '' 10000x 99999999999999999999 ' 80' +80 0x50 \
    4294977296 18446744073709561616; do # 10000 beyond what an int or a long takes
    run --separate-stderr timeout 10 "$MAIN" "$argument" </dev/null
    assert_failure 1
    assert_output ''
    assert_regex "$stderr" '^usage: '
  done
}

@test "two arguments are answered with the usage" {
  run --separate-stderr timeout 10 "$MAIN" 0 0 </dev/null
  assert_failure 1
  assert_output ''
  assert_regex "$stderr" '^usage: '
}

@test "a port is decimal, with a zero before it, too" {
  start
  stop
  decimal=$PORT
  start "0$PORT"
  assert_equal "$PORT" "$decimal"
}

# binds PORT [ARGUMENT]: it listens there. Another program may be there first: skips if it stays.
binds() {
  answers() {
    run timeout 1 "$MAIN" "${@:2}" </dev/null
    [[ $output != *'bind: Address'*'in use'* ]]
  }
  eventually answers "$@" || skip "port $1 is in use"
  assert_line "listening on 127.0.0.1:$1"
}

@test "the last port, 65535, is a good argument" {
  binds 65535 65535
}

@test "without an argument, the port is 10000" {
  binds 10000
}

# bats test_tags=uninstrumented
@test "a call of its start that fails is an error that names the call" {
  for call in socket setsockopt evutil_make_socket_nonblocking bind listen getsockname; do
    with_failing $call
    run --separate-stderr timeout 10 $WRAP "$MAIN" 0 </dev/null
    assert_failure 1
    refute_line --partial listening
    assert_equal "$stderr" "$call: Operation not permitted"
  done
}
