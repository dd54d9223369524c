load ../helper

@test "every excerpt, transcript, experiment and link of step 7's text is true" {
  "$TOP/tests/text/check.py" "$TOP/07-threads"
}
