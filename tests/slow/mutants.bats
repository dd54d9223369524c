# The mutants that were made by hand. mutation.bats makes the others.
load ../helper

# mutants: runs those of the list that comes on standard input.
mutants() {
  cat >"$BATS_TEST_TMPDIR/list"
  MUTANTS=$BATS_TEST_TMPDIR/list run "$TOP/tests/slow/mutants/run" 3>&-
}

@test "each mutant of a step is caught by the test that the list names" {
  run "$TOP/tests/slow/mutants/run" 3>&-
  grep -v -e '^caught' -e '^sound' <<<"$output"
  assert_success
}

@test "a mutant that its test does not catch is an error" {
  mutants <<'END'
02  s/SOMAXCONN/1024/
    a shorter queue, which no test can see
    stops on Enter
END
  assert_failure
  assert_output --partial 'SURVIVES: 02 s/SOMAXCONN/1024/'
}

@test "an edit that changes no line, or two, is an error" {
  mutants <<'END'
02  s/no such line/anything/
    nothing
    stops on Enter

02  s/printf/puts/
    many things
    stops on Enter
END
  assert_failure
  assert_output --partial 'DOES NOT CHANGE ONE LINE: 02 s/no such line/anything/'
  assert_output --partial 'DOES NOT CHANGE ONE LINE: 02 s/printf/puts/'
}

@test "a test that does not exist, or fails without a mutation, is an error" {
  mutants <<'END'
02  s/SOMAXCONN/0/
    a shorter queue
    no such test
END
  assert_failure
  assert_output --partial 'FAILS WITHOUT A MUTATION: 02 no such test'
}
