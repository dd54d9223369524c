load ../helper

setup() {
  needs_markdown
  cd "$TOP"
  /usr/bin/python3 -c 'import markdown_it' || skip "python3-markdown-it is missing: run 'make deps-test'"
}

@test "every page that is neither README.md nor a step's text is true, and every Chinese page" {
  tests/pages/check.py $(git ls-files -co --exclude-standard '*.md' ':!README.md' ':!0*/README.md')
}

# Where the texts are published; elsewhere it is a report, for who writes no Chinese can't mend it.
@test "every page for readers is there in Chinese, and up to date" {
  run tools/translated
  [ -z "$output" ] || [ "$TRANSLATIONS" = required ] || sed 's/^/# /' <<<"$output" >&3
  [ "$TRANSLATIONS" != required ] || assert_output ''
}
