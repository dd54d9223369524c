# The steps' tests, and the network's faults, on programs that watch themselves: built with the address and
# undefined-behaviour sanitizers (a leak is an error), with the thread sanitizer, or in libevent's debug mode.
load variants

ASAN='-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all'
TSAN='-O1 -g -fsanitize=thread'
DEBUG=(CFLAGS="-O1 -g $TOP/tests/slow/debug-mode.c" LDFLAGS=-levent_pthreads)

# build_asan FIRST: makes BINARIES, from that step on.
build_asan() {
  export INSTRUMENTED=yes ASAN_OPTIONS=detect_leaks=1:log_path=$REPORTS/asan
  export UBSAN_OPTIONS=print_stacktrace=1:log_path=$REPORTS/ubsan
  build "$1" CFLAGS="$ASAN"
}

# build_tsan: makes BINARIES of the steps that have threads. Some compilers' thread sanitizer can't start
# where the kernel randomizes addresses widely.
build_tsan() {
  export INSTRUMENTED=yes TSAN_OPTIONS=log_path=$REPORTS/tsan
  build 7 CFLAGS="$TSAN"
  if ! starts; then
    WITH='setarch -R'
    starts || skip "the thread sanitizer can't run here"
  fi
}

starts() {
  $WITH "$BINARIES/07-threads/main" x 2>&1 | grep -q '^usage'
}

@test "the sanitizers see errors, leaks and races here" {
  cd "$BATS_TEST_TMPDIR"
  cat >main.c <<'C'
#include <pthread.h>
#include <stdlib.h>
static int shared;
static void *count(void *arg) { for (int i = 0; i < 100000; i++) shared++; return arg; }
int main(int argc, char **argv)
{
	pthread_t thread;
	char *p = malloc(10);
	if (argc == 2) return p[10 * argc];      /* beyond the end */
	if (argc == 3) return 2147483647 + argc; /* overflow */
	if (argc == 4) { p = NULL; return 0; }   /* a leak */
	free(p);
	pthread_create(&thread, NULL, count, NULL);
	count(NULL);                             /* a race */
	return pthread_join(thread, NULL);
}
C
  cc $ASAN -O0 main.c -o asan
  cc $TSAN -O0 main.c -o tsan
  run ! ./asan 1 2 # its report is not in a file, but it ends the program
  for command in './asan 1' './asan 1 2 3' './tsan'; do
    export ASAN_OPTIONS=log_path=$REPORTS/report TSAN_OPTIONS=log_path=$REPORTS/report
    run ! $command
    run reports
    assert_output --partial 'SUMMARY'
    rm "$REPORTS"/*
  done
}

@test "each step passes its tests with the address sanitizer" {
  build_asan 1
  each_passes
}

@test "the servers stand the network's faults with the address sanitizer" {
  build_asan 4
  passes "$(steps | tail -n 1)" "$TOP/tests/slow/network-faults.bats"
}

@test "a step with threads passes its tests, and those before it, with the thread sanitizer" {
  build_tsan
  TAGS+=',!superseded'
  for step in $(steps); do passes "$step" $(tests_before "$step") "$TOP/tests/$step.bats"; done
}

@test "the servers with threads stand the network's faults with the thread sanitizer" {
  build_tsan
  passes "$(steps | tail -n 1)" "$TOP/tests/slow/network-faults.bats"
}

@test "libevent's debug mode ends a program that gives it a socket that blocks" {
  cp "$TOP"/04-accept-bufferevent/{main.c,Makefile} "$BATS_TEST_TMPDIR"
  sed -i 's/evutil_make_socket_nonblocking(client_fd) == 0/1/' "$BATS_TEST_TMPDIR/main.c"
  make -s -C "$BATS_TEST_TMPDIR" "${DEBUG[@]}"
  MAIN=$BATS_TEST_TMPDIR/main
  start
  connect client
  eventually grep -q 'Assertion flags & O_NONBLOCK failed' "$ERRORS"
  expect_exit 134 # SIGABRT
}

@test "each step passes its tests in libevent's debug mode" {
  build 1 "${DEBUG[@]}"
  each_passes
}
