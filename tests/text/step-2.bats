load ../helper

@test "every excerpt, transcript, experiment and link of step 2's text is true" {
  "$TOP/tests/text/check.py" "$TOP/02-listen-socket"
}
