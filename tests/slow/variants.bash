# Runs the steps' tests on programs that are built in another way than "make test" has them, or run in
# another way. Loaded by build-variants.bats and run-variants.bats.
#
# BINARIES=… has the steps' folders with other binaries.
# shellcheck disable=SC2086,SC2154 # WITH is split at spaces; output is what run sets
load ../helper

# Left out: what traces the program, chooses its backend, or counts its memory or threads.
TAGS='!uninstrumented'

setup() {
  # Reports go into files, as nobody looks at what a server prints.
  export REPORTS=$BATS_TEST_TMPDIR/reports
  mkdir "$REPORTS"
}

# build FIRST ARGUMENT…: makes BINARIES, with the steps from that number on, built with make's ARGUMENTs.
build() {
  local step copies=$BATS_TEST_TMPDIR/binaries
  for step in $(steps "$1"); do
    mkdir -p "$copies/$step"
    cp "$TOP/$step"/{main.c,Makefile} "$copies/$step"
    make -s -C "$copies/$step" "${@:2}" main
  done
  export BINARIES=$copies
}

# passes STEP TEST-FILE…: its program passes these tests, and without a report.
passes() {
  local tests
  for tests in "${@:2}"; do
    run env MAIN="${BINARIES:-$TOP}/$1/main" $WITH "$TOP/tests/bats" --tap --filter-tags "$TAGS" "$tests"
    echo "$1, ${tests##*/}: $output"
    assert_success
    assert_line --regexp '^ok '
  done
  run "${REPORTER:-reports}"
  assert_output ''
}

reports() {
  cat "$REPORTS"/* 2>/dev/null
}

# each_passes: each step passes its own tests.
each_passes() {
  local step
  for step in $(steps); do passes "$step" "$TOP/tests/$step.bats"; done
}

# tests_before STEP: the test files of the steps before it
tests_before() {
  BINARIES='' steps | awk -v step="$1" -v top="$TOP" '$0 < step { print top "/tests/" $0 ".bats" }'
}
