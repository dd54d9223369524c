# The programs of docs/questions do what the answers there say.
# shellcheck disable=SC2034,SC2154 # helper.bash reads LOG; bats sets status
load ../helper

PROGRAMS=${PROGRAMS:-$TOP/docs/questions}

setup_file() {
  make -s -C "$TOP/docs/questions"
}

# serve PROGRAM [ARGUMENT…]: runs it on a free port. Sets SERVER and PORT.
serve() {
  LOG=$BATS_TEST_TMPDIR/log ERRORS=$BATS_TEST_TMPDIR/errors
  : >"$LOG"
  env --default-signal=INT $WRAP "$PROGRAMS/$1" 0 "${@:2}" >"$LOG" 2>"$ERRORS" 3>&- &
  SERVER=$!
  limit_its_life >/dev/null 2>&1 3>&- &
  eventually listens
}

listens() {
  PORT=$(ss -Hltunp | sed -n "s/.*127\.0\.0\.1:\([0-9]*\) .*pid=$SERVER,.*/\1/p")
  [ "$PORT" ]
}

# bounded PROGRAM [ARGUMENT…]: runs it, as `run` has it, for at most $DEADLINE seconds.
bounded() {
  run timeout "$DEADLINE" "$PROGRAMS/$1" "${@:2}"
}

# bats test_tags=slow
@test "each program has at most 60 lines, and builds without a warning with gcc and clang" {
  for program in "$TOP"/docs/questions/*.c; do
    assert [ "$(wc -l <"$program")" -le 60 ]
  done
  for compiler in gcc clang; do
    command -v "$compiler" || continue
    cp -r "$TOP/docs/questions" "$BATS_TEST_TMPDIR/$compiler"
    run make -s -B -C "$BATS_TEST_TMPDIR/$compiler" CC="$compiler" CFLAGS='-O2 -Werror'
    assert_success
    assert_output ''
  done
}

# bats test_tags=slow
@test "the programs are formatted as .clang-format says" {
  command -v clang-format || skip "clang-format is missing: run 'make deps-check'"
  run clang-format --dry-run -Werror "$TOP"/docs/questions/*.c
  assert_success
  assert_output ''
}

@test "udp-echo sends each datagram back, the largest too" {
  serve udp-echo
  run python3 - "$PORT" <<'PYTHON'
import socket, sys
client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
client.settimeout(10)
client.connect(("127.0.0.1", int(sys.argv[1])))
sizes = [0, 1, 1500, 65507]
for n in sizes:
    client.send(bytes(n))
print([len(client.recv(65536)) for _ in sizes] == sizes)
PYTHON
  assert_output True
}

@test "connect-by-name tries three times when it is refused, and ends" {
  bounded connect-by-name localhost 1
  assert_success
  assert_equal "$output" "$(printf 'Connection refused\n%.0s' 1 2 3)"
}

@test "connect-by-name takes no port that there is not" {
  for port in 0 65536; do
    bounded connect-by-name localhost "$port"
    assert_equal "$status" 1
  done
}

@test "connect-by-name gives up a server that does not answer, a second after each try" {
  start=$(date +%s)
  run python3 - "$PROGRAMS/connect-by-name" <<'PYTHON'
import socket, subprocess, sys
server = socket.create_server(("127.0.0.1", 0), backlog=0)
waiting = [socket.socket() for _ in range(3)]  # they fill the backlog: the next SYN is dropped
for client in waiting:
    client.setblocking(False)
    client.connect_ex(server.getsockname())
subprocess.run([sys.argv[1], "localhost", str(server.getsockname()[1])], timeout=20, check=True)
PYTHON
  assert_success
  assert_equal "$output" "$(printf 'no answer in time\n%.0s' 1 2 3)"
  assert [ $(($(date +%s) - start)) -ge 3 ]
}

@test "connect-by-name comes back to a server that has left, and tries three times in all" {
  run python3 - "$PROGRAMS/connect-by-name" <<'PYTHON'
import socket, subprocess, sys
server = socket.create_server(("127.0.0.1", 0))
server.settimeout(10)
client = subprocess.Popen(["timeout", "20", sys.argv[1], "localhost", str(server.getsockname()[1])])
for _ in range(3):
    server.accept()[0].close()
sys.exit(client.wait(10))
PYTHON
  assert_success
  assert_equal "$output" "$(printf 'connected\nthe server has left\n%.0s' 1 2 3)"
}

@test "listener pauses when descriptors run out, and accepts again later" {
  serve listener
  prlimit --pid "$SERVER" --nofile=3: # 0, 1 and 2 are taken
  connect waiting
  eventually grep -q 'accept: Too many open files' "$ERRORS"
  assert [ "$(cpu_percent 2)" -lt 10 ]
  assert [ "$(wc -l <"$ERRORS")" -le 5 ]
  prlimit --pid "$SERVER" --nofile=100:
  is_closed waiting
  assert_equal "$status" 0
}

@test "send-file sends a file of 20 MB with sendfile(), and ends" {
  traced "-o $BATS_TEST_TMPDIR/trace -e trace=sendfile,read"
  head -c 20000000 /dev/urandom >"$BATS_TEST_TMPDIR/file"
  serve send-file "$BATS_TEST_TMPDIR/file"
  timeout "$DEADLINE" nc -d 127.0.0.1 "$PORT" | cmp - "$BATS_TEST_TMPDIR/file"
  expect_exit 0
  grep -q '^[0-9]* *sendfile(' "$BATS_TEST_TMPDIR/trace"
}

@test "send-file lives through a client that leaves early" {
  head -c 20000000 /dev/zero >"$BATS_TEST_TMPDIR/file"
  serve send-file "$BATS_TEST_TMPDIR/file"
  timeout "$DEADLINE" nc -d 127.0.0.1 "$PORT" | head -c 1000 | wc -c
  expect_exit 0
}

@test "send-file ends when the file is empty, and without a base" {
  : >"$BATS_TEST_TMPDIR/file"
  serve send-file "$BATS_TEST_TMPDIR/file"
  run timeout "$DEADLINE" nc -d 127.0.0.1 "$PORT"
  assert_success
  assert_output ''
  expect_exit 0
  EVENT_NOEPOLL=1 EVENT_NOPOLL=1 EVENT_NOSELECT=1 bounded send-file 0 "$BATS_TEST_TMPDIR/file"
  assert_equal "$status" 1
}

@test "timers ticks at once, and then at the interval; a persistent timer of 0 s fires once" {
  bounded timers
  assert_line --index 0 'after 0.0 s: tick'
  assert_line --index 1 'after 0.0 s: zero, although it is persistent'
  assert_line --index 2 --regexp 'after 0.[3-9] s: tick'
  assert_line --index 3 --regexp 'after [0-9]*.[0-9] s: tick'
  assert_equal "${#lines[@]}" 4
}

@test "a descriptor that is closed before its event, while a copy is open, keeps the loop busy for ever" {
  bounded closed-first
  assert [ "${output%% *}" -gt 25 ]
  refute_output --partial 'never called'
  bounded closed-first right
  assert [ "${output%% *}" -lt 20 ]
}

@test "after fork(), a child that frees its copy of an event makes the parent deaf; not after event_reinit" {
  bounded fork
  assert_output 'calls in the parent: 0'
  bounded fork reinit
  assert_output 'calls in the parent: 1'
}

@test "http-hello answers, also on a connection that stays" {
  serve http-hello
  run timeout "$DEADLINE" python3 - "$PORT" <<'PYTHON'
import http.client, sys
client = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]))
for path in "/", "/two":
    client.request("GET", path)
    answer = client.getresponse()
    print(answer.status, answer.read())
PYTHON
  assert_output "200 b'hello\\n'
200 b'hello\\n'"
}

@test "other-thread is heard at once by a loop that would sleep for ten minutes, in order" {
  bounded other-thread
  assert_success
  assert_output 'the loop was asked to send
the loop was asked to close'
}

@test "watch-stdin reads a pipe; epoll takes no file, and poll does" {
  run bash -c 'echo hi | "$1"' - "$PROGRAMS/watch-stdin"
  assert_output '3 bytes'
  echo hello >"$BATS_TEST_TMPDIR/file"
  run timeout "$DEADLINE" "$PROGRAMS/watch-stdin" <"$BATS_TEST_TMPDIR/file"
  assert_line --partial 'Epoll ADD(1) on fd 0 failed'
  assert_line 'event_add: Operation not permitted'
  EVENT_NOEPOLL=1 run timeout "$DEADLINE" "$PROGRAMS/watch-stdin" <"$BATS_TEST_TMPDIR/file"
  assert_output '6 bytes'
}

@test "an event that is assigned while it is pending: the loop never ends; debug mode says why" {
  run timeout 1 "$PROGRAMS/debugging" mistake
  assert_equal "$status" 124
  bounded debugging mistake debug
  assert_output --partial '[err] event_debug_assert_not_added_ called on an already added event'
  bounded debugging
  assert_output 'the timer'
}

@test "five bytes that are read one by one are five calls; with EV_ET one" {
  bounded edge
  assert_output 'level-triggered: 5 calls
edge-triggered: 1 call'
}

@test "one client wakes each thread that waits on the socket, and one gets it" {
  bounded thundering-herd
  assert_output 'woken: 4, accepted: 1'
}

@test "a locked bufferevent needs evthread; event_del waits for a callback in another thread" {
  bounded locks
  assert_output 'without evthread: NULL
with evthread: made
the callback returns
event_del returns'
}

@test "a callback that waits for a lock, whose owner writes to its bufferevent, never returns; unlocked it does" {
  run timeout 1 "$PROGRAMS/deadlock"
  assert_equal "$status" 124
  bounded deadlock unlocked
  assert_success
  assert_output 'the callback has our lock'
}

@test "with epoll, EV_CLOSED alone hears a close and no reset, and the loop spins; with poll it hears both" {
  bounded ev-closed
  assert_output 'EV_CLOSED'
  bounded ev-closed reset
  assert_output --regexp '^no call in a second, and [0-9]+ ms of CPU time$'
  [[ $output =~ and\ ([0-9]+) ]]
  assert [ "${BASH_REMATCH[1]}" -gt 25 ]
  EVENT_NOEPOLL=1 bounded ev-closed reset
  assert_output 'EV_CLOSED'
}

@test "a timer of 1 ms takes no less; an exact base is at least as quick" {
  # Both at once, so that both meet the same load.
  timeout "$DEADLINE" "$PROGRAMS/late-timer" >"$BATS_TEST_TMPDIR/coarse" 3>&- &
  bounded late-timer precise
  wait $!
  read -r coarse _ <"$BATS_TEST_TMPDIR/coarse"
  awk -v coarse="$coarse" -v exact="${output%% *}" 'BEGIN { exit !(exact >= 1 && exact < coarse + 1) }'
}

@test "a loop in a callback is refused, and what it waited for comes later" {
  bounded nested
  assert_line --index 0 --partial '[warn] event_base_loop: reentrant invocation.'
  assert_line --index 1 'a loop in the callback returns -1'
  assert_line --index 2 'the callback returns'
  assert_line --index 3 'the answer is here'
}

@test "unix-hello greets, removes what another run has left, and leaves nothing behind" {
  cd "$BATS_TEST_TMPDIR"
  python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("hello.sock")'
  LOG=$BATS_TEST_TMPDIR/log
  env --default-signal=INT "$PROGRAMS/unix-hello" >"$LOG" 3>&- &
  SERVER=$!
  eventually grep -q 'listening on hello.sock' "$LOG"
  run timeout "$DEADLINE" nc -dU hello.sock
  assert_output 'hello'
  interrupt
  expect_exit 0
  assert [ ! -e hello.sock ]
}

@test "unix-hello lives through a client that leaves before it is greeted" {
  cd "$BATS_TEST_TMPDIR"
  LOG=$BATS_TEST_TMPDIR/log
  env --default-signal=INT "$PROGRAMS/unix-hello" >"$LOG" 3>&- &
  SERVER=$!
  eventually grep -q 'listening on hello.sock' "$LOG"
  kill -STOP "$SERVER"
  python3 -c 'import socket; socket.socket(socket.AF_UNIX).connect("hello.sock")'
  kill -CONT "$SERVER"
  run timeout "$DEADLINE" nc -dU hello.sock
  assert_output 'hello'
  interrupt
  expect_exit 0
}

@test "callbacks may free their own event or bufferevent, of each kind (valgrind)" {
  command -v valgrind || skip "valgrind is missing: run 'make deps-check'"
  # shellcheck disable=SC2046 # some options
  cc -g "$BATS_TEST_DIRNAME/free-in-callback.c" $(pkg-config --cflags --libs libevent_core) \
    -o "$BATS_TEST_TMPDIR/free-in-callback"
  run timeout "$((3 * DEADLINE))" valgrind -q --leak-check=full --error-exitcode=9 "$BATS_TEST_TMPDIR/free-in-callback"
  assert_success
  assert_output '5 freed'
}

@test "helgrind has races of libevent 2.1 alone in step 7: at one address, and at two more if a worker takes Ctrl-C" {
  command -v valgrind || skip "valgrind is missing: run 'make deps-check'"
  needs_libevent 2.1 'another version may write no such flag'
  make -s -C "$TOP/07-threads" main
  DEADLINE=30 # as for all that valgrind runs
  for taker in main worker; do # else the kernel chooses
    WRAP='valgrind --tool=helgrind' PROGRAMS=$TOP/07-threads serve main
    for _ in 1 2 3 4; do
      echo hello | nc -N -w "$DEADLINE" 127.0.0.1 "$PORT"
    done
    thread=$SERVER
    [ $taker = main ] || thread=$(find "/proc/$SERVER/task" -mindepth 1 -maxdepth 1 ! -name "$SERVER" -printf '%f\n' -quit)
    python3 -c 'import ctypes, sys; ctypes.CDLL(None).tgkill(*map(int, sys.argv[1:]), 2)' "$SERVER" "$thread"
    expect_exit 0
    addresses+=("$(grep -o 'at 0x[0-9A-F]* by thread' "$ERRORS" | sort -u | wc -l)")
  done
  assert_equal "${addresses[*]}" '1 3'
}

@test "event_base_free frees no events" {
  cat >"$BATS_TEST_TMPDIR/events.c" <<'C'
#include <event2/event.h>
static void on_timer(evutil_socket_t fd, short what, void *arg) {}
int main(void)
{
	const struct timeval soon = {.tv_sec = 1};
	struct event_base *base = event_base_new();
	event_add(event_new(base, -1, 0, on_timer, NULL), &soon);
	event_base_free(base);
	return 0;
}
C
  # shellcheck disable=SC2046 # some options
  cc -g -fsanitize=address "$BATS_TEST_TMPDIR/events.c" $(pkg-config --cflags --libs libevent_core) \
    -o "$BATS_TEST_TMPDIR/events"
  run env LSAN_OPTIONS=use_stacks=0:use_registers=0 "$BATS_TEST_TMPDIR/events"
  assert_failure
  assert_output --partial 'event_new'
}

# bats test_tags=slow
@test "no program leaves memory behind, and none misuses it (ASan, UBSan)" {
  PROGRAMS=$BATS_TEST_TMPDIR/asan
  cp -r "$TOP/docs/questions" "$PROGRAMS"
  make -s -B -C "$PROGRAMS" CFLAGS='-g -fsanitize=address,undefined -fno-sanitize-recover'
  for program in timers edge closed-first fork 'fork reinit' locks 'deadlock unlocked' ev-closed late-timer nested thundering-herd other-thread debugging 'connect-by-name localhost 1'; do
    # shellcheck disable=SC2086 # with its argument
    bounded $program
    assert_success
  done
  echo hi | "$PROGRAMS/watch-stdin"
  for program in udp-echo http-hello listener; do
    serve "$program"
    [ "$program" = udp-echo ] || printf 'GET / HTTP/1.0\r\n\r\n' | nc -N -w 2 127.0.0.1 "$PORT" || true
    interrupt
    expect_exit 0
  done
  serve send-file "$PROGRAMS/Makefile"
  nc -d -w 2 127.0.0.1 "$PORT" | cmp - "$PROGRAMS/Makefile"
  expect_exit 0
}

# bats test_tags=slow
@test "valgrind has 32 bytes of step 6 as still reachable; libevent_global_shutdown frees them" {
  command -v valgrind || skip "valgrind is missing: run 'make deps-check'"
  needs_libevent 2.1 'another version may keep something else'
  make -s -C "$TOP/06-write-back" main
  WRAP='valgrind --leak-check=full' PROGRAMS=$TOP/06-write-back serve main
  interrupt
  expect_exit 0
  grep -q 'still reachable: 32 bytes' "$ERRORS"
  run timeout "$((3 * DEADLINE))" valgrind "$PROGRAMS/debugging"
  assert_output --partial 'All heap blocks were freed'
}
