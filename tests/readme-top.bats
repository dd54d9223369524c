load helper

@test "every excerpt, transcript, figure and link of README.md is true" {
  run tests/readme.py check README.md
  assert_success
}
