load ../helper

@test "every excerpt, transcript, experiment and link of step 1's text is true" {
  needs_markdown
  "$TOP/tests/pages/check.py" "$TOP/01-event-init"
}
