# What the network does to the servers, from step 4 on, as far as each goes. More is in the tests of the
# steps, which run-variants.bats runs on the later steps, too: a client that never reads, no descriptors left.
load ../helper

setup() {
  ulimit -n "$(ulimit -Hn)" || true
}

# The server has several threads.
is_threaded() {
  grep -q pthread_create "$MAIN.c"
}

# clients KIND COUNT: see rude_clients.py. From step 6 on they want their bytes back.
clients() {
  local echo=
  [[ $MAIN == */0[45]-* ]] || echo=echo
  "$TOP/tests/slow/rude_clients.py" "$PORT" "$@" $echo
}

still_serves() {
  clients queue 1
}

# at_rest: the loop waits for events, so what the server opens at its start is open.
at_rest() {
  [ "$(awk '{ print $3 }' "/proc/$SERVER/stat")" = S ]
}

start_at_rest() {
  start
  eventually at_rest
  DESCRIPTORS=$(descriptors)
}

# nothing_left: the server has as many descriptors open as it had at rest.
nothing_left() {
  has_as_many() { [ "$(descriptors)" -eq "$DESCRIPTORS" ]; }
  eventually has_as_many
}

@test "clients that reset in the middle of a transfer cost nobody else anything" {
  for MAIN in $(programs 4); do
    start_at_rest
    clients reset 5
    still_serves
    nothing_left
    stop
  done
}

@test "half a close with megabytes pending loses no byte" {
  for MAIN in $(programs 6); do
    start
    clients half-close 0
    stop
  done
}

@test "a Ctrl-C while megabytes are pending loses no byte, and the server ends when they are sent" {
  for MAIN in $(programs 6); do
    start
    clients half-close "$SERVER"
    expect_exit 0
  done
}

@test "one byte at a time comes back, too" {
  for MAIN in $(programs 4); do
    start
    clients bytes 500
    stop
  done
}

@test "a client that says nothing holds up nobody, and may leave without a word" {
  for MAIN in $(programs 4); do
    start_at_rest
    connect silent
    still_serves
    disconnect silent
    nothing_left
    stop
  done
}

@test "2,000 clients that connect and reset disturb nobody" {
  for MAIN in $(programs 4); do
    start_at_rest
    clients storm 2000 3>&- &
    storm=$!
    clients queue 100
    wait $storm
    still_serves
    nothing_left
    stop
  done
}

@test "clients that connect and reset starve nobody where descriptors are few: each turn accepts one and frees one" {
  for MAIN in $(programs 4); do
    ! is_threaded || continue # it accepts while others free, and pauses: see "The price"
    WRAP='prlimit --nofile=64' start
    clients storm endless 2>/dev/null 3>&- &
    storm=$!
    wait_for_line 'client .*' 4000 # who accepts until it has to pause comes to some hundred a second
    clients queue 100
    kill $storm
    stop
  done
}

@test "Ctrl-C while clients connect and reset ends the server as ever" {
  for MAIN in $(programs 4); do
    start
    clients storm endless 2>/dev/null 3>&- & # it ends when it is refused
    storm=$!
    wait_for_line 'client .*' 100
    assert kill -0 $storm # it still goes on
    interrupt
    expect_exit 0
    run wait $storm
  done
}

# bats test_tags=uninstrumented
@test "after 1,500 clients at once, descriptors and memory are back" {
  [ "$(ulimit -n)" -ge 2000 ] || skip "this user may open $(ulimit -n) descriptors only"
  for MAIN in $(programs 4); do
    start_at_rest
    clients crowd 1500
    nothing_left
    memory=$(memory)
    for i in 1 2 3; do clients crowd 1500; done
    nothing_left
    assert [ "$(memory)" -lt $((memory + 2500)) ] # a leak of a client: 1 KiB * 4,500
    stop
  done
}

# bats test_tags=uninstrumented
@test "after 5,000 clients one after another, descriptors and memory are back" {
  for MAIN in $(programs 4); do
    start_at_rest
    clients queue 500
    memory=$(memory)
    clients queue 4500
    nothing_left
    assert [ "$(memory)" -lt $((memory + 1000)) ]
    stop
  done
}

@test "without standard output, or with a full disk behind it, clients are served" {
  for MAIN in $(programs 4); do
    start
    stop
    for log in '>&-' '>/dev/full'; do
      # The port that was just free.
      eval "env --default-signal=INT '$MAIN' $PORT $log 3>&- &"
      SERVER=$!
      eventually nc -z 127.0.0.1 "$PORT"
      still_serves
      interrupt
      expect_exit 0
    done
  done
}

# with_log_pipe: starts the server with a pipe for its log, which holds 4,096 bytes; the port is on its
# second line. Reads nothing else from it: read_log does.
with_log_pipe() {
  LOG=$BATS_TEST_TMPDIR/log
  rm -f "$LOG.pipe"
  mkfifo "$LOG.pipe"
  exec {PIPE}<>"$LOG.pipe"
  python3 -c "import fcntl; fcntl.fcntl($PIPE, 1031, 4096)" # F_SETPIPE_SZ
  env --default-signal=INT,QUIT "$MAIN" 0 >"$LOG.pipe" 2>"$LOG.errors" {PIPE}<&- 3>&- &
  SERVER=$!
  exec {READER}<"$LOG.pipe" {PIPE}<&-
  read -r line <&"$READER"
  read -r line <&"$READER"
  PORT=${line##*:}
}

read_log() {
  cat <&"$READER" >"$LOG" 3>&- &
}

# A thread of the server waits for room in a pipe.
waits_for_a_pipe() {
  grep -q pipe_write /proc/"$SERVER"/task/*/wchan
}

@test "when the reader of the log has gone, clients are served" {
  for MAIN in $(programs 6); do
    with_log_pipe
    exec {READER}<&-
    still_serves
    interrupt
    expect_exit 0
  done
}

@test "while nobody reads the log clients wait, and none loses a byte" {
  for MAIN in $(programs 4); do
    with_log_pipe
    clients crowd 300 3>&- & # their lines do not go into the pipe
    crowd=$!
    eventually waits_for_a_pipe
    read_log
    wait $crowd
    still_serves
    stop
  done
}

# The kernel has handed the Ctrl-C to the server: it is no longer pending.
interrupt_is_taken() {
  ! grep -q '^S..Pnd:.*[2367abef]$' "/proc/$SERVER/status"
}

@test "two Ctrl-C while the server waits for the log are one: it is ended once" {
  for MAIN in $(programs 4); do
    ! is_threaded || continue # its main thread does not wait: the second ends it
    with_log_pipe
    clients storm 300
    eventually waits_for_a_pipe
    interrupt
    eventually interrupt_is_taken # or the kernel makes one of the two
    interrupt
    read_log
    expect_exit 0
    assert_equal "$(grep -c 'no new clients' "$LOG")" 1
  done
}

@test "Ctrl-\\ ends a server that waits for its log" {
  MAIN=$TOP/06-write-back/main
  with_log_pipe
  clients storm 300
  eventually waits_for_a_pipe
  kill -QUIT "$SERVER"
  eventually ended
  read_log
  expect_exit 131
}

@test "a worker's full pipe makes the accepting thread wait, and none loses a byte" {
  [ "$(ulimit -n)" -ge 6000 ] || skip "this user may open $(ulimit -n) descriptors only"
  for MAIN in $(programs 7); do
    with_log_pipe
    eventually at_rest
    # Pipes of a page: 1,024 descriptors in each.
    python3 - "$SERVER" <<'PYTHON'
import contextlib, fcntl, glob, os, sys
for name in glob.glob(f"/proc/{sys.argv[1]}/fd/*"):
    if os.readlink(name).startswith("pipe:") and os.stat(name).st_ino != os.stat(f"/proc/{sys.argv[1]}/fd/1").st_ino:
        with contextlib.suppress(PermissionError): # one that it inherited from another user
            with open(name, "rb" if os.access(name, os.R_OK) else "wb", 0) as pipe:
                fcntl.fcntl(pipe, 1031, 4096)
PYTHON
    clients crowd 5000 3>&- &
    crowd=$!
    acceptor_waits() { grep -q pipe_write "/proc/$SERVER/task/$SERVER/wchan"; }
    eventually acceptor_waits
    read_log
    wait $crowd
    still_serves
    stop
  done
}

# bats test_tags=uninstrumented
@test "with too few descriptors to start it says so" {
  for MAIN in $(programs 4); do
    LOG=$BATS_TEST_TMPDIR/log ERRORS=$BATS_TEST_TMPDIR/errors
    for limit in {3..40}; do
      status=0
      timeout -s INT 2 prlimit --nofile="$limit" "$MAIN" 0 >"$LOG" 2>"$ERRORS" || status=$?
      [ "$status" -ne 124 ] || break # it was still there after two seconds
      assert [ "$status" -ne 0 ]
      assert [ "$status" -lt 128 ]
      assert [ -s "$ERRORS" ]
    done
    assert has_line 'listening on .*'
    assert [ "$limit" -gt 8 ]
  done
}

@test "after a second Ctrl-C with clients connected, a restart on that port succeeds at once" {
  for MAIN in $(programs 4); do
    start
    connect client
    wait_for_client
    interrupt
    wait_for_line 'no new clients; Ctrl-C again ends now'
    interrupt
    expect_exit 130
    start "$PORT"
    still_serves
    stop
  done
}
