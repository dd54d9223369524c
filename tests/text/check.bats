# What tests/readme.py finds: each test plants one error in a small repository with two steps.
load helper

setup() {
  cd "$BATS_TEST_TMPDIR"
  git init -q
  mkdir tests 01-one 02-two
  cp "$TOP"/tests/readme*.py tests
  cp "$TOP"/.gitignore .

  cat >Makefile <<'END'
## make step-N       runs step N
step-1 step-2: step-%:
	@$(MAKE) -s -C $(wildcard 0$*-*) main
	@exec $(wildcard 0$*-*)/main
## make break-N.K    runs an experiment
break-%:
	@tests/readme.py break $*
	@$(MAKE) -s -C build/break-$* main
	@exec build/break-$*/main
help:
	@sed -n 's/^## //p' Makefile
END
  tee 01-one/Makefile >02-two/Makefile <<'END'
main: main.c
	$(CC) -o main main.c
END

  cat >01-one/main.c <<'END'
#include <stdio.h>

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	return 0;
}
END
  cat >02-two/main.c <<'END'
#include <stdio.h>
#include <unistd.h>

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("ready\n");
	while (getchar() != EOF)
		printf("a line\n");
	sleep(1000);
	return 0;
}
END

  cat >02-two/README.md <<'END'
# Step 2
## The idea
After [step 1](../01-one/main.c), type something. The [code](#the-code) is short: `make step-2`.
## Run it
```console server
$ make step-2
ready
hello⏎
```
```console
$ echo 10000 "$PORT"
10000 10000
$ printf 'a  b\nc\nd\n'
a b
…
```
```console server
a line
^C
…
```
## The code
```c
#include <unistd.h>
```
```c
	printf("ready\n");
	while (getchar() != EOF)
		printf("a line\n");
	sleep(1000);
```
## Look underneath
## Break it
### 2.1 Another word
```diff
-	printf("ready\n");
+	printf("steady\n");
@@
-	sleep(1000);
```
```console server
$ make break-2.1
…
steady
^D
$ cat 02-two/main.c | grep -c ready; git diff --stat; git log --format=%s
1
as in the book
```
## Then and now
## Exercises
### Exercise 2.1: more
A text.
## Next
END

  cat >README.md <<'END'
# The steps
| step | concept | new calls | lines | added |
|---|---|---|---|---|
| [01](01-one/) | one | `setvbuf` | 7 | +7/-0 |
| [02](02-two/) | two | `getchar()` `sleep` | 12 | +5/-0 |
END
  README=02-two/README.md
}

# plant SED-COMMAND: changes the README. LINE is the first line that differs.
plant() {
  cp "$README" before
  sed -i "$1" "$README"
  LINE=$(diff before "$README" | sed -n '1s/.*[acd]\([0-9]*\).*/\1/p')
  assert [ "$LINE" ]
}

# finds MESSAGE [FILE:LINE]: the check of the text fails with that message there, else where the
# text was changed, and nowhere else.
finds() {
  run tests/readme.py check --text "$README"
  assert_failure 1
  assert_equal "${#lines[@]}" 1
  assert_output --partial "${2:-$README:$LINE}: expected $1"
}

# finds_in SECTION MESSAGE [FILE:LINE]: the same, for a section's transcripts
finds_in() {
  run tests/readme.py check "$README" --only "$1"
  assert_failure 1
  assert_equal "${#lines[@]}" 1
  assert_output --partial "${3:-$README:$LINE}: expected $2"
}

# number PATTERN: of the README's line
number() {
  grep -n -m 1 "$1" "$README" | cut -d : -f 1
}

@test "the READMEs that this file starts from are right" {
  run tests/readme.py check 02-two README.md
  assert_output ''
  assert_success
}

@test "nothing stays: no process, no file, no change in the reader's folder" {
  plant "s/^hello⏎/&\n^C\n\$ nohup sleep 4444.$$ \&\n[1] …\nnohup: …/; s/^a line/&\n^C/; /^a line/,/^…/d"
  export TMPDIR=$BATS_TEST_TMPDIR/tmp
  mkdir "$TMPDIR"
  git add -A
  run tests/readme.py check 02-two --only 'Run it'
  assert_failure
  run ! pgrep -f "sleep 4444.$$"
  run ls -A "$TMPDIR"
  assert_output ''
  run git status --short --untracked-files
  refute_line --regexp '^(.M|\?\?)'
}

@test "finds a changed excerpt, and says what main.c has" {
  plant 's/^\tsleep(1000);/\tsleep(100);/'
  finds '"	sleep(1000);" as in 02-two/main.c:10, found "	sleep(100);"'
}

@test "finds an excerpt that is not in main.c at all" {
  plant 's/^#include.*/#include <fcntl.h>/'
  finds 'a line of 02-two/main.c'
}

@test "finds an excerpt that stands twice in main.c" {
  echo '#include <unistd.h>' >>02-two/main.c
  LINE=$(number '^#include')
  finds 'lines that stand once in 02-two/main.c, found them at lines 2, 13'
}

@test "finds a line that the step adds and the text does not quote" {
  plant '/^\tsleep/d'
  sed -i 's/^-\tsleep/-\t&/; s/^-\t-\t/-\t/' "$README"
  finds 'a c block in 02-two/README.md' 02-two/main.c:10
}

@test "finds a wrong line of output" {
  plant 's/^a b/a c/'
  finds_in 'Run it' '"a c", found "a  b"'
}

@test "finds a line of output that is missing in the middle" {
  plant 's/^a b/&\nd/'
  LINE=$(number '^d$')
  finds_in 'Run it' '"d", found "c"'
}

@test "finds output that the text does not show" {
  plant '0,/^…/{/^…/d}'
  finds_in 'Run it' 'nothing more after "a b", found "c"' "$README:$(number '^a b')"
}

@test "finds a line that does not come" {
  plant 's/^ready/&\nsteady/'
  export LINE_DEADLINE=2
  finds_in 'Run it' '"steady", found no more output in 2 seconds'
}

@test "finds a line that another terminal's program does not print" {
  plant 's/^a line/two lines/'
  finds_in 'Run it' '"two lines", found "a line"'
}

@test "finds a command that is typed while a program runs" {
  plant 's/^hello⏎/$ echo hello/'
  sed -i '/^a line/d' "$README"
  export LINE_DEADLINE=2
  finds_in 'Run it' 'a prompt to type "$ echo hello" at, found that "$ make step-2" still runs'
}

@test "finds a Ctrl-C for a program that has ended" {
  plant 's/^a b/^C/'
  finds_in 'Run it' 'a running program'
}

@test "finds a diff that no longer applies" {
  plant 's/^-\tsleep(1000)/-\tsleep(999)/'
  run tests/readme.py check --text "$README"
  assert_line "$README:$LINE: expected the ' ' and '-' lines once in 02-two/main.c, found them nowhere"
}

@test "finds a diff that applies at two places" {
  sed -i 's/^\tsleep(1000);/&\n&/' 02-two/main.c
  run tests/readme.py check --text "$README"
  assert_line "$README:$(number '^-.sleep'): expected the ' ' and '-' lines once in 02-two/main.c, found them at line 10 and line 11"
}

@test "finds an outcome that the experiment does not have" {
  plant 's/^steady/&\nunsteady/; s/^^D/^C\n…/; /^\$ cat/,/^as in/d'
  export LINE_DEADLINE=2
  finds_in 2.1 '"unsteady", found no more output in 2 seconds'
}

@test "finds a diff without a transcript of it" {
  plant 's/^\$ make break-2.1/$ make step-2/; s/^steady/ready/'
  finds 'a transcript with `make break-2.1`' "$README:$(number '^```diff')"
}

@test "finds an experiment without a transcript" {
  plant 's/^## Then/### 2.2 More: a thought\nNothing to run.\n&/'
  finds 'a transcript in this experiment'
}

@test "finds an experiment with a wrong number" {
  plant 's/^### 2.1/### 2.2/; s/break-2.1/break-2.2/'
  finds '"### 2.1 Title", found "### 2.2 Another word"'
}

@test "finds a missing section" {
  plant '/^## Look underneath/d'
  finds 'a section "## Look underneath" after this' "$README:$(number '^## The code')"
}

@test "finds sections in another order" {
  plant 's/^## Run it/## The first/; s/^## The code/## Run it/; s/^## The first/## The code/'
  finds '"## Run it" here, found "## The code"'
}

@test "finds a dead link" {
  plant 's/main.c)/main.cc)/'
  finds 'a link to a file that exists, found ../01-one/main.cc'
}

@test "finds a dead link to a heading" {
  plant 's/#the-code/#the-coda/'
  finds 'a link to a heading, such as #the-code, found #the-coda'
}

@test "finds a make target that does not exist" {
  plant 's/`make step-2`/`make step-3`/'
  finds 'a target of make, found `make step-3`'
  plant 's/`make step-3`/`make fly`/'
  finds 'a target of make, found `make fly`'
}

@test "finds a block that nothing checks" {
  plant '0,/^```c$/s//```text/'
  run tests/readme.py check --text "$README"
  assert_line --partial "$README:$LINE: expected \`\`\`c, \`\`\`diff, "
}

@test "finds a block that HTML swallows" {
  plant '0,/^```c$/s//<details>\n&/'
  run tests/readme.py check --text "$README"
  assert_line --partial "$README:$LINE: expected an empty line between HTML and"
}

@test "finds too many words" {
  plant "s/^A text.*//; s/^## Run it/$(printf 'word %.0s' {1..1200})\n\n&/"
  finds 'at most 1200 words, found 12' "$README:1"
}

@test "finds wrong numbers and calls in the ladder" {
  README=README.md
  plant 's/| 12 |/| 13 |/'
  finds '12 lines, as 02-two/main.c has, found 13'
  plant 's/| 13 | +5/| 12 | +6/'
  finds '+5/-0, as make diff-2 has it, found +6/-0'
  plant 's/+6/+5/; s/`sleep`/`usleep`/'
  finds 'a call that 02-two/main.c makes, found `usleep`'
  plant 's/`usleep`/`printf` `setvbuf`/'
  finds 'a call that is new in step 2, found `setvbuf`'
  plant '/^| \[02/d'
  finds 'a ladder of 2 rows, found 1' README.md:1
}

@test "skips strace with a message where it may not run" {
  plant 's/^\$ echo 10000.*/$ strace echo/'
  mkdir bin
  printf '#!/bin/sh\nexit 1\n' >bin/strace
  chmod +x bin/strace
  PATH=$PWD/bin:$PATH run tests/readme.py check 02-two
  assert_success
  assert_output "$README:$(number '^## Run it'): skipped, strace may not run here"
}

@test "one section can be checked alone" {
  plant 's/^a b/a c/; s/^1$/2/'
  LINE=$(number '^2$')
  finds_in 2.1 '"2", found "1"'
}

@test "make break-N.K names the experiments where there is no such one" {
  run tests/readme.py break 2.9
  assert_failure
  assert_output 'make break-2.9: no such experiment; there are 2.1'
  run make -C "$TOP" break-9.1
  assert_failure
  assert_output --partial 'make break-9.1: no such experiment; they are called N.K'
}
