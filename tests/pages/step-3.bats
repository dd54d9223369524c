load ../helper

@test "every excerpt, transcript, experiment and link of step 3's text is true" {
  "$TOP/tests/pages/check.py" "$TOP/03-event-add"
}
