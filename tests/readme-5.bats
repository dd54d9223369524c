load helper

@test "every excerpt, transcript, experiment and link of step 5's README is true" {
  run tests/readme.py check 05-read-loop
  assert_success
}
