# Chinese sections that are older than the English text.
load fixture

# committed: a repository whose twins are right; then the English changes.
committed() {
  with_twin
  git add -A
  git -c user.name=test -c user.email=test@localhost commit -qm all
  sed -i 's/^A function./A function of our own./; s/^A text./Another text./' 02-two/README.md
}

@test "tools/translated shows, of each stale section, the words that have changed since" {
  committed
  run tools/translated
  assert_output "02-two/README.md:$(line_of 'A function of'), 'The code': the English has changed since it was translated
  A [-function.-]{+function of our own.+}
02-two/README.md:$(line_of 'Another text'), 'Exercise 2.1: more': the English has changed since it was translated
  [-A-]{+Another+} text.
README.md: not translated"
}

# line_of WORDS: where the English text has them
line_of() {
  grep -n "$1" 02-two/README.md | cut -d : -f 1
}

@test "what was translated before is not shown again" {
  committed
  tools/translated 02-two/README.md
  git -c user.name=test -c user.email=test@localhost commit -qam again
  sed -i 's/^A struct\./One struct./' 02-two/README.md
  run tools/translated
  assert_line --index 1 '  [-A-]{+One+} struct.'
  refute_output --partial 'our own'
}

@test "tools/translated records one section or all" {
  committed
  tools/translated 02-two/README.md 'The code'
  run tools/translated
  refute_output --partial 'The code'
  assert_output --partial 'Exercise 2.1'
  tools/translated 02-two/README.md
  run tools/translated
  assert_output 'README.md: not translated'
  run tools/translated 02-two/README.md 'Nowhere'
  assert_failure
  assert_output '02-two/README.md has no such section'
}

@test "a section that nobody has translated is named" {
  with_twin
  sed -i '/#the-code/d' tests/pages/translated
  run tools/translated
  assert_line --index 0 "02-two/README.md:$(line_of '## The code'), 'The code': not translated"
}

@test "make fix writes a note below the Chinese heading, and takes it away when that is translated" {
  committed
  finds 'a note that the English has changed' "$README:$(number '^## 代码')" 2
  tools/fix
  assert_equal "$(sed -n "$(($(number '^## 代码') + 2))p" "$README")" \
    '> 本节的英文在翻译之后又有改动，请看[英文版](README.md#the-code)。<!-- stale -->'
  check --text "$README"
  assert_success
  cp "$README" noted
  tools/fix
  cmp noted "$README"
  tools/translated 02-two/README.md
  diff --ignore-blank-lines <(git show ":$README") "$README"
}

@test "finds a note at a section that is up to date" {
  with_twin
  plant 's/^## 代码/&\n\n> 请看[英文版](README.md#the-code)。<!-- stale -->\n/'
  finds 'no such note, as this is translated, found it (make fix)' "$README:$(number stale)"
}

@test "what is no prose may change: blocks, places, captions, the bench's figures, where a line ends" {
  with_twin
  sed -i 's/^A text./A text: <!--=us 0 epoll-->9<!--=--> µs./' 02-two/README.md "$README"
  tools/translated 02-two/README.md
  sed -i 's/^A text: <!--=us 0 epoll-->9/A\ntext: <!--=us 0 epoll-->10/; s/^\*In `main()`, first/*In `main()`, there/
    s/(a client)/(another client)/; s/^a b/a c/; s/more than 2020/more than 2021/' 02-two/README.md
  run tools/translated
  assert_output 'README.md: not translated'
}

@test "a page that is stale or not translated is a report, but where we publish it fails" {
  with_twin
  cp "$TOP/tests/helper.bash" tests
  cp "$TOP/tests/pages/pages.bats" tests/pages
  TRANSLATIONS='' run bats --tap --filter 'in Chinese' tests/pages/pages.bats
  assert_success
  assert_line '# README.md: not translated'
  TRANSLATIONS=required run bats --tap --filter 'in Chinese' tests/pages/pages.bats
  assert_failure
  rm README.md
  TRANSLATIONS=required run bats --tap --filter 'in Chinese' tests/pages/pages.bats
  assert_success
}
