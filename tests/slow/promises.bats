# What the servers never do: they bind the loopback address only, show nobody what a client sent, and
# take nothing from outside but what their READMEs name.
load ../helper

@test "they bind the loopback address, with one socket, and nothing else" {
  for MAIN in $(programs 2); do
    start
    run ss -Hltunxp
    assert_equal "$(grep -c "pid=$SERVER," <<<"$output")" 1
    assert_equal "$(grep "pid=$SERVER," <<<"$output" | awk '{ print $5 }')" "127.0.0.1:$PORT"
    stop
  done
}

@test "another address of this machine gets no answer" {
  other=127.0.0.2 # Linux answers for all of 127.0.0.0/8
  for MAIN in $(programs 2); do
    start
    nc -z 127.0.0.1 "$PORT"
    run ! nc -z "$other" "$PORT"
    stop
  done
}

@test "no byte that a client sent gets into the output, the errors, or any file" {
  for MAIN in $(programs 4); do
    WRAP="strace -D -f -qq -s 4096 -e trace=write,writev,pwrite64,open,openat,creat -o $BATS_TEST_TMPDIR/calls"
    start
    printf 'Xyzzy-\e[31m%%s%%n\n' | echo_client
    wait_for_line 'client [0-9]*: closed'
    stop
    run cat "$LOG" "$ERRORS"
    refute_output --partial Xyzzy
    # What they write to descriptors 1 and 2 is in there; they open no file to write to.
    run grep -E 'O_WRONLY|O_RDWR|creat|O_CREAT' "$BATS_TEST_TMPDIR/calls"
    assert_output ''
  done
}

@test "they print nothing but the lines that are fixed" {
  for MAIN in $(programs 4); do
    start
    printf 'hello\n\e[31m' | echo_client
    wait_for_line 'client [0-9]*: closed'
    stop
    run grep -v -x -E -e 'libevent .* chose [a-z]+ from:[ a-z]*' -e 'listening on 127\.0\.0\.1:[0-9]+' \
      -e 'client [0-9]+: (connected( \(worker [1-4]\))?|[0-9]+ bytes buffered|read [0-9]+ bytes|closed)' \
      -e 'no new clients; Ctrl-C again ends now' -e 'no events left: the loop has returned' "$LOG"
    assert_output ''
    assert [ ! -s "$ERRORS" ]
  done
}

@test "they ask for no environment variable; libevent asks for its own" {
  for MAIN in $(programs); do
    run nm -D --undefined-only "$MAIN"
    assert_success
    refute_output --partial getenv
    refute_output --partial environ
    run grep -n -w -e getenv -e environ "$MAIN.c"
    assert_output ''
  done
}

@test "an environment full of likely names changes nothing" {
  export PORT=1 HOST=0.0.0.0 ADDRESS=0.0.0.0 BIND=0.0.0.0 WORKERS=1 DEBUG=1 LISTEN_FDS=1 LISTEN_PID=$$
  for MAIN in $(programs 2); do
    start
    run ss -Hltnp "sport = :$PORT"
    assert_line --regexp "127\.0\.0\.1:$PORT .*pid=$SERVER,"
    if grep -q pthread_create "$MAIN.c"; then
      connect client
      wait_for_client # then all threads have started
      assert_equal "$(ls "/proc/$SERVER/task" | wc -l)" 5
    fi
    stop
  done
}

@test "they read no file after their start, and no standard input from step 3 on" {
  for MAIN in $(programs 3); do
    WRAP="strace -D -f -qq -o $BATS_TEST_TMPDIR/calls"
    start
    echo hello | echo_client || true
    echo 'quit' >&"$STDIN"
    stop
    run awk '/listening on/ { started = 1 } started && /open(at)?\(|read(v)?\(0,/' "$BATS_TEST_TMPDIR/calls"
    assert_output ''
  done
}

@test "an argument that is no port is refused by every step from 2 on" {
  for MAIN in $(programs 2); do
    for argument in --help -h 0.0.0.0:80 localhost '*' --bind=0.0.0.0; do
      run --separate-stderr timeout 10 "$MAIN" "$argument" </dev/null
      assert_failure 1
      assert_regex "$stderr" '^usage: '
    done
  done
}
