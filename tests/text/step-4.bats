load ../helper

@test "every excerpt, transcript, experiment and link of step 4's text is true" {
  "$TOP/tests/text/check.py" "$TOP/04-accept-bufferevent"
}
