# Each system call that a server makes fails once, and each allocation. What must hold then, and what
# is exempt, is in fault-injection.py. Where this takes no strace or preloading, it is skipped.
load ../helper

setup_file() {
  for step in $(steps 4); do
    cp -r "$TOP/$step" "$BATS_FILE_TMPDIR"
    # One worker: strace counts the calls of each thread by itself, and a fault must come once.
    make -B -s -C "$BATS_FILE_TMPDIR/$step" CPPFLAGS=-DWORKERS=1 main
  done
  export BINARIES=$BATS_FILE_TMPDIR
}

# inject KIND STEP ARGUMENT…: nothing goes wrong
inject() {
  run "$TOP/tests/slow/fault-injection.py" "$1" "$BINARIES/$2/main" "${@:3}"
  echo "$2: $output"
  assert_success
  assert_line --regexp '^[0-9]{2,} runs, 0 wrong, [0-9]+ exempt$'
}

@test "a system call that fails costs one client at most, or is an error of the start" {
  strace -o /dev/null true || skip "strace can't trace here"
  for step in $(steps); do inject calls "$step"; done
}

@test "an allocation that fails costs one client at most, or is an error of the start" {
  cc -shared -fPIC -o "$BATS_TEST_TMPDIR/failing-malloc.so" "$TOP/tests/slow/failing-malloc.c" ||
    skip "failing-malloc.c needs glibc"
  for step in $(steps); do inject allocations "$step" "$BATS_TEST_TMPDIR/failing-malloc.so"; done
}
