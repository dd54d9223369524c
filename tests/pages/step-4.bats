load ../helper

@test "every excerpt, transcript, experiment and link of step 4's text is true" {
  "$TOP/tests/pages/check.py" "$TOP/04-accept-bufferevent"
}
