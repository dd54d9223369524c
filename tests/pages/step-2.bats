load ../helper

@test "every excerpt, transcript, experiment and link of step 2's text is true" {
  needs_markdown
  "$TOP/tests/pages/check.py" "$TOP/02-listen-socket"
}
