load helper

@test "every excerpt, transcript, experiment and link of step 7's README is true" {
  run tests/readme.py check 07-threads
  assert_success
}
