# That the figures of story/ are true of the programs, and can be read; that the recorder harms none.
load ../helper

setup_file() {
  getconf GNU_LIBC_VERSION || skip "the recorder needs glibc"
  make -s -C "$BATS_TEST_DIRNAME/../.." build/story/recorder.so
}

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
  needs_libevent 2.1 "the figures were recorded with it"
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
