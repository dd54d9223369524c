# What make story-N tells. The slow proofs are in ../slow/story.bats.
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

# line TEXT: the number of the first line of step 6 that has this text
line() {
  grep -n -m 1 -F -- "$1" "$TOP/06-write-back/main.c" | cut -d : -f 1
}

@test "an echo is told from the kernel to the callback and back, with the program's lines" {
  tell 6 0
  echo hello | nc -N 127.0.0.1 "$PORT"
  told 'prints “client 7: closed”'
  in_order 'epoll_wait: the loop waits' \
    'ready: client 7 can be read' \
    "readv takes 6 bytes from client 7's kernel buffer into its input buffer" \
    'CALLBACK on_read for client 7' \
    "on_read:$(line 'n = bufferevent_read(')  .*6 bytes out of its input buffer" \
    "on_read:$(line 'if (bufferevent_write(')  .*6 bytes into its output buffer" \
    'epoll_ctl: tell me of client 7 when it can be read or written to' \
    'bufferevent_write returns: nothing is sent yet' \
    "writev puts 6 bytes into client 7's kernel buffer" \
    'CALLBACK on_write for client 7' \
    'CALLBACK on_event for client 7: it sends no more'
  assert [ "$(sed -n '/ready:/,/closed”/p' "$LOG" | wc -l)" -le 45 ]
}

@test "README.md shows what is told" {
  tell 6 0
  echo hello | nc -N 127.0.0.1 "$PORT"
  told 'prints “client 7: closed”'
  # Each line of its block, where … stands for the number of a line.
  readarray -t lines < <(sed -n '/^```text/,/^```/{/^```/d; s/^ *//; s/[()]/./g; s/…  */[0-9]+ +/; p}' \
    "$TOP/story/README.md")
  assert [ "${#lines[@]}" -eq 8 ]
  in_order "${lines[@]}"
}

@test "Ctrl-C is told on its way through the signal handler" {
  tell 3 0
  told 'epoll_wait: the loop waits'
  control_c
  told 'no events left: the loop has returned'
  in_order "libevent's signal handler runs" 'CALLBACK on_interrupt: SIGINT' \
    'epoll_ctl: forget the listening socket' 'event_base_dispatch returns'
}

@test "threads are told by name" {
  tell 7 0
  echo hello | nc -N 127.0.0.1 "$PORT"
  told 'closed”'
  in_order '^-- main thread' 'puts the number' '^-- worker 1' 'takes the number' 'CALLBACK on_read'
}

@test "with --step, the server is held until Enter, while the client waits" {
  printf '\n\n' >&"$ENTER" # as far as where it listens
  tell --step 4 0
  run timeout 1 bash -c "echo hello | nc -N 127.0.0.1 $PORT"
  assert_failure 124
  refute grep -q CALLBACK "$LOG"
  yes '' | head -n 200 >&"$ENTER"
  told 'CALLBACK on_connection'
}

@test "any program that uses libevent can be told" {
  tell "$TOP/04-accept-bufferevent/main" 0
  echo hello | nc -N 127.0.0.1 "$PORT"
  told 'closed”'
  in_order 'CALLBACK on_connection' 'CALLBACK on_read'
}

@test "there is a message where there is nothing to tell" {
  run "$TOP/story/tell" 1
  assert_failure
  assert_output --partial 'steps 3 to 7 have a loop'
}

@test "each sentence of the figures has the same holes in both languages" {
  run python3 -c '
import re, sys
sys.path.insert(0, sys.argv[1])
import scenes, words
for key, both in {**words.WORDS, **words.LABELS, **words.TITLES}.items():
    assert len(both) == 2 and len({tuple(sorted(re.findall(r"{\w+}", t))) for t in both}) == 1, key
    assert all(t.count("**") % 2 == 0 for t in both), key
said = {key for _, _, script in scenes.SCENES.values() for _, key in script}
assert said == set(words.WORDS), said ^ set(words.WORDS)' "$TOP/story"
  assert_success
}
