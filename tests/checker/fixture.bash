# A small repository with two steps, whose texts are right, and commands that plant one error in it
# and see that it is found.
# shellcheck disable=SC2154,SC2164 # bats sets lines, and ends a test whose cd fails
load ../helper

setup() {
  needs_markdown
  cd "$BATS_TEST_TMPDIR"
  git init -q
  mkdir -p tests/pages tools docs 01-one 02-two
  cp "$TOP"/tests/pages/{*.py,zh-words} tests/pages
  cp "$TOP"/tools/{hint,break,fix,translated} tools
  cp "$TOP"/.gitignore .

  cat >Makefile <<'END'
## make step-N       runs step N
step-1 step-2: step-%:
	@tools/hint $@ $(wildcard 0$*-*)/README.md $(PORT)
	@$(MAKE) -s -C $(wildcard 0$*-*) main
	@exec $(wildcard 0$*-*)/main
## make break-N.K    runs an experiment
break-%:
	@tools/break $*
	@$(MAKE) -s -C build/break-$* main
	@exec build/break-$*/main
## make fix          writes docs/calls.md
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

/* What we count. */
struct count {
	int lines;
};

/* Says that a line has come. */
static void on_line(struct count *count)
{
	count->lines++;
	printf("a line\n");
}

int main(void)
{
	struct count count = {0};

	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("ready\n");
	while (getchar() != EOF)
		on_line(&count); /* "each" is a line */
	sleep(1000);
	return 0;
}
END

  cat >02-two/README.md <<'END'
# Step 2
## The idea
After [step 1](../01-one/main.c), type something. The [code](#the-code) is
short: `make step-2`.
## Run it
**Terminal 1** (the server):
```console
$ make step-2
In a second terminal: echo 10000 "$PORT"
ready
hello⏎
```
**Terminal 2** (a client):
```console
$ echo 10000 "$PORT"
10000 10000
$ printf 'a  b\nc\nd\n'
a b
…
$ true
```
**Terminal 1** (the server):
```console
a line
^C
…
```
## The code
*At the top:*
```c
#include <unistd.h>
```
A struct.

*New, above `on_line()`:*
```c
/* What we count. */
struct count {
	int lines;
};
```
A function.

*New, above `main()`:*
```c
/* Says that a line has come. */
static void on_line(struct count *count)
{
```
And what it does.

*In `on_line()`, first:*
```c
	count->lines++;
	printf("a line\n");
```
In main:

*In `main()`, first:*
```c
	struct count count = {0};
```
At last:

*In `main()`, after `setvbuf(stdout, NULL, _IOLBF, 0)`:*
```c
	printf("ready\n");
	while (getchar() != EOF)
		on_line(&count); /* "each" is a line */
	sleep(1000);
```
## Look underneath
<!-- only: libevent 1.0 to 99 -->
**Terminal 1**:
```console
$ date +'the year %Y and %-N ns'
the year 2026 and 123 ns
```
<!-- 2026: more than 2020 -->
<!-- 123: 0 to 999999999 -->
## Break it
### 2.1 Another word
What does it print?
```diff
-	printf("ready\n");
+	printf("steady\n");
@@
-	sleep(1000);
```
Run it: `make break-2.1`. Then open the fold.

<details><summary>What happens</summary>

**Terminal 1** (the server):
```console
$ make break-2.1
…
steady
^D
$ cat 02-two/main.c | grep -c ready; git diff --stat; git log --format=%s
1
as in the book
```

</details>

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
| [02](02-two/) | two | `getchar()` `sleep` | 26 | +19/-0 |
END
  README=02-two/README.md
}

# with_twin: the text has a Chinese twin, which is right. README is the twin.
with_twin() {
  sed 's/^# Step 2/# 第 2 步/; s/^## The idea/## 思路/; s/^## Run it/## 跑起来/; s/^## The code/## 代码/
    s/^## Look underneath/## 看看底层/; s/^## Break it/## 改坏试试/; s/^## Exercises/## 练习/; s/^## Next/## 下一步/
    s/^### 2.1 .*/### 2.1 换个词/; s/^### Exercise 2.1: .*/### 练习 2.1：还有/
    s/^\*\*Terminal \(.\)\*\*.*/**终端 \1**（某处）：/; s/^\*At the top:/*文件开头：/
    s/^\*New, above \(.*\):\*/*新增，位于 \1 之前：*/; s/^\*In `main()`, first.*/*在 `main()` 中，最前面：*/
    s/^\*In `on_line()`, first:/*在 `on_line()` 中，最前面：/; s/^\*In `main()`, after \(.*\):\*/*在 `main()` 中，\1 之后：*/
    s/^After.*/先看 [第 1 步](..\/01-one\/main.c)，再输入点什么。[代码](#代码)/; s/^short: /很短：/
    s/^A struct\./先是回调（callback），再是回调。/; s/^What does it print?/它打印什么？/
    1i[English](README.md) | 简体中文\n' 02-two/README.md >02-two/README.zh-CN.md
  sed -i '1iEnglish | [简体中文](README.zh-CN.md)\n' 02-two/README.md
  tools/translated 02-two/README.md
  README=02-two/README.zh-CN.md
}

# check ARGUMENT…: the check, as `run` has it
check() {
  run tests/pages/check.py "$@"
}

# plant SED-COMMAND: changes the text. LINE is the first line that differs.
plant() {
  cp "$README" before
  sed -i "$1" "$README"
  LINE=$(diff before "$README" | sed -n '1s/.*[acd]\([0-9]*\).*/\1/p')
  assert [ "$LINE" ]
}

# finds MESSAGE [FILE:LINE [COUNT]]: the check of the text fails with that message there, else where
# the text was changed, and nowhere else.
finds() {
  check --text "$README"
  assert_failure 1
  assert_equal "${#lines[@]}" "${3:-1}"
  assert_output --partial "${2:-$README:$LINE}: expected $1"
}

# finds_in SECTION MESSAGE [FILE:LINE]: the same, for the run of a section's transcripts
finds_in() {
  check "$README" --only "$1"
  assert_failure 1
  assert_equal "${#lines[@]}" 1
  assert_output --partial "${3:-$README:$LINE}: expected $2"
}

# number PATTERN: of the text's first such line
number() {
  grep -n -m 1 -e "$1" "$README" | cut -d : -f 1
}
