load helper

@test "every excerpt, transcript, experiment and link of step 4's README is true" {
  run tests/readme.py check 04-accept-bufferevent
  assert_success
}
