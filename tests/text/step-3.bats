load ../helper

@test "every excerpt, transcript, experiment and link of step 3's text is true" {
  "$TOP/tests/text/check.py" "$TOP/03-event-add"
}
