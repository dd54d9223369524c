load ../helper

# Heavy loads on the programs that echo. Each is run on every backend; select can't go beyond
# 1,024 descriptors.

MIB=1048576

setup() {
  ulimit -n "$(ulimit -Hn)"
  DEADLINE=60
}

# need_descriptors NUMBER
need_descriptors() {
  [ "$(ulimit -n)" -ge "$1" ] || skip "needs ulimit -n $1, and the hard limit is $(ulimit -n)"
}

# clients COUNT: so many connect and are served; CROWD and DOOR: leave_clients lets them go.
clients() {
  exec {DOOR}> >(exec python3 "$TOP/tests/slow/clients.py" "$PORT" "$1" >"$BATS_TEST_TMPDIR/crowd" 2>&1 3>&-)
  CROWD=$!
  eventually grep -q ready "$BATS_TEST_TMPDIR/crowd"
}

# They get their last line back, and go.
leave_clients() {
  exec {DOOR}>&-
  wait "$CROWD"
}

# bytes_unchanged: 24 MiB come back as they were sent.
bytes_unchanged() {
  head -c $((24 * MIB)) /dev/urandom >"$BATS_TEST_TMPDIR/sent"
  echo_client <"$BATS_TEST_TMPDIR/sent" | cmp - "$BATS_TEST_TMPDIR/sent"
}

# never_read: 200 MiB that nobody reads cost less than 16 MiB, and come back when they are read.
never_read() {
  local sent=$BATS_TEST_TMPDIR/sent before after=none
  head -c $((200 * MIB)) /dev/urandom >"$sent"
  connect client
  cat "$sent" >&"$client" 3>&- &
  SENDER=$!
  until [ "$after" = "${before=}" ]; do # until the sender can't go on
    before=$after
    sleep 1
    after=$(awk '/^pos:/ { print $2 }' "/proc/$SENDER/fdinfo/3")
  done
  assert [ "$after" -lt $((200 * MIB)) ]
  assert [ "$(memory)" -lt 16384 ]
  run echo_client <<<'hello'
  assert_output hello
  timeout "$DEADLINE" head -c $((200 * MIB)) <&"$client" | cmp - "$sent"
  wait "$SENDER"
  disconnect client
}

# resets: clients break off while their bytes wait to be sent.
resets() {
  local before
  connect witness
  wait_for_client
  before=$(descriptors)
  for i in {1..200}; do
    # Nobody reads the answer: socat has sent its part and breaks off.
    head -c 1000000 /dev/zero |
      socat -u - "TCP:127.0.0.1:$PORT,rcvbuf=4096,linger=0,shut-none" 2>/dev/null
  done
  wait_for_line 'client [0-9]*: \(Connection reset by peer\|Broken pipe\|closed\)' 200
  all_gone() { [ "$(descriptors)" -eq "$before" ]; }
  eventually all_gone
  echo hello >&"$witness"
  read -r -t "$DEADLINE" answer <&"$witness"
  assert_equal "$answer" hello
}

# on BACKENDS COMMAND…: runs it on each step that echoes, with each of these backends.
on() {
  local step backend
  for step in $(steps 6); do
    for backend in $1; do
      case $backend in
      epoll) WRAP= ;;
      poll) WRAP='env EVENT_NOEPOLL=1' ;;
      select) WRAP='env EVENT_NOEPOLL=1 EVENT_NOPOLL=1' ;;
      esac
      MAIN=$TOP/$step/main
      start
      assert has_line "libevent .* chose $backend from: .*"
      echo "$step, $backend"
      "${@:2}"
      stop
    done
  done
}

@test "24 MiB of random bytes come back unchanged" {
  on 'epoll poll select' bytes_unchanged
}

@test "200 MiB that are never read cost less than 16 MiB, and come back after all" {
  on 'epoll poll select' never_read
}

@test "200 clients that break off with bytes waiting leave nothing behind" {
  on 'epoll poll select' resets
}

crowd() {
  clients "$1"
  leave_clients
}

@test "1,500 clients at once are served" {
  need_descriptors 2000
  on 'epoll poll' crowd 1500
}

@test "950 clients at once are served with select" {
  need_descriptors 1024
  ulimit -n 1024
  on select crowd 950
}

# cheap_crowd: 9,000 clients, who say nothing for a while
cheap_crowd() {
  local before each
  before=$(memory)
  clients 9000
  each=$((($(memory) - before) * 1024 / 9000))
  echo "$each bytes a client" | tee -a /dev/fd/3
  assert [ "$each" -le 1300 ]
  leave_clients
}

@test "9,000 idle clients cost at most 1.3 KB each" {
  need_descriptors 9500
  on 'epoll poll' cheap_crowd
}
