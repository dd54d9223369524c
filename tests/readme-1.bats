load helper

@test "every excerpt, transcript, experiment and link of step 1's README is true" {
  run tests/readme.py check 01-event-init
  assert_success
}
