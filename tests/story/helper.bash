# Run story/tell, and look at what it has told. Loaded by telling.bats and ../slow/story.bats.
load ../helper

setup_file() {
  cd "$BATS_TEST_DIRNAME/../.." || return
  getconf GNU_LIBC_VERSION || skip "the recorder needs glibc"
  make -s build/story/recorder.so
}

setup() {
  LOG=$BATS_TEST_TMPDIR/told
  mkfifo "$BATS_TEST_TMPDIR/enter"
  exec {ENTER}<>"$BATS_TEST_TMPDIR/enter"
}

# tell ARGUMENT…: runs story/tell, until it has told on which port the program listens.
tell() {
  setsid env --default-signal=INT "$TOP/story/tell" "$@" <&"$ENTER" >"$LOG" 2>&1 3>&- &
  GROUP=$!
  disown
  eventually grep -q 'listening on' "$LOG"
  # shellcheck disable=SC2034 # the tests use it
  PORT=$(sed -n 's/.*listening on 127.0.0.1:\([0-9]*\).*/\1/p' "$LOG")
}

told() {
  eventually grep -q -e "$1" "$LOG"
}

control_c() {
  kill -INT -- "-$GROUP"
}

teardown() {
  [ -z "$GROUP" ] || kill -KILL -- "-$GROUP" 2>/dev/null || true
}

# in_order PATTERN…: the log has these lines, one after the other.
in_order() {
  local at=0 next pattern
  for pattern; do
    next=$(awk -v at="$at" -v pattern="$pattern" 'NR > at && $0 ~ pattern { print NR; exit }' "$LOG")
    [ -n "$next" ] || fail "after line $at nothing matches $pattern: $(<"$LOG")"
    at=$next
  done
}
