# The steps' tests under libevent's own debug mode, which aborts at a socket that blocks, an event that
# is added or assigned twice, or one that was never assigned. exercises.bats does so with the answers.
load ../helper

# build STEP [EDIT]: makes a copy of that step, after a sed edit of it, and sets MAIN.
build() {
  local copy=$BATS_TEST_TMPDIR/$1
  mkdir "$copy"
  cp "$TOP/$1"/{main.c,Makefile} "$copy"
  sed -i "$2" "$copy/main.c"
  make -s -C "$copy" CFLAGS="-O1 -g $TOP/tests/slow/debug-mode.c" LDFLAGS=-levent_pthreads main
  MAIN=$copy/main
}

@test "each step passes its tests under libevent's debug mode" {
  for step in "$TOP"/0?-*/; do
    step=$(basename "$step")
    build "$step"
    run env MAIN="$MAIN" "$TOP/tests/bats" --tap --filter-tags '!uninstrumented' "$TOP/tests/$step.bats"
    echo "$output"
    assert_success
    assert_line --regexp '^ok '
  done
}

@test "libevent's debug mode ends a program that gives it a socket that blocks" {
  build 04-accept-bufferevent 's/evutil_make_socket_nonblocking(client_fd) == 0/1/'
  start
  connect client
  eventually grep -q 'Assertion flags & O_NONBLOCK failed' "$ERRORS"
  expect_exit 134
}
