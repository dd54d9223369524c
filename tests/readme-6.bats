load helper

@test "every excerpt, transcript, experiment and link of step 6's README is true" {
  run tests/readme.py check 06-write-back
  assert_success
}
