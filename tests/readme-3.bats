load helper

@test "every excerpt, transcript, experiment and link of step 3's README is true" {
  run tests/readme.py check 03-event-add
  assert_success
}
