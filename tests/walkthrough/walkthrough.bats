# Then and now: each error of the old walkthrough happens on tests/walkthrough/server.c, and not on
# step 6.
load ../helper

setup_file() {
  make -s -C "$TOP/tests/walkthrough"
}

# It listens on every address, so it must not outlive its test, even when bats is killed.
start_old() {
  MAIN=$TOP/tests/walkthrough/server
  WRAP='setpriv --pdeathsig KILL' start "$@"
}

start_new() {
  MAIN=$TOP/06-write-back/main
  start "$@"
}

teardown() {
  [ -n "$SERVER" ] || return 0
  kill -KILL "$SERVER"
  wait "$SERVER" || true
}

stop_old() {
  teardown
}

# compile: the program that comes on standard input, to $BATS_TEST_TMPDIR/program.
compile() {
  ${CC:-cc} $(pkg-config --cflags libevent_core) -x c - $(pkg-config --libs libevent_core) \
    -o "$BATS_TEST_TMPDIR/program"
}

# take COUNT NAME: prints so many bytes of what the server sends to the client NAME.
take() {
  timeout "$DEADLINE" head -c "$1" <&"${!2}"
}

# client_flags: what the server's last socket, a client's, was opened with.
client_flags() {
  local socket
  socket=$(ls -l "/proc/$SERVER/fd" | awk '/socket:/ { print $9 }' | sort -n | tail -n 1)
  awk '/flags/ { print $2 }' "/proc/$SERVER/fdinfo/$socket"
}

NONBLOCKING='4[0-7]{3}$' # O_NONBLOCK is 04000

@test "six bytes come back as 4096; now as six" {
  start_old
  connect client
  echo hello >&"$client"
  assert_equal "$(take 4096 client | wc -c)" 4096
  stop_old

  start_new
  assert_equal "$(echo hello | echo_client)" hello
}

@test "a client gets the tail of what another client sent; now only what it sent itself" {
  start_old
  connect alice
  echo 'my password is hunter2' >&"$alice"
  take 4096 alice >"$BATS_TEST_TMPDIR/alice"
  connect bob
  echo hi >&"$bob"
  run head -n 2 <(take 4096 bob)
  assert_output $'hi\npassword is hunter2'
  stop_old

  start_new
  echo 'my password is hunter2' | echo_client
  assert_equal "$(echo hi | echo_client)" hi
}

has_descriptors() {
  [ "$(descriptors)" -eq "$1" ]
}

leave_20_times() {
  for i in {1..20}; do
    connect client
    echo hello >&"$client"
    take 6 client
    disconnect client
  done
}

@test "each client that leaves takes a descriptor with it; now the server gets it back" {
  start_old
  before=$(descriptors)
  leave_20_times
  assert_equal "$(descriptors)" $((before + 20))
  stop_old

  start_new
  before=$(descriptors)
  leave_20_times
  eventually has_descriptors "$before"
}

# The server sleeps meanwhile, so the client is gone before the first answer.
send_and_leave() {
  kill -STOP "$SERVER"
  connect client
  printf '%20000d' 1 >&"$client"
  disconnect client
  kill -CONT "$SERVER"
}

@test "a client that leaves too soon kills the server by SIGPIPE; now it goes on" {
  start_old
  send_and_leave
  expect_exit $((128 + $(kill -l PIPE)))

  start_new
  send_and_leave
  assert_equal "$(echo hello | echo_client)" hello
}

uses_memory() {
  [ "$(memory)" -gt "$1" ]
}

@test "all that a client sends and never reads goes into memory; now the client has to wait" {
  start_old
  connect client
  timeout "$DEADLINE" head -c 64M /dev/zero >&"$client"
  eventually uses_memory 32768
  stop_old
  disconnect client

  start_new
  connect client
  run -124 timeout 1 bash -c 'head -c 64M /dev/zero >&$1' - "$client"
  assert [ "$(memory)" -lt 16384 ]
}

@test "an accepted socket stays blocking; now it is made non-blocking" {
  start_old
  connect client
  echo hello >&"$client"
  take 4096 client >"$BATS_TEST_TMPDIR/answer"
  refute_regex "$(client_flags)" "$NONBLOCKING"
  stop_old
  disconnect client

  start_new
  connect client
  echo hello >&"$client"
  take 6 client
  assert_regex "$(client_flags)" "$NONBLOCKING"
}

@test "everybody on the network may connect; now this machine only" {
  start_old
  run ss -Hltn "sport = :$PORT"
  assert_output --partial "0.0.0.0:$PORT"
  stop_old

  start_new
  run ss -Hltn "sport = :$PORT"
  assert_output --partial "127.0.0.1:$PORT"
}

@test "SO_REUSEADDR gives no port to two servers: the second took any other port; now it says so" {
  start_new
  run --separate-stderr "$MAIN" "$PORT"
  assert_failure
  assert_equal "$stderr" 'bind: Address already in use'

  taken=$PORT first=$SERVER
  start_old "$taken"
  assert [ "$PORT" -ne "$taken" ]
  stop_old
  SERVER=$first
}

@test "no thread of libevent's reads or writes for us, neither then nor now" {
  start_old
  connect client
  echo hello >&"$client"
  take 4096 client >"$BATS_TEST_TMPDIR/answer"
  assert_equal "$(ls "/proc/$SERVER/task")" "$SERVER"
  stop_old

  start_new
  echo hello | echo_client
  assert_equal "$(ls "/proc/$SERVER/task")" "$SERVER"
}

# spins: the server has used half a second of a core since $before.
spins() {
  [ $(($(cpu_ticks) - before)) -gt $(($(getconf CLK_TCK) / 2)) ]
}

@test "a callback that leaves its data at the high watermark is called without end" {
  sed '/bufferevent_read(/d; /bufferevent_write(/d' "$TOP/tests/walkthrough/server.c" | compile
  MAIN=$BATS_TEST_TMPDIR/program
  WRAP='setpriv --pdeathsig KILL' start
  connect client
  before=$(cpu_ticks)
  printf '%5000d' 1 >&"$client"
  eventually spins
}

@test "rtsig is no longer among the backends" {
  start_new
  run head -n 1 "$LOG"
  assert_output --regexp ' from:.* poll'
  refute_output --partial rtsig
}

@test "event_set takes no base: the event goes to the one that event_init made last" {
  compile <<'END'
    #include <event.h>
    #include <stdio.h>
    static void on_read(int fd, short what, void *arg) { }
    int main(void) {
      struct event_base *first = event_init(), *second = event_init();
      struct event event;
      event_set(&event, 0, EV_READ, on_read, NULL);
      puts(event_get_base(&event) == second && first != second ? "the second" : "the first");
      event_base_set(first, &event);
      puts(event_get_base(&event) == first ? "the first" : "the second");
    }
END
  run "$BATS_TEST_TMPDIR/program"
  assert_output $'the second\nthe first'
}

@test "event_self_cbarg gives a callback its own event" {
  compile <<'END'
    #include <event2/event.h>
    #include <stdio.h>
    static struct event *mine;
    static void on_time(int fd, short what, void *arg) { puts(arg == mine ? "mine" : "another"); }
    int main(void) {
      struct event_base *base = event_base_new();
      mine = event_new(base, -1, 0, on_time, event_self_cbarg());
      event_active(mine, EV_TIMEOUT, 0);
      event_base_dispatch(base);
    }
END
  run "$BATS_TEST_TMPDIR/program"
  assert_output mine
}

@test "EVLOOP_NONBLOCK does not wait for an event, EVLOOP_ONCE waits for one" {
  compile <<'END'
    #include <event2/event.h>
    #include <stdio.h>
    static void on_time(int fd, short what, void *arg) { puts("called"); }
    int main(void) {
      struct timeval soon = {0, 50000};
      struct event_base *base = event_base_new();
      event_add(event_new(base, -1, EV_PERSIST, on_time, NULL), &soon);
      event_base_loop(base, EVLOOP_NONBLOCK);
      puts("did not wait");
      event_base_loop(base, EVLOOP_ONCE);
      puts("waited");
    }
END
  run "$BATS_TEST_TMPDIR/program"
  assert_output $'did not wait\ncalled\nwaited'
}

# taken_with STATEMENT: one end sends 100,000 bytes, the other takes 3,000 of them every 10 ms. Says
# how many it gets in two seconds, when STATEMENT sets its high watermark.
taken_with() {
  compile <<EOF
#include <event.h>
#include <event2/bufferevent_struct.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

static const struct timeval soon = {.tv_usec = 10000}, too_late = {.tv_sec = 2};
static struct event *timer;
static char data[100000];
static size_t taken;

static void on_timer(evutil_socket_t fd, short what, void *reader)
{
	taken += bufferevent_read(reader, data, 3000);
	event_add(timer, &soon);
}

int main(void)
{
	int fd[2];
	struct event_base *base = event_base_new();

	socketpair(AF_UNIX, SOCK_STREAM, 0, fd);
	evutil_make_socket_nonblocking(fd[0]);
	evutil_make_socket_nonblocking(fd[1]);
	struct bufferevent *reader = bufferevent_socket_new(base, fd[0], 0);
	struct bufferevent *writer = bufferevent_socket_new(base, fd[1], 0);

	$1;
	bufferevent_enable(reader, EV_READ);
	bufferevent_write(writer, data, sizeof(data));
	timer = evtimer_new(base, on_timer, reader);
	event_add(timer, &soon);
	event_base_loopexit(base, &too_late);
	event_base_dispatch(base);
	printf("%zu bytes\\n", taken);
}
EOF
  "$BATS_TEST_TMPDIR/program"
}

@test "wm_read.high by hand stops reading for ever; bufferevent_setwatermark goes on" {
  assert_equal "$(taken_with 'reader->wm_read.high = 4096')" '4096 bytes'
  assert_equal "$(taken_with 'bufferevent_setwatermark(reader, EV_READ, 0, 4096)')" '100000 bytes'
}

# as_printed LINES: compiles them in a callback that has a bufferevent, bev.
as_printed() {
  compile <<<"#include <event.h>
    void on_read(struct bufferevent *bev, void *arg) { $1 } int main(void) {}"
}

@test "the walkthrough's lines do not compile as they are printed" {
  as_printed 'char buffer[4096]; int ret; ret = bufferevent_read(bev, &buffer, 4096);'
  run ! as_printed 'char buffer[4096] int ret; ret = bufferevent_read(bev, &buffer, 4096);'
  run ! as_printed 'char buffer[4096]; ret = bufferevent_read(bev, &buffer, 4096);'
  run ! as_printed 'char buffer[4096]; bufferevent_write(bef, (void *)&buffer, 4096);'
}

# calls COLUMN: the names of calls in that column of the first table of docs/from-1.4.md
calls() {
  sed -n '/^## From 1.4/,/^## What to link/p' "$TOP/docs/from-1.4.md" | awk -F ' [|] ' -v n="$1" '{ print $n }' |
    grep -oE '(ev[a-z]+|bufferevent|timeout|signal|EVBUFFER)_[A-Za-z_]+\(' | tr -d '(' | sort -u
}

# names_of COLUMN: a program that needs each of these calls, or a macro of that name
names_of() {
  calls "$1" | sed 's/.*/#ifndef &\nvoid *use_&(void) { return (void *)\&&; }\n#endif/'
  echo 'int main(void) { return 0; }'
}

@test "the table's old names compile with <event.h>, and its new names with the headers of event2/" {
  assert [ "$(calls 1 | wc -l)" -gt 20 ]
  { echo '#include <event.h>'; names_of 1; } | compile
  { printf '#include <event2/%s.h>\n' buffer bufferevent event; names_of 2; } | compile
  run compile < <(printf '#include <event2/%s.h>\n' buffer bufferevent event; names_of 1)
  assert_failure
}

@test "wm_read.high needs a header that shows the struct" {
  body='void set(struct bufferevent *client) { client->wm_read.high = 4096; } int main(void) { }'
  compile <<<"#include <event.h>
    $body"
  compile <<<"#include <event2/bufferevent.h>
    #include <event2/bufferevent_struct.h>
    $body"
  run compile <<<"#include <event2/bufferevent.h>
    $body"
  assert_failure
  assert_output --regexp 'incomplete|undefined'
}

@test "the fields of struct event_base are hidden in the old header, too" {
  run compile <<<'#include <event.h>
    int count(struct event_base *base) { return base->event_count; } int main(void) { }'
  assert_failure
  assert_output --regexp 'incomplete|undefined'
}

@test "a descriptor as the argument of the callbacks is not what bufferevent_new takes" {
  run compile <<<'#include <event.h>
    #pragma GCC diagnostic error "-Wint-conversion"
    int main(void) { int fd = 7; bufferevent_new(fd, NULL, NULL, NULL, fd); }'
  assert_failure
  assert_output --regexp 'pointer.*int|int.*pointer'
}
