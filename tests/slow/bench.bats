# The bench itself: its servers echo as step 6 does, and "make bench" runs.
load ../helper

BENCH=$TOP/bench

setup_file() {
  make -s -C "${BATS_TEST_DIRNAME}/../../bench"
}

# echoes SERVER: it passes those tests of step 6 that are about echoing.
echoes() {
  local tests='^(what|each|bytes|single|ten|a client|others|and when) '
  assert_equal "$(bats --count -f "$tests" "$TOP/tests/06-write-back.bats")" 10
  MAIN=$TOP/build/bench/$1 run bats -f "$tests" "$TOP/tests/06-write-back.bats"
  assert_success

  # The bytes and the end of input are there, and the socket seems full for a while. The first two
  # writes are lines of the log. -D: SERVER is the server, not strace.
  MAIN=$TOP/build/bench/$1 WRAP='strace -D -o /dev/null -e inject=write:error=EAGAIN:when=3..20'
  start
  run echo_client <<<'hello'
  assert_output hello
}

@test "the bare epoll server echoes as step 6 does" {
  echoes epoll
}

@test "the libuv server does" {
  echoes libuv
}

@test "the libuv server that tries to write first does" {
  echoes libuv-try
}

@test "the servers compile without a warning, by gcc and clang" {
  for compiler in gcc clang; do
    make -s -C "$BENCH" CC=$compiler CFLAGS='-O2 -Werror' OUT="$BATS_TEST_TMPDIR/$compiler"
  done
}

@test "make bench prints its tables, and writes the raw figures and a chart" {
  run "$BENCH/bench.py" --quick --rounds 1 --out "$BATS_TEST_TMPDIR"
  assert_success
  assert_line --regexp '^\| bare epoll +\| +1\.00 '
  assert_line --regexp '^\| step 7, 4 workers +\| +[0-9.]+ \([0-9.]+–[0-9.]+\) '
  assert_line --regexp '^There (are|is) [0-9a-z]+ cores? here|^Step 7 had a core for each worker'
  run grep -c '^us of CPU an echo,1000,' "$BATS_TEST_TMPDIR/results.csv"
  assert_output 9
  run grep -c 'step 7, 4 workers\|</svg>' "$BATS_TEST_TMPDIR/chart.svg"
  assert_output 2
  # epoll_ctl and epoll_wait an echo: of bare epoll, step 6, and its fast path
  run awk -F, '$1 ~ /^calls: epoll/ && $2 == 1 { calls[$3] += $5 }
    END { printf "%.0f %.0f %.0f", calls["epoll"], calls["step-6"], calls["step-6-fast"] }' \
    "$BATS_TEST_TMPDIR/results.csv"
  assert_output '1 4 1'
}

@test "without redis-benchmark it says which package to install" {
  ln -s /usr/bin/* "$BATS_TEST_TMPDIR"
  rm "$BATS_TEST_TMPDIR/redis-benchmark"
  PATH=$BATS_TEST_TMPDIR run make -C "$TOP" bench
  assert_failure
  assert_output --partial 'redis-tools'
  refute_output --partial 'gnuplot-nox'
}

@test "every figure in the bench's README comes from the committed results" {
  cp -r "$BENCH" "$BATS_TEST_TMPDIR/bench"
  "$BATS_TEST_TMPDIR/bench/bench.py" --render
  diff "$BENCH/README.md" "$BATS_TEST_TMPDIR/bench/README.md"
}

@test "the committed figures are as good as they should be" {
  cd "$BENCH"
  run python3 -B -c 'from figures import Figures; figures = Figures("results.csv")
for name in "cpu 50 step-6", "cpu 1000 step-6", "cpu 50 step-6-fast":
    print(name, float(figures.text(name)) <= (1.14 if "fast" in name else 1.54))
print(figures.median("idle bytes", 10000, "step-6") <= 1300)'
  assert_output "cpu 50 step-6 True
cpu 1000 step-6 True
cpu 50 step-6-fast True
True"
}

@test "its links lead somewhere" {
  run "$TOP/tests/readme.py" check "$BENCH/README.md"
  assert_success
}

# count_epoll_ctls: COUNT is how many step 6 makes while a client sends 4 MiB and takes it back.
count_epoll_ctls() {
  MAIN=$TOP/06-write-back/main WRAP="strace -D -f -qq -e trace=epoll_ctl -o $BATS_TEST_TMPDIR/calls"
  start
  head -c 4194304 /dev/zero | echo_client >/dev/null
  stop
  COUNT=$(wc -l <"$BATS_TEST_TMPDIR/calls")
}

@test "the changelist saves half of the epoll_ctl calls of a large file" {
  count_epoll_ctls
  plain=$COUNT
  EVENT_EPOLL_USE_CHANGELIST=1 count_epoll_ctls
  echo "without: $plain, with: $COUNT"
  assert [ "$plain" -gt 1900 ]
  assert [ "$COUNT" -gt $((plain * 4 / 10)) ]
  assert [ "$COUNT" -lt $((plain * 6 / 10)) ]
}

@test "redis-benchmark wants well-formed replies, and does not compare them" {
  socat TCP-LISTEN:0,bind=127.0.0.1,fork SYSTEM:'sed -u s/x/y/g' 3>&- &
  SOCAT=$!
  eventually listens $SOCAT
  run redis-benchmark -p "$PORT" -c 1 -n 10 --csv PING xxx
  kill $SOCAT
  assert_success
  assert_line --regexp '^"PING xxx","[0-9.]+"'
}

# start_second [PORT]: starts one more server. The first becomes FIRST, with its FIRST_LOG.
start_second() {
  FIRST=$SERVER FIRST_LOG=$LOG
  BATS_TEST_TMPDIR+=/second
  mkdir "$BATS_TEST_TMPDIR"
  start "$@"
}

@test "two processes share a port with SO_REUSEPORT, and the kernel divides the clients" {
  MAIN=$BATS_TEST_TMPDIR/main
  sed 's/SO_REUSEADDR/SO_REUSEPORT/' "$TOP/06-write-back/main.c" |
    cc -w -x c - $(pkg-config --cflags --libs libevent_core) -o "$MAIN"
  start
  start_second "$PORT"
  for i in {1..40}; do
    run echo_client <<<"hello $i"
    assert_output "hello $i"
  done
  kill -INT "$FIRST"
  assert [ "$(grep -c connected "$LOG")" -ge 5 ]
  assert [ "$(grep -c connected "$FIRST_LOG")" -ge 5 ]
}

@test "HAProxy in front of two servers gives each its share, and does without one that ends" {
  command -v haproxy || skip 'haproxy is not installed'
  MAIN=$TOP/06-write-back/main
  start
  first_port=$PORT
  start_second
  cat >"$BATS_TEST_TMPDIR/haproxy.cfg" <<EOF
defaults
    mode tcp
    timeout connect 5s
    timeout client 1m
    timeout server 1m
frontend echo
    bind unix@$BATS_TEST_TMPDIR/socket
    default_backend servers
backend servers
    balance roundrobin
    option redispatch 1
    server one 127.0.0.1:$first_port
    server two 127.0.0.1:$PORT
EOF
  haproxy -f "$BATS_TEST_TMPDIR/haproxy.cfg" 3>&- &
  HAPROXY=$!
  eventually test -S "$BATS_TEST_TMPDIR/socket"
  for i in {1..10}; do balanced_echo; done
  assert_equal "$(grep -c connected "$FIRST_LOG") $(grep -c connected "$LOG")" '5 5'
  kill -INT "$FIRST"
  wait "$FIRST"
  for i in {1..4}; do balanced_echo; done
  kill $HAPROXY
  assert has_line 'client .*: connected' 9
}

balanced_echo() {
  run nc -N -U "$BATS_TEST_TMPDIR/socket" <<<'hello'
  assert_output hello
}

# listens PROCESS: it does. Sets PORT.
listens() {
  PORT=$(ss -Hltnp | sed -n "s/.*127\.0\.0\.1:\([0-9]*\) .*pid=$1,.*/\1/p")
  [ -n "$PORT" ]
}
