# Each system call that a server makes fails once, and each allocation. What must hold then, and what
# is exempt, is in fault-injection.py. Where this takes no strace or preloading, it is skipped.
load ../helper

setup_file() {
  BUILD=$BATS_FILE_TMPDIR
  export BUILD
  # One worker: strace counts the calls of each thread by itself, and a fault must come once.
  cp -r "$TOP/07-threads" "$BUILD/07-one-worker"
  make -B -s -C "$BUILD/07-one-worker" CPPFLAGS=-DWORKERS=1 main
  cc -shared -fPIC -o "$BUILD/failing-malloc.so" "$TOP/tests/slow/failing-malloc.c" || true
}

sweep() {
  run "$TOP/tests/slow/fault-injection.py" "$@"
  echo "$output"
  assert_success
  assert_line --regexp '^[0-9]{2,} runs, 0 wrong, [0-9]+ exempt$'
}

calls() {
  strace -o /dev/null true || skip "strace can't trace here"
  sweep calls "$1"
}

allocations() {
  [ -e "$BUILD/failing-malloc.so" ] || skip "failing-malloc.c needs glibc"
  sweep allocations "$1" "$BUILD/failing-malloc.so"
}

@test "a system call that fails costs step 4 one client at most, or is an error of its start" {
  calls "$TOP/04-accept-bufferevent/main"
}

@test "a system call that fails costs step 6 one client at most, or is an error of its start" {
  calls "$TOP/06-write-back/main"
}

@test "a system call that fails costs step 7 one client at most, or is an error of its start" {
  calls "$BUILD/07-one-worker/main"
}

@test "an allocation that fails costs step 4 one client at most, or is an error of its start" {
  allocations "$TOP/04-accept-bufferevent/main"
}

@test "an allocation that fails costs step 6 one client at most, or is an error of its start" {
  allocations "$TOP/06-write-back/main"
}

@test "an allocation that fails costs step 7 one client at most, or is an error of its start" {
  allocations "$BUILD/07-one-worker/main"
}
