load ../helper

setup() {
  needs_markdown
  cd "$TOP"
}

@test "every excerpt, transcript, figure and link of README.md is true" {
  tests/pages/check.py README.md
}

@test "every other page that is no step's text, and every Chinese page, is true" {
  tests/pages/check.py $(git ls-files -co --exclude-standard '*.md' ':!README.md' ':!0*/README.md')
}

@test "every page for readers is there in Chinese, and up to date" {
  run tests/pages/translated.py
  assert_output ''
}
