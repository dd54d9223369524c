load ../helper

# A copy of what runs the tests, without .deps; and a bats of that version, which comes first in PATH.
setup() {
  mkdir -p "$BATS_TEST_TMPDIR"/{bin,copy/tests,copy/exercises/1.1-none}
  cd "$BATS_TEST_TMPDIR/copy"
  cp "$TOP"/tests/{bats,run} tests
  cp "$TOP/exercises/exercise" exercises
}

version() {
  printf '#!/bin/sh\necho Bats %s\n' "$1" >"$BATS_TEST_TMPDIR/bin/bats"
  chmod +x "$BATS_TEST_TMPDIR/bin/bats"
  PATH=$BATS_TEST_TMPDIR/bin:$PATH
}

# says REASON COMMAND…: the command can't run here, and one line says why.
says() {
  run "${@:2}"
  assert_failure 3
  assert_output "the tests can't run here: $1"
}

@test "a bats that is too old is one line and status 3, for tests and for exercises" {
  version 1.7.0
  reason="bats 1.7.0 is too old, they need 1.8. 'make deps-test' brings a newer one"
  says "$reason" tests/run some.bats
  says "$reason" exercises/exercise check 1.1
}

@test "so is a bats that is not there" {
  version ''
  says "bats is missing. 'make deps-test' installs it" tests/run some.bats
}

@test "so is a library that is not there" {
  BATS_LIB_PATH=/nowhere says "bats-support is missing. 'make deps-test' installs it" tests/run some.bats
}

@test "what never ends is ended, with all that it started" {
  printf '@test "hangs" { sleep 987654.%s; }\n' $$ >some.bats # no other run's
  LIMIT=1 run tests/run some.bats
  assert_failure 1
  assert_line 'bats has not ended in 1 seconds'
  assert_line '0 passed, 1 failed, 0 skipped'
  eventually gone "^sleep 987654.$$\$"
}

@test "a run whose tests are all skipped has not failed" {
  printf '@test "one" { skip; }\n' >some.bats
  run tests/run some.bats
  assert_success
  assert_line '0 passed, 0 failed, 1 skipped'
}

@test "a run of no tests has" {
  : >some.bats
  run tests/run some.bats
  assert_failure
}
