load helper

@test "every excerpt, transcript, experiment and link of step 2's README is true" {
  run tests/readme.py check 02-listen-socket
  assert_success
}
