load ../helper

@test "each mutant of a step is caught by the test that the list names" {
  run "$TOP/tests/mutants/run" 3>&-
  grep -v -e '^caught' -e '^sound' <<<"$output"
  assert_success
}
