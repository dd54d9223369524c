# That the figures of story/ are true of the programs, and can be read; that the recorder harms none; and
# what else make story-N tells.
load ../story/helper

# passes_recorded STEP: its tests pass under the recorder, but those that count system calls.
passes_recorded() {
  export WRAP="env LD_PRELOAD=$TOP/build/story/recorder.so STORY=$BATS_TEST_TMPDIR/recording"
  run bats --tap --filter-tags '!uninstrumented' "$TOP"/tests/0"$1"-*.bats
  echo "$output"
  assert_success
  assert_line --regexp '^ok '
  grep -q '"k":"loopend"' "$BATS_TEST_TMPDIR/recording"
}

@test "step 3 passes its tests while it is recorded" {
  passes_recorded 3
}

@test "steps 4 and 5 pass their tests while they are recorded" {
  passes_recorded 4
  passes_recorded 5
}

@test "step 6 passes its tests while it is recorded" {
  passes_recorded 6
}

@test "step 7 passes its tests while it is recorded" {
  passes_recorded 7
}

@test "a recording has an end, and the program goes on" {
  # shellcheck disable=SC2046 # several options
  cc -DMAX_RECORDING=20000 -shared -fPIC -ftls-model=initial-exec "$TOP/story/recorder.c" \
    $(pkg-config --cflags --libs libevent_core) -ldl -pthread -o "$BATS_TEST_TMPDIR/recorder.so"
  WRAP="env LD_PRELOAD=$BATS_TEST_TMPDIR/recorder.so STORY=$BATS_TEST_TMPDIR/recording"
  MAIN=$TOP/06-write-back/main start
  head -c 100000 /dev/zero | echo_client | cmp -n 100000 - /dev/zero
  stop
  assert [ "$(stat -c %s "$BATS_TEST_TMPDIR/recording")" -lt 21000 ]
  run tail -n 1 "$BATS_TEST_TMPDIR/recording"
  assert_output --partial '"k":"full"'
}

@test "on poll and on select, the same is told" {
  for without in 'EVENT_NOEPOLL=1' 'EVENT_NOEPOLL=1 EVENT_NOPOLL=1'; do
    # shellcheck disable=SC2086 # one or two variables
    run env $without python3 -c '
import sys
sys.path.insert(0, sys.argv[1])
import scenes
[print(m["tag"]) for m in scenes.pick("echo", scenes.record("echo"))]' "$TOP/story"
    assert_success
    assert_line 'bufferevent_read a'
    assert_line 'a reads'
  done
}

@test "each figure tells what the programs do, moment by moment" {
  run "$TOP/story/draw" --compare
  echo "$output"
  assert_success
}

@test "a program that is changed makes its figure fail, by name" {
  cp -r "$TOP"/{Makefile,story,tools,tests,0?-*} "$BATS_TEST_TMPDIR"
  cd "$BATS_TEST_TMPDIR"
  make -s build/story/recorder.so
  sed -i 's/while ((n = bufferevent_read/if ((n = bufferevent_read/' 06-write-back/main.c
  run story/draw --compare echo pause
  assert_failure
  assert_line --partial 'echo: no longer'
  assert_line 'pause: the same story'
}

@test "the figures are drawn from the recordings" {
  cp -r "$TOP/story" "$TOP"/0?-* "$BATS_TEST_TMPDIR"
  "$BATS_TEST_TMPDIR/story/draw" --draw
  run diff -r "$TOP/story/figures" "$BATS_TEST_TMPDIR/story/figures"
  assert_success
}

@test "in a browser, each figure can be read at each of its moments, and moves" {
  command -v chromium || skip "needs chromium: make deps-book"
  run "$TOP/tests/slow/figures.py"
  echo "$output"
  assert_success
}

@test "Ctrl-C is told on its way through the signal handler" {
  tell 3 0
  told 'epoll_p\?wait2\?: the loop waits'
  control_c
  told 'no events left: the loop has returned'
  in_order "libevent's signal handler runs" 'CALLBACK on_interrupt: SIGINT' \
    'epoll_ctl: forget the listening socket' 'event_base_dispatch returns'
}

@test "threads are told by name, until each of them ends" {
  tell 7 0
  echo hello | nc -N 127.0.0.1 "$PORT"
  told 'closed”'
  control_c
  told 'no events left: the loop has returned'
  in_order '^-- main thread' 'puts the number' '^-- worker 1' 'takes the number' 'CALLBACK on_read' \
    'no event is left' "close.worker 1's pipe" '^-- worker 1' "read: worker 1's pipe will send no more" \
    'no event is left'
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
