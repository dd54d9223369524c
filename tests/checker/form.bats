# What the check finds in the form of a page, its links, and the index: each test plants one error.
load fixture

@test "finds an experiment without a transcript" {
  plant 's/^## Exercises/### 2.2 More: a thought\nNothing to run.\n&/'
  finds 'a transcript in this experiment'
}

@test "finds an experiment whose first command in terminal 1 stands in the fold alone" {
  heading=$README:$(number '^### 2.1')
  plant 's/^Run it: `make break-2.1`/Guess/'
  finds '`make break-2.1` before the fold' "$heading"
  plant 's/^<details>.*/&\n\nRun it: `make break-2.1`./'
  finds '`make break-2.1` before the fold' "$heading"
}

@test "finds an experiment that tells less than the whole first command of terminal 1" {
  plant 's/^\$ make break-2.1/& | cat/; s/^<details>.*/&\n\n**Terminal 2**:\n```console\n$ true\n```/'
  finds '`make break-2.1 | cat` before the fold' "$README:$(number '^### 2.1')"
  plant 's/`make break-2.1`/`make break-2.1 | cat`/'
  check --text "$README"
  assert_success
}

@test "finds an experiment with a wrong number" {
  plant 's/^### 2.1/### 2.2/; s/break-2.1/break-2.2/'
  finds '"### 2.1 Title", found "### 2.2 Another word"'
}

@test "finds a missing section" {
  plant '/^## Look underneath/,/^## Break/{/^## Break/!d}'
  finds 'a section "## Look underneath" after this' "$README:$(number '^## The code')"
}

@test "finds sections in another order" {
  plant 's/^## Run it/## The first/; s/^## The code/## Run it/; s/^## The first/## The code/'
  finds '"## Run it" here, found "## The code"'
}

@test "finds a section that is not one of them" {
  plant 's/^## Next/## Then and now\n&/'
  finds 'one of the sections The idea, Run it'
}

@test "finds a line of 81 columns, in the middle of a paragraph too" {
  plant "s/^A text./A\n$(printf '%080d' 0)\nline/"
  check --text "$README"
  assert_success
  plant 's/^0000/&0/'
  finds 'at most 80 columns, found 81'
}

@test "a Chinese character has two columns" {
  plant "s/^A text./$(printf '字%.0s' {1..41})/"
  finds 'at most 80 columns, found 82'
}

@test "tables, code, headings, comments and a link alone may be wider" {
  long=$(printf '%090d' 0)
  plant "s/^A text./| a | b |\n|---|---|\n| $long | b |\n\n#### $long\n<!-- $long -->\n\n- [$long](..\/README.md).\n\n\`\`\`text\n$long\n\`\`\`/"
  check --text "$README"
  assert_success
}

@test "finds a block that nothing checks" {
  plant '0,/^```c$/s//```text/'
  check --text "$README"
  assert_line --partial "$README:$LINE: expected \`\`\`c, \`\`\`diff, "
}

@test "finds a block that HTML swallows" {
  plant '0,/^```c$/s//<details>\n&/'
  check --text "$README"
  assert_line --partial "$README:$LINE: expected an empty line between HTML and"
}

@test "finds too many words" {
  plant "s/^A text.*//; s/^## Run it/$(printf 'word\\n%.0s' {1..1700})\n\n&/"
  finds 'at most 1700 words, found 17' "$README:1"
}

@test "finds a dead link, on its line of a paragraph" {
  plant 's/^A text./A\n[text](nowhere.md)./'
  finds 'a link to a file that exists, found nowhere.md' "$README:$((LINE + 1))"
}

@test "finds a dead link to a heading" {
  plant 's/#the-code/#the-coda/'
  finds 'a link to a heading, such as #the-code, found #the-coda'
}

@test "finds a heading as GitHub names it: without marks, counted when it stands twice, in any script" {
  plant 's/^A text./#### `A_b`, c!\n#### A_b c\n#### 事件循环（loop）\n[1](#a_b-c) [2](#a_b-c-1) [3](#事件循环loop)/'
  check --text "$README"
  assert_success
  plant 's/(#a_b-c-1)/(#a_b-c-2)/'
  finds 'a link to a heading'
}

@test "finds a question that nothing shows" {
  mkdir docs/questions
  README=docs/questions/README.md
  printf '# Questions\n## A theme\n### Why?\nSee:\n- [it](../../02-two/main.c)\n- [it](../../02-two/README.md#exercise-21-more)\n' >"$README"
  check --text "$README"
  assert_success
  plant '/main.c/d'
  check --text "$README"
  assert_success
  plant 's/#exercise-21-more/#the-code/'
  finds 'a transcript, or a link to what shows this' "$README:3"
  plant 's/#the-code/#run-it/' # a transcript is there
  check --text "$README"
  assert_success
}

@test "finds a make target that does not exist" {
  plant 's/`make step-2`/`make step-3`/'
  check --text "$README"
  assert_output --partial 'expected a target of make, found `make step-3`'
  plant 's/`make step-3`/`make step-2 | fly`, `make fly | less`/'
  check --text "$README"
  refute_output --partial 'step-2'
  assert_output --partial 'expected a target of make, found `make fly`'
}

@test "finds wrong numbers and calls in the ladder" {
  README=README.md
  plant 's/| 26 |/| 13 |/'
  finds '26 (lines), as 02-two/main.c has, found 13 (make fix)'
  plant 's/| 13 | +19/| 26 | +6/'
  finds '+19/-0 (added), as 02-two/main.c has, found +6/-0 (make fix)'
  plant 's/+6/+19/; s/`sleep`/`usleep`/'
  finds 'a call that 02-two/main.c makes, found `usleep`'
  plant 's/`usleep`/`printf` `setvbuf`/'
  finds 'a call that is new in step 2, found `setvbuf`'
  plant '/^| \[02/d'
  finds 'a ladder of 2 rows, found 1' README.md:2
}

# with_index: the text shows one call, mentions another one and a type, and has an index.
with_index() {
  sed -i 's/printf("a line\\n")/event_add(count)/' 02-two/main.c "$README"
  plant 's/^A text./`event_del()` takes a `struct event`, not an `event_base`./'
  touch docs/{glossary,calls}{,.zh-CN}.md
  tools/fix
}

@test "the index leads to the excerpt of a call, or to where the text has it" {
  with_index
  run grep event_ docs/calls.md
  assert_output '| `event_add()` | [Step 2: The code](../02-two/README.md#the-code) |
| `event_del()` | [Exercise 2.1: more](../02-two/README.md#exercise-21-more) |'
  check docs/calls.md
  assert_success
}

@test "the index has libevent's other calls, too, and no types" {
  plant 's/^A text./An `evutil_socket_t`, `evthread_use_pthreads()`, `evconnlistener_set_error_cb(…)`./'
  touch docs/{glossary,calls}{,.zh-CN}.md
  tools/fix
  run grep -o '^| `[^`]*`' docs/calls.md
  assert_output '| `evconnlistener_set_error_cb()`
| `evthread_use_pthreads()`'
}

@test "the Chinese index leads to the Chinese sections" {
  with_twin
  README=02-two/README.md
  with_index
  run grep event_ docs/calls.zh-CN.md
  assert_output '| `event_add()` | [第 2 步：代码](../02-two/README.zh-CN.md#代码) |
| `event_del()` | [练习 2.1：还有](../02-two/README.zh-CN.md#练习-21还有) |'
  check docs/calls.zh-CN.md
  assert_success
  README=docs/calls.zh-CN.md
  plant 's/：代码/：思路/'
  finds '"| `event_add()` | [第 2 步：代码](../02-two/README.zh-CN.md#代码) |"' docs/calls.zh-CN.md:$LINE
}

@test "finds a call that is missing in the index" {
  with_index
  README=docs/calls.md
  plant '/event_add/d'
  finds '"| `event_add()` | [Step 2: The code](../02-two/README.md#the-code) |"' docs/calls.md:$((LINE + 1))
}

@test "finds an index that leads to where a call no longer is" {
  with_index
  sed -i 's/`event_del()` takes/It takes/' "$README"
  README=docs/calls.md
  finds 'the end' "docs/calls.md:$(number event_del)"
}

@test "finds a call of a program that no text has" {
  with_index
  sed -i 's/^	sleep(1000);/	event_free(NULL);/' 02-two/main.c
  README=docs/calls.md
  finds 'the call event_free, which a program makes, found no text that shows it' docs/calls.md:1
}

@test "an unknown page is an error" {
  check nowhere.md
  assert_failure 2
  assert_output --partial 'nowhere.md: No such file'
}
