load ../helper

@test "every excerpt, transcript, experiment and link of step 5's text is true" {
  needs_markdown
  "$TOP/tests/pages/check.py" "$TOP/05-read-loop"
}
