# What make fix writes: each test makes something drift from what it is taken from.
load fixture

# mends [PAGE…]: make fix makes those pages true, and shows what it wrote.
mends() {
  run tools/fix
  assert_success
  assert_line --partial '+++ b/'
  check --text "${@:-$README}"
  assert_output ''
}

@test "make fix changes nothing where all is true" {
  with_twin
  run tools/fix
  assert_output ''
}

@test "make fix shows what it has written as a diff" {
  plant 's/^\tsleep(1000);/\tsleep(100);/'
  run tools/fix
  assert_output "--- a/$README
+++ b/$README
@@ -$((LINE - 3)),7 +$((LINE - 3)),7 @@
$(sed -n "$((LINE - 3)),$((LINE - 1))s/^/ /p" "$README")
-	sleep(100);
+	sleep(1000);
$(sed -n "$((LINE + 1)),$((LINE + 3))s/^/ /p" "$README")"
}

@test "an excerpt follows a comment, and lines that come in between or go" {
  sed -i 's/What we count/All that we count/; /^	while/d
    s/^	sleep/	printf("steady\\n");\n&/' 02-two/main.c
  mends
}

@test "an excerpt of another file follows it" {
  printf 'one\ntwo and a half\nthree\n' >other.c
  plant 's/^A text./```c other.c\none\ntwo\nthree\n```/'
  mends
}

@test "an excerpt that is nowhere stays, for a person to mend" {
  plant 's/^#include <unistd.h>/A sentence./'
  run tools/fix
  assert_output ''
}

@test "a place line follows the program, in both languages" {
  with_twin
  sed -i 's/setvbuf(stdout, NULL, _IOLBF, 0);/setlinebuf(stdout);/; s/on_line/on_text/' 0?-*/main.c
  mends 02-two/README.md "$README"
  grep 'In `main()`, after `setlinebuf(stdout)`' 02-two/README.md
  grep '在 `on_text()` 中，最前面' "$README"
}

@test "a place line that is missing is written" {
  plant '/^\*At the top/d'
  mends
}

@test "the Chinese page's blocks and bounds are copied from the English one" {
  with_twin
  plant 's/^a b/a c/; s/steady/Steady/; s/more than 2020/more than 2021/'
  mends
}

@test "the Chinese page's block follows the program with the English one" {
  with_twin
  sed -i 's/What we count/All that we count/' 02-two/main.c
  mends 02-two/README.md "$README"
}

@test "where a Chinese section lacks a block, its others stay, for a person to mend" {
  with_twin
  plant '/^```diff/,/^```/d'
  check --text "$README"
  refute_output --partial 'make fix'
  run tools/fix
  assert_output ''
}

@test "the ladder has its figures, in both languages" {
  README=README.md
  plant 's/| 26 |/| 13 |/; s/+7/+6/'
  mends
}

@test "the index has each call where it is first shown" {
  sed -i 's/printf("a line\\n")/event_add(count)/' 02-two/main.c "$README"
  touch docs/{glossary,calls}{,.zh-CN}.md
  mends docs/calls.md
}
