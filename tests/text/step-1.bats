load ../helper

@test "every excerpt, transcript, experiment and link of step 1's text is true" {
  "$TOP/tests/text/check.py" "$TOP/01-event-init"
}
