# Start one server, talk to it, stop it. Loaded by the tests of the steps.
#
# MAIN=… runs the tests on another binary, WRAP=… runs the server behind another command, such as
# valgrind, and DEADLINE=… changes how many seconds a test waits for what must happen. INSTRUMENTED=yes
# says that the server's memory is not only its own.
# shellcheck disable=SC2086 # WRAP is split at spaces
bats_require_minimum_version 1.8.0
bats_load_library bats-support
bats_load_library bats-assert

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
MAIN=${MAIN:-$TOP/$(basename "$BATS_TEST_FILENAME" .bats)/main}
DEADLINE=${DEADLINE:-10}

# steps [FIRST]: the names of the steps' folders, or of those from that number on. BINARIES=… has such
# folders with other binaries.
steps() {
  (cd "${BINARIES:-$TOP}" && ls -d 0?-*) | awk -v first="0${1:-1}" '$0 >= first'
}

# programs [FIRST]: the steps' binaries, or those from that number on
programs() {
  steps "$1" | sed "s,.*,${BINARIES:-$TOP}/&/main,"
}

# start [PORT [ARGUMENT]]: runs the program on that port, or on a free one. Its output goes to $LOG
# and $ERRORS. Sets SERVER, its process, and PORT.
start() {
  LOG=$BATS_TEST_TMPDIR/log ERRORS=$BATS_TEST_TMPDIR/errors
  [ -p "$BATS_TEST_TMPDIR/stdin" ] || mkfifo "$BATS_TEST_TMPDIR/stdin"
  exec {STDIN}<>"$BATS_TEST_TMPDIR/stdin"
  : >"$LOG" # a server before this one may have listened elsewhere
  # A background job would ignore Ctrl-C, and bats would wait for whoever holds its descriptor 3.
  env --default-signal=INT $WRAP "$MAIN" "${1:-0}" "${@:2}" <&"$STDIN" >"$LOG" 2>"$ERRORS" 3>&- &
  SERVER=$!
  limit_its_life >/dev/null 2>&1 3>&- &
  wait_for_line 'listening on .*:[0-9]*'
  PORT=$(sed -n 's/^listening on .*://p' "$LOG")
}

# A test that waits for this server waits no longer than that, wherever it hangs: even connect()
# fails when nobody listens any more.
limit_its_life() {
  local end=$((SECONDS + 12 * DEADLINE))
  while ((SECONDS < end)); do
    sleep 1
    kill -0 "$SERVER" || return 0
  done
  kill -KILL "$SERVER"
}

# traced OPTION…: the server will run under strace, with these options. -D: $SERVER is the server,
# not strace.
traced() {
  strace -o /dev/null true || skip "strace can't trace here"
  WRAP="strace -D -f -qq $*"
}

# needs_libevent VERSION REASON: skips what is true of that version alone.
needs_libevent() {
  [[ $(pkg-config --modversion libevent_core) == "$1".* ]] || skip "needs libevent $1: $2"
}

# needs_glibc REASON: skips what musl does in another way.
needs_glibc() {
  getconf GNU_LIBC_VERSION || skip "needs glibc: $1"
}

# needs_markdown: skips what parses a page. (Debian 11 has no such package.)
needs_markdown() {
  /usr/bin/python3 -c 'import markdown_it' || skip 'python3-markdown-it is missing'
}

# with_failing CALL [NTH [VALUE [TIMES [ERROR]]]]: in the programs that are started next, that call
# fails: the first, or the NTH, or so many of them; with -1 or VALUE, and with EPERM or ERROR. What
# libevent calls does not count.
with_failing() {
  local library=$BATS_TEST_TMPDIR/fail-$1-${2:-1}.so
  cc -shared -fPIC -DCALL="$1" -DNTH="${2:-1}" -DVALUE="${3:--1}" -DTIMES="${4:-1}" \
    -DERROR="${5:-EPERM}" -o "$library" "$TOP/tests/fail.c" -ldl
  WRAP="env LD_PRELOAD=$library"
}

# eventually COMMAND…: runs it again and again until it succeeds, for at most $DEADLINE seconds.
eventually() {
  local end=$((SECONDS + DEADLINE))
  until "$@"; do
    if ((SECONDS > end)); then
      echo "not within $DEADLINE seconds: $*"
      [ -z "$LOG" ] || tail -n 20 "$LOG" "$ERRORS"
      return 1
    fi
    sleep 0.02
  done
}

# has_line PATTERN [COUNT]: the log has (at least COUNT) lines that match the whole pattern.
has_line() {
  [ "$(grep -c -x -e "$1" "$LOG")" -ge "${2:-1}" ]
}

wait_for_line() {
  eventually has_line "$@"
}

# written FILE: when something was last written to it, in microseconds. That is the server's own time,
# however late a test looks.
written() {
  stat -c %.6Y "$1" | tr -d .
}

# wait_for_client [COUNT]: the server has accepted one, or (at least) so many.
wait_for_client() {
  wait_for_line 'client [0-9]*: connected.*' "${1:-1}"
}

# client_number: what the server calls its client; a line for each.
client_number() {
  sed -n 's/^client \([0-9]*\): connected.*/\1/p' "$LOG"
}

# connect NAME: connects to the server, and puts the descriptor into the variable NAME.
connect() {
  eval "exec {$1}<>/dev/tcp/127.0.0.1/$PORT"
  CLIENTS+=("$1")
}

# disconnect NAME…: closes what connect opened.
disconnect() {
  local name
  for name; do
    [ -z "${!name}" ] || eval "exec {$name}>&-"
    unset "$name"
  done
}

# echo_client: sends its input to the server, prints what comes back, and ends when the server
# has closed the connection. In a background job, with 3>&- behind it.
echo_client() {
  timeout "$DEADLINE" nc -N 127.0.0.1 "$PORT"
}

# is_closed NAME: the server has closed this connection, and what it sent before was nothing.
is_closed() {
  run timeout "$DEADLINE" cat <&"${!1}"
  assert_output ''
  assert [ "$status" -ne 124 ]
}

refuses_clients() {
  ! nc -z 127.0.0.1 "$PORT"
}

interrupt() {
  kill -INT "$SERVER"
}

# ended: the server is no longer running.
ended() {
  ! kill -0 "$SERVER" 2>/dev/null
}

# gone PATTERN: no process has such a command line. (Who is killed may run for a moment more.)
gone() {
  ! pgrep -f -- "$1" >/dev/null
}

# expect_exit STATUS: the server ends, with this status.
expect_exit() {
  local status=0
  eventually ended || return 1
  wait "$SERVER" || status=$?
  SERVER=
  assert_equal "$status" "$1"
}

# cpu_percent SECONDS: how busy the server is from now on.
cpu_percent() {
  local before after
  before=$(cpu_ticks)
  sleep "$1"
  after=$(cpu_ticks)
  echo $(((after - before) * 100 / $(getconf CLK_TCK) / $1))
}

cpu_ticks() {
  awk '{ print $14 + $15 }' "/proc/$SERVER/stat"
}

descriptors() {
  ls "/proc/$SERVER/fd" | wc -l
}

# memory: resident KiB
memory() {
  awk '/VmRSS/ { print $2 }' "/proc/$SERVER/status"
}

# stop: the server must end well, by Enter where it asks for that, else by one Ctrl-C, after
# which it waits for the clients to leave.
stop() {
  if has_line 'press Enter to stop'; then echo >&"$STDIN"; else interrupt; fi
  disconnect "${CLIENTS[@]}"
  expect_exit 0
}

teardown() {
  [ -n "$SERVER" ] || return 0
  stop || { kill -KILL "$SERVER"; return 1; }
}
