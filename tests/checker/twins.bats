# What the check finds in a Chinese page and its English twin: each test plants one error.
load fixture

@test "the twins that these tests start from are right" {
  with_twin
  check 02-two/README.md 02-two/README.zh-CN.md
  assert_output ''
  assert_success
}

@test "finds a page that does not lead to its twin in its first line" {
  with_twin
  plant '1s/.*/[In English](README.md)/'
  finds '"[English](README.md) | 简体中文", as this page has a twin'
  README=02-two/README.md
  plant '1d'
  finds '"English | [简体中文](README.zh-CN.md)", as this page has a twin' "$README:1"
}

@test "finds a Chinese page whose English one is gone" {
  with_twin
  rm 02-two/README.md
  check --text "$README"
  assert_line --partial "$README:1: expected the English page that this one translates"
}

@test "finds a missing heading" {
  with_twin
  plant 's/^### 练习 2.1.*/**练习 2.1**/'
  finds '"### 练习 2.1 …" as in 02-two/README.md:' "$README:$(number '^## 下一步')"
}

@test "finds a heading too many" {
  with_twin
  plant '$s/.*/&\n## 还有/'
  finds 'no more headings, as in 02-two/README.md, found "## …"' "$README:$(number '^## 还有')"
}

@test "finds a heading of another level, with another number, or another title of a step's section" {
  with_twin
  plant 's/^### 2.1/#### 2.1/'
  finds '"### 2.1 …" as in 02-two/README.md:84, found "#### 2.1 …"'
  plant 's/^#### 2.1/### 2.2/'
  check --text "$README"
  assert_line --partial "$README:$LINE: expected \"### 2.1 …\" as in 02-two/README.md:84, found \"### 2.2 …\""
  plant 's/^### 2.2/### 2.1/; s/^## 跑起来/## 运行/'
  finds '"## 跑起来" as in 02-two/README.md:7, found "## …"'
}

@test "finds a changed line of a transcript" {
  with_twin
  plant 's/^a b/a c/'
  finds '"a b" as in 02-two/README.md:20, found "a c"'
}

@test "finds a line that a transcript lacks" {
  with_twin
  plant '/^steady/d'
  finds '"steady" as in 02-two/README.md:100, found "^D"' "$README:100"
}

@test "finds a block that is missing" {
  with_twin
  plant '/^\*\*终端 2/,/^\$ true/d'
  check --text "$README"
  assert_line --partial 'expected "Terminal 2" as in 02-two/README.md:'
}

@test "finds another terminal above a transcript" {
  with_twin
  plant 's/^\*\*终端 2/**终端 3/'
  finds '"Terminal 2" as in 02-two/README.md:15, found "Terminal 3"'
}

@test "finds a changed edit" {
  with_twin
  plant 's/^+.*steady.*/+\tprintf("Steady\\n");/'
  finds '"+	printf("steady\n");" as in 02-two/README.md:'
}

@test "finds a bound that is missing" {
  with_twin
  plant '/^<!-- 123/d'
  finds '"<!-- 123: 0 to 999999999 -->" as in 02-two/README.md:' "$README:$(number '^## 看看底层')"
}

@test "finds a block that is not folded as the English one is" {
  with_twin
  plant '/^<details>/d; /^<.details>/d'
  finds '"<details" as in 02-two/README.md:94, found "Terminal 1"' "$README:95"
}

@test "a picture's words may differ, but not its kind" {
  with_twin
  printf '```mermaid\nflowchart LR\n  a[one]\n```\n' >>02-two/README.md
  printf '```mermaid\nflowchart LR\n  a[一]\n```\n' >>"$README"
  tools/translated 02-two/README.md
  check --text "$README"
  assert_success
  plant 's/flowchart LR/flowchart TB/'
  finds '"flowchart LR" as in 02-two/README.md:'
}

@test "finds a place line that is not true, and says the right one in Chinese" {
  with_twin
  plant 's/`on_line()` 之前/`main()` 之前/'
  finds '"*新增，位于 `on_line()` 之前：*" above this excerpt'
}

@test "finds wrong figures in the ladder of the Chinese page" {
  sed '1i[English](README.md) | 简体中文\n
    s/step |/步骤 |/; s/new calls | lines | added/新增调用 | 行数 | 增删/' README.md >README.zh-CN.md
  sed -i '1iEnglish | [简体中文](README.zh-CN.md)\n' README.md
  tools/translated README.md
  README=README.zh-CN.md
  check --text "$README"
  assert_output ''
  plant 's/| 26 |/| 13 |/'
  finds '26 (lines), as 02-two/main.c has, found 13 (make fix)'
}

@test "finds a link to the English page where there is a Chinese one" {
  with_twin
  sed -i 's/^A text./&\n[Step 2](README.md#the-code)/' 02-two/README.md "$README"
  tools/translated 02-two/README.md
  LINE=$(number '^.Step 2')
  check --text "$README"
  assert_line --partial "$README:$LINE: expected README.zh-CN.md#代码 here, found README.md#the-code"
}

@test "finds a link to another place than the English one, and a missing link" {
  with_twin
  plant 's/(#代码)/(#思路)/'
  check --text "$README"
  assert_line --partial "$README:$LINE: expected #代码 or ../01-one/main.c here, found #思路"
  assert_line --partial "expected a link to #代码 in this section, found none"
}

@test "finds a figure of the bench that one of the twins does not have" {
  with_twin
  sed -i 's/^A text./<!--=us 0 epoll-->9<!--=--> µs./' 02-two/README.md
  tools/translated 02-two/README.md
  finds 'the figures =us 0 epoll here, found none' "$README:$(number '^### 练习')"
}
