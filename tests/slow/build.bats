load ../helper

# Builds every step with the compiler and the options given, into the test's own folder; a warning
# is an error.
build_all() {
  for step in $(steps); do
    echo "$step, $1 $2"
    run make -s -C "$TOP/$step" -B main CC="$1" CFLAGS="$2" \
      WARNINGS='-Wall -Wextra -Wpedantic -Wno-unused-parameter -Werror'
    assert_success || return 1
    assert_output "" || return 1
  done
}

# A copy, so that the programs that other tests run stay as they are.
setup() {
  cp -r "$TOP"/0?-* "$BATS_TEST_TMPDIR"
  cp "$TOP/.clang-format" "$BATS_TEST_TMPDIR"
  TOP=$BATS_TEST_TMPDIR
}

@test "every step builds without a warning, with gcc and clang, optimised or not" {
  for compiler in gcc clang; do
    for level in -O0 -O2; do build_all "$compiler" "$level"; done
  done
}

@test "every step needs nothing but C11 and POSIX" {
  for compiler in gcc clang; do
    build_all "$compiler" '-O2 -std=c11 -D_POSIX_C_SOURCE=200809L'
  done
}

@test "a warning fails the build" {
  echo 'static int unused;' >>"$TOP/01-event-init/main.c"
  run build_all gcc -O2
  assert_failure
}

@test "the programs are formatted as .clang-format says" {
  run clang-format --dry-run -Werror "$TOP"/0?-*/main.c
  assert_success
  assert_output ''
}
