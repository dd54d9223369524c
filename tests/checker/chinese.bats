# What the check finds in the words and marks of a Chinese page: each test plants one error.
load fixture

@test "finds a word that is not used in these texts, and says the right one" {
  with_twin
  plant 's/^\(先看.*\)输入/\1反调输入/'
  check --text "$README"
  assert_success
  plant 's/反调/回呼/'
  finds '"回调", found "回呼"'
  plant 's/回呼//'
  plant 's/^### 2.1 .*/### 2.1 换个伺服器/'
  finds '"服务器", found "伺服器"'
}

@test "such a word may stand in code" {
  with_twin
  plant 's/^很短：/`水印` 很短：/'
  check --text "$README"
  assert_success
}

@test "finds a word without its English name at its first use" {
  with_twin
  plant 's/^先是回调（callback），再是回调。/先是回调，再是回调（callback）。/'
  finds '"回调（callback）" where the page has it first, found "回调"'
}

@test "the English name may stand behind a bold word or a link, and a longer word is another one" {
  with_twin
  plant 's/^很短：/事件循环（event loop）、**事件**（event）、[水位](#代码)（watermark）。\n&/'
  check --text "$README"
  assert_success
}

@test "finds a line that ends between two Chinese characters, or where no space may stand" {
  with_twin
  for line in '很\n短' '很短（\n短）' '很短\n，短'; do
    plant "s/^先是回调（callback），再是回调。/先是回调（callback）$line/"
    finds 'a line that ends where a space may stand'
    mv before "$README"
  done
  plant 's/^先是回调（callback），再是回调。/先是回调（callback），\n再是\n`x` 和\nx/'
  check --text "$README"
  assert_success
}

@test "finds a line that ends between a full-width mark and a Latin word" {
  with_twin
  for line in '短，\nLatin' '短。\n**x** 短' 'x\n（短）'; do
    plant "s/^先是回调（callback），再是回调。/先是回调（callback）。$line/"
    finds 'a line that ends where a space may stand'
    mv before "$README"
  done
  plant 's/^先是回调（callback），再是回调。/先是回调（callback），\n**短**，\n`x` 短。/'
  check --text "$README"
  assert_success
}

@test "finds a comma in a number below 10000" {
  with_twin
  plant 's/^先是回调（callback），/1,024 短&/'
  finds 'no comma in a number below 10000'
  mv before "$README"
  plant 's/^先是回调（callback），/1024 和 19,800 和 1,000,000 短&/'
  check --text "$README"
  assert_success
}

@test "finds a half-width mark and a missing space beside code" {
  with_twin
  for line in '`a`,b' '短(a' '短 `a`: 短'; do
    plant "s/^先是回调（callback），/$line&/"
    finds 'a full-width mark'
    mv before "$README"
  done
  plant 's/^先是回调（callback），/短`a` 短&/'
  finds 'a space between Chinese and code, found "短`'
}

@test "finds stars that do not make a word bold" {
  with_twin
  plant 's/^先是回调（callback），/很**短（a）**很&/'
  check --text "$README"
  assert_line --partial "$README:$LINE: expected punctuation outside of what is bold"
}
