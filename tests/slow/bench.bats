# The bench itself: its servers echo as step 6 does, and "make bench" runs.
load ../helper

BENCH=$TOP/bench

setup_file() {
  make -s -C "${BATS_TEST_DIRNAME}/../../bench"
}

# echoes SERVER: it passes those tests of step 6 that are about echoing. One with work to do for each
# piece is too slow for the test that takes the time.
echoes() {
  local tests='^(what a client|each|bytes (come back exactly,|that)|single|ten|a client that (sends|goes)) ' count=8
  [[ $1 = work-* ]] || tests=${tests/what a client/what (a client|takes)} count=9
  assert_equal "$(bats --count -f "$tests" "$TOP/tests/06-write-back.bats")" $count
  MAIN=$TOP/build/bench/$1 run "$TOP/tests/bats" -f "$tests" "$TOP/tests/06-write-back.bats"
  assert_success
}

# echoes_into_a_full_socket SERVER: the socket seems to be full for a while, when the bytes and the
# end of input are there. The first two writes are lines of the log. -D: SERVER is not strace.
echoes_into_a_full_socket() {
  MAIN=$TOP/build/bench/$1 WRAP='strace -D -o /dev/null -e inject=write:error=EAGAIN:when=3..20'
  start
  run echo_client <<<'hello'
  assert_output hello
}

@test "the bare epoll server echoes as step 6 does" {
  echoes bare
  echoes_into_a_full_socket bare
}

@test "the libuv server echoes as step 6 does" {
  echoes libuv
  echoes_into_a_full_socket libuv
}

@test "the libuv server that tries to write first echoes as step 6 does" {
  echoes libuv-try
  echoes_into_a_full_socket libuv-try
}

@test "step 6 echoes as before with each of the bench's edits, and on the fast path" {
  for edit in fast no-copy 4096; do echoes step-6-$edit; done
  echoes work-6
}

@test "an edit that no longer fits its step stops the build, and says which" {
  sed 's/char data\[CHUNK\]/char bytes[CHUNK]/' "$TOP/07-threads/main.c" >"$BATS_TEST_TMPDIR/main.c"
  run make -s -C "$BENCH" OUT="$BATS_TEST_TMPDIR" STEP_7="$BATS_TEST_TMPDIR/main.c" \
    "$BATS_TEST_TMPDIR/work-7-2"
  assert_failure
  assert_output --partial 'main.c is no longer as this edit expects: s/^\tchar data'
}

@test "the servers compile without a warning, by gcc and clang" {
  for compiler in gcc clang; do
    make -s -C "$BENCH" CC=$compiler CFLAGS='-O2 -Werror' OUT="$BATS_TEST_TMPDIR/$compiler"
  done
}

@test "make bench prints five answers, then tables, and writes the raw figures and pictures" {
  run --separate-stderr "$BENCH/bench.py" --quick --rounds 2 --out "$BATS_TEST_TMPDIR"
  assert_success
  [[ $stderr == *'seconds left: backend, poll'* ]]
  assert_line --index 0 --partial 'What is a backend worth? '
  assert_line --regexp '^What do threads give\? '
  assert_line --regexp '^What does the comfort cost\? '
  assert_line --regexp '^How long does a client wait\? '
  assert_line --regexp '^What does a store cost\? '
  refute_output --regexp '<|\*\*|\]\('
  local n='-?[0-9,.]+' # so short a run beside other tests may even come out below 0
  assert_line --regexp "^\| 1,000 +\|( +$n \($n–$n\) \|){2}"
  assert_line --regexp "^\| step 7, 4 workers +\| +$n \| +$n \($n–$n\) "
  assert_line --regexp '^\| bare epoll .* 1\.0 \(1\.0–1\.0\) '
  assert_line --regexp "^\| step 7, 2 workers +\| +$n \($n–$n\) \| +$n \($n–$n\) \|$"
  assert_line --regexp "^\| step 6, no TCP_NODELAY ( *\| +$n){6} "
  run grep -c '^us,50,\|^file ms\|^echoes' "$BATS_TEST_TMPDIR/results.csv"
  assert_output $((2 * (5 + 7 + 4 + 4)))
  run grep -c '^connection us\|^wait us,' "$BATS_TEST_TMPDIR/results.csv"
  assert_output $((2 * (6 + 5 * 6)))
  for picture in backend threads comfort wait store; do grep '</svg>' "$BATS_TEST_TMPDIR/$picture.svg"; done
  # epoll_ctl and epoll_wait an echo: of bare epoll, step 6, and its fast path
  run awk -F, '$1 ~ /^calls: epoll/ && $2 == 1 { calls[$3] += $4 }
    END { printf "%.0f %.0f %.0f", calls["bare"], calls["step-6"], calls["step-6-fast"] }' \
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

# in_a_copy: makes COPY, with the bench and what it reads.
in_a_copy() {
  COPY=$BATS_TEST_TMPDIR/copy
  mkdir "$COPY"
  (cd "$TOP" && cp -r --parents bench 0*/main.c 0*/README*.md \
    exercises/{6.3-fast-path/answer.patch,7.5-a-store/{answer.patch,start}} "$COPY")
}

@test "a server that does not echo ends the bench" {
  in_a_copy
  sed -i 's/sent = send_some(client, data, n);/data[0] = 0; &/' "$COPY/bench/epoll-echo.c"
  run "$COPY/bench/bench.py" --quick --rounds 1
  assert_failure
  assert_output --regexp 'build/bench/bare.*: does not echo'
}

@test "a backend that libevent did not choose is not measured" {
  in_a_copy
  sed -i 's/EVENT_NO{/EVENT_NOT{/' "$COPY/bench/bench.py"
  run "$COPY/bench/bench.py" --quick --rounds 1
  assert_failure
  assert_output --partial 'step 6 did not choose poll'
}

@test "a measurement that did not happen is missed" {
  in_a_copy
  sed -i '/^wait us,62,step-6,/d' "$COPY/bench/results.csv"
  run "$COPY/bench/bench.py" --render
  assert_failure
  assert_output --partial 'nothing measured for "wait us", 62, step-6'
}

@test "a measurement that did not happen in each round is missed" {
  in_a_copy
  sed -i '0,/^echoes,/{/^echoes,/d}' "$COPY/bench/results.csv"
  run "$COPY/bench/bench.py" --render
  assert_failure
  assert_output --partial 'rounds were measured for "echoes", 50, work-6'
}

@test "every figure in the texts comes from the committed results" {
  in_a_copy
  "$COPY/bench/bench.py" --render
  for text in "$COPY"/*/README*.md; do diff "$TOP/${text#"$COPY/"}" "$text"; done
  assert [ "$(grep -o '<!--=' "$BENCH/README.md" | wc -l)" -ge 50 ]
}

# holds EXPRESSION: of the committed figures.
holds() {
  (cd "$BENCH" && python3 -B -c "from figures import Figures
f = Figures('results.csv')
assert $1")
}

@test "what the bench's text calls a difference is one in every round" {
  holds 'f.less("us", 10000, "epoll", "poll")'
  holds 'f.less("us", 50, "bare", "step-6")'
  holds 'f.less("us", 50, "step-6-fast", "step-6")'
  holds 'f.less("echoes", 50, "work-6", f.full())'
  holds 'f.less("ms at 99 %", 50, f.full(), "work-6")'
  holds 'f.less("file ms", 1, "bare", "step-6")'
  holds 'f.less("connection us", 50, "step-6", "step-7-2")'
  holds 'f.median("connection us", 50, "bare") < f.median("connection us", 50, "step-6")'
  holds 'f.gain("step") < f.gain("work")'
  holds 'f.calls("file", "step-6-fast", "epoll_ctl") < f.calls("file", "step-6", "epoll_ctl")'
  holds 'f.median("wait us", 62, "step-6") < f.median("wait us", 65536, "step-6")'
  holds '[f.calls(1, server) for server in ("bare", "step-6")] == ["3", "7"]'
}

@test "what the bench's text calls no difference is none" {
  holds 'f.median("us", f.idle_counts()[-1], "epoll") < 1.5 * f.median("us", 0, "epoll")'
  holds 'f.overlap("file ms", 1, "step-6", "step-6-4096")'
  holds 'f.overlap("file ms", 1, "step-6", "step-6-no-copy")'
  holds 'f.overlap("echoes", 50, "work-7-2", "work-7-4")'
}

@test "no wait jumps by the size of its request, but for the server without TCP_NODELAY" {
  for server in bare libuv step-6 step-6-fast; do
    holds "all(f.median('wait us', size, '$server') < 5000 for size in (62, 1000, 4096, 4097, 16384, 65536))"
    holds "all(f.median('wait us at 99 %', size, '$server') < 20000 for size in (62, 4097, 65536))"
  done
  holds 'f.median("wait us", 4096, "step-6-nagle") < 5000'
  holds '30000 < f.median("wait us", 4097, "step-6-nagle") < 60000'
}

@test "the committed figures are as good as they should be" {
  holds 'float(f.times(50, "step-6")) <= 1.5'
  holds 'float(f.times(50, "step-6-fast")) <= 1.2'
  holds 'float(f.gain("work")) >= 0.85 * f.cores'
  holds 'float(f.us("most", "epoll")) <= 20'
  holds 'f.median("busy %", 50, "bare") < 95' # else its throughput should be told
  holds 'int(f.idle("step-6").replace(",", "")) <= 1300'
  for command in SET GET; do
    holds "float(f.operation('$command', 1, 'store-1')) <= 1.3"
    holds "float(f.operation('$command', 16, 'store-1')) <= 1.3"
  done
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
  PATH=$PATH:$TOP/build/haproxy/usr/sbin # where make deps-check unpacks it
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
