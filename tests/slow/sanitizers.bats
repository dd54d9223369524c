# The steps' tests and the fault tests on binaries that watch themselves: built with the address and
# undefined-behaviour sanitizers (a leak is an error), or with the thread sanitizer.
# Without those that are tagged "uninstrumented": they trace the server, or count its memory or threads.
load ../helper

setup_file() {
  for step in "$TOP"/0?-*/; do
    build "$step" asan '-fsanitize=address,undefined -fno-sanitize-recover=all'
  done
  build "$TOP/07-threads" tsan -fsanitize=thread
}

# build FOLDER NAME FLAGS: builds a copy of the folder in build/NAME.
build() {
  local copy
  copy=$TOP/build/$2/$(basename "$1")
  mkdir -p "$copy"
  cp "$1"/{main.c,Makefile} "$copy"
  make -s -B -C "$copy" CFLAGS="-O1 -g $3" main
}

setup() {
  # Reports go into files, as nobody looks at what a server prints.
  export REPORTS=$BATS_TEST_TMPDIR/reports
  mkdir "$REPORTS"
  export ASAN_OPTIONS=detect_leaks=1:log_path=$REPORTS/asan
  export UBSAN_OPTIONS=print_stacktrace=1:log_path=$REPORTS/ubsan
  export TSAN_OPTIONS=log_path=$REPORTS/tsan
}

# no_reports: there are none; prints those that there are.
no_reports() {
  [ -z "$(ls "$REPORTS")" ] || { cat "$REPORTS"/*; return 1; }
}

# clean MAIN TEST-FILE…: passes these tests, and without a report.
clean() {
  run env MAIN="$1" BINARIES="$(dirname "$(dirname "$1")")" \
    $WITH "$TOP/tests/bats" --tap --filter-tags "${TAGS:-!uninstrumented}" "${@:2}"
  echo "$output"
  assert_success
  assert_line --regexp '^ok '
  no_reports
}

@test "the sanitizers see errors and leaks here" {
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
  cc -g -fsanitize=address,undefined -fno-sanitize-recover=all main.c -o asan
  cc -g -fsanitize=thread main.c -o tsan
  run ! ./asan 1 2 # its report is not in a file, but it ends the program
  for arguments in '1' '1 2 3'; do
    run ! ./asan $arguments
    run ! no_reports
    rm -f "$REPORTS"/*
  done
  run ! ./tsan
  run ! no_reports
}

@test "steps 1 to 3 pass their tests with the address sanitizer" {
  for step in "$TOP"/build/asan/0[1-3]-*; do
    clean "$step/main" "$TOP/tests/$(basename "$step").bats"
  done
}

@test "step 4 passes its tests with the address sanitizer" {
  clean "$TOP/build/asan/04-accept-bufferevent/main" "$TOP/tests/04-accept-bufferevent.bats"
}

@test "step 5 passes its tests with the address sanitizer" {
  clean "$TOP/build/asan/05-read-loop/main" "$TOP/tests/05-read-loop.bats"
}

@test "step 6 passes its tests with the address sanitizer" {
  clean "$TOP/build/asan/06-write-back/main" "$TOP/tests/06-write-back.bats"
}

@test "step 7 passes its tests with the address sanitizer" {
  clean "$TOP/build/asan/07-threads/main" "$TOP/tests/07-threads.bats"
}

@test "the servers stand the faults with the address sanitizer" {
  clean "$TOP/build/asan/04-accept-bufferevent/main" "$TOP/tests/slow/network-faults.bats"
}

# The thread sanitizer of some compilers can't start where the kernel randomizes addresses widely.
thread_clean() {
  local folder=$TOP/build/tsan/07-threads TAGS='!uninstrumented,!superseded'
  if ! "$folder/main" x 2>&1 | grep -q '^usage'; then
    setarch -R "$folder/main" x 2>&1 | grep -q '^usage' || skip "the thread sanitizer can't run here"
    WITH='setarch -R'
  fi
  clean "$folder/main" "$@"
}

@test "step 7 passes its tests with the thread sanitizer" {
  thread_clean "$TOP/tests/07-threads.bats"
}

@test "step 7 passes the tests of steps 4 to 6 with the thread sanitizer" {
  thread_clean "$TOP"/tests/0[456]-*.bats
}

@test "step 7 stands the faults with the thread sanitizer" {
  thread_clean "$TOP/tests/slow/network-faults.bats"
}
