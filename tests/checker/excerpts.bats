# What the check finds in excerpts and experiments: each test plants one error.
load fixture

@test "the texts that these tests start from are right" {
  check 02-two README.md
  assert_output ''
  assert_success
}

@test "finds a changed excerpt, and says what main.c has" {
  plant 's/^\tsleep(1000);/\tsleep(100);/'
  finds '"	sleep(1000);" as in 02-two/main.c:24, found "	sleep(100);"'
}

@test "finds an excerpt that is not in main.c at all" {
  plant 's/^#include.*/A sentence./'
  finds 'a line of 02-two/main.c'
}

@test "finds an excerpt that stands twice in main.c" {
  echo '#include <unistd.h>' >>02-two/main.c
  LINE=$(number '^#include')
  finds 'lines that stand once in 02-two/main.c, found them at lines 2, 27'
}

@test "finds a line that the step adds and the text does not quote" {
  plant '/^\tsleep/d'
  finds 'a c block in 02-two/README.md' 02-two/main.c:24
}

@test "finds a line that is quoted twice" {
  plant 's/^At last:/Once more:\n\n*In `main()`, after `while (getchar() != EOF) on_line(\&count)`:*\n```c\n\tsleep(1000);\n```\n&/'
  finds 'one c block in 02-two/README.md for this line, found 2' 02-two/main.c:24
}

@test "finds an excerpt without a place" {
  plant '/^\*At the top/d'
  finds '"*At the top:*" above this excerpt, found no line' "$README:$(number '^```c$')"
}

@test "finds a place in another function, and says the right one" {
  plant 's/^\*In `main()`, after/*In `on_line()`, after/'
  finds '"*In `main()`, after `setvbuf(stdout, NULL, _IOLBF, 0)`:*" above this excerpt, found "*In `on_line()`'
}

@test "a place within a struct says no more" {
  plant 's/^\*New, above `on_line()`.*/*In `struct count`:*/; /^\/\* What/d; /^struct/d; /^};/d'
  check --text "$README"
  refute_output --partial 'above this excerpt'
}

@test "a place is before the next statement where the one above is in a deeper block or stands twice" {
  with_place() { # CODE PLACE: main() has that code above sleep(1000)
    git checkout -q 02-two
    sed -i "s/^	sleep(1000);/$1&/" 02-two/main.c
    plant "/^	sleep(1000)/d; s/^At last:/One more.\n\n*In:*\n\`\`\`c\n	sleep(1000);\n\`\`\`\n\n&/"
    check --text "$README"
    assert_line --partial "expected \"*In \`main()\`, $2:*\" above"
  }
  git add -A
  with_place '' 'after `while (getchar() != EOF) on_line(&count)`'
  with_place '	if (count.lines) {\n\t\tcount.lines = 2;\n\t}\n' 'before `return 0`'
  with_place '	printf("ready\\n");\n' 'before `return 0`'
  with_place '	count.lines = snprintf(NULL, 0, "twenty characters");\n' 'after `count.lines = snprintf(…)`'
  with_place '	count.lines = snprintf(NULL, 0, "twenty characters");\n	count.lines = snprintf(text, 0, "twenty characters");\n' \
    'after `count.lines = snprintf(text, …)`'
}

@test "the end of the file is a place, and so is the whole of a function" {
  cat >>02-two/main.c <<<$'\nvoid more(void)\n{\n}'
  plant 's/^At last:/One more.\n\n*New, above the end of the file:*\n```c\nvoid more(void)\n{\n}\n```\n\n&/'
  check --text "$README"
  assert_success
  plant 's/above the end of the file/above `main()`/'
  finds '"*New, above the end of the file:*"'
  cp 02-two/main.c 01-one
  finds '"*The whole of `more()`:*"' "$README:$LINE" 3
}

@test "finds something that is not new" {
  sed -i 's/^int main/static void on_line(void)\n{\n}\n\n&/' 01-one/main.c
  LINE=$(number '^\*New, above `main()`')
  check --text "$README"
  assert_line --partial "$README:$LINE: expected \"*In \`on_line()\`, first:*\""
}

@test "finds two excerpts without a sentence between them" {
  plant '/^A function./d'
  finds 'a sentence between two excerpts' "$README:$(awk '/^```c$/ && ++n == 3 { print NR }' "$README")"
}

@test "finds a diff that no longer applies" {
  plant 's/^-\tsleep(1000)/-\tsleep(999)/'
  finds '"	sleep(1000);" as in 02-two/main.c:24, found "	sleep(999);"'
}

@test "a diff of several lines that no longer applies names the one that differs" {
  plant 's/^-\tsleep(1000);/ \twhile (getchar() != EOF)\n&/'
  LINE=$(number '^-.sleep')
  finds '"		on_line(&count); /* "each" is a line */" as in 02-two/main.c:23, found "	sleep(1000);"'
}

@test "finds a diff that applies at two places" {
  sed -i 's/^\tsleep(1000);/&\n&/' 02-two/main.c
  check --text "$README"
  assert_line "$README:$(number '^-.sleep'): expected the ' ' and '-' lines once in 02-two/main.c, found them at line 24 and line 25"
}

@test "finds a diff without a transcript of it" {
  plant 's/^\$ make break-2.1/$ make step-2/; s/`make break-2.1`/`make step-2`/; s/^steady/ready/'
  finds 'a transcript with `make break-2.1`' "$README:$(number '^```diff')"
}

@test "finds an experiment that does not ask before it edits" {
  plant 's/^What does it print?/What it prints:/'
  finds 'a question before this' "$README:$(number '^```diff')"
}

@test "finds an edit below what happens" {
  plant 's/^What does it print?/&\n<details><summary>What happens<\/summary>\n<\/details>\n/'
  finds 'the edit before what happens' "$README:$(number '^```diff')" 2
}
