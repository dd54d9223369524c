load ../helper

setup() {
  cd "$TOP"
  git rev-parse --git-dir >/dev/null || skip 'git names the files, and this is no git repository'
}

@test "shellcheck has nothing to say of any script" {
  { git grep -I -l -E '^#!.*(bash|/sh)$'; git ls-files '*.bash'; } | sort -u | grep -v '\.\(md\|bats\|patch\)$' >"$BATS_TEST_TMPDIR/scripts"
  run xargs shellcheck <"$BATS_TEST_TMPDIR/scripts"
  assert_success
  assert_output ''
}

@test "pyflakes has nothing to say of any Python" {
  { git grep -I -l '^#!.*python'; git ls-files '*.py'; } | sort -u | grep -v '\.\(md\|bats\|patch\)$' >"$BATS_TEST_TMPDIR/scripts"
  run xargs /usr/bin/python3 -m pyflakes <"$BATS_TEST_TMPDIR/scripts"
  assert_success
  assert_output ''
}
