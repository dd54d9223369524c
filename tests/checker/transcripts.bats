# What the check finds when it runs the transcripts: each test plants one error.
load fixture

@test "nothing stays: no process, no file, no change in the reader's folder" {
  plant "s/^hello⏎/&\n^C\n\$ nohup sleep 4444.$$ \&\n[1] …\nnohup: …/; s/^a line/&\n^C/; /^a line/,/^…/d"
  export TMPDIR=$BATS_TEST_TMPDIR/tmp
  mkdir "$TMPDIR"
  git add -A
  check 02-two --only 'Run it'
  assert_failure
  eventually gone "sleep 4444.$$"
  run ls -A "$TMPDIR"
  assert_output ''
  run git status --short --untracked-files
  refute_line --regexp '^(.M|\?\?)'
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

@test "finds output of a command that should print nothing" {
  plant 's/^\$ true/$ echo something/'
  finds_in 'Run it' 'nothing of "$ echo something", found "something"'
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

@test "finds a transcript without a caption" {
  plant '/^\*\*Terminal 2/d'
  finds 'a line "**Terminal 1** (the server):" above this' "$README:$(number '^\$ echo 10000' | awk '{ print $1 - 1 }')"
}

@test "finds a caption of another form" {
  plant 's/^\*\*Terminal 2\*\*.*/Terminal 2:/'
  finds 'a line "**Terminal 1** (the server):" above this' "$README:$((LINE + 1))"
}

@test "finds a caption that is not directly above" {
  plant 's/^\*\*Terminal 2\*\*.*/&\n\nSome words.\n/'
  finds 'a line "**Terminal 1** (the server):" above this' "$README:$((LINE + 3))"
}

@test "finds a caption that names the wrong terminal" {
  plant '/^\$ true/,/^a line/s/^\*\*Terminal 1/**Terminal 2/'
  finds_in 'Run it' '"a line", found the end of the command' "$README:$(number '^a line')"
}

@test "finds a fence that names a terminal" {
  plant '0,/^```console/s//& server/'
  finds '```console alone, found ```console server'
}

@test "finds a number outside its bound" {
  plant 's/more than 2020/more than 2019.5/'
  check "$README" --only 'Look underneath'
  assert_success
  plant 's/more than 2019.5/less than 2020/; s/2026/2019/'
  finds_in 'Look underneath' '"the year 2019 and 123 ns (2019: less than 2020, 123: 0 to 999999999)", found "the year 2' "$README:$(number '^the year')"
}

@test "finds a shown number that its own bound excludes" {
  plant 's/more than 2020/more than 2026/'
  finds '2026 to be more than 2026, found that it is not'
  plant 's/more than 2026/1 to 5/'
  finds '2026 to be 1 to 5, found that it is not'
}

@test "finds a bound that no output uses" {
  plant 's/<!-- 2026/<!-- 2027/'
  finds '2027 in an output of this section, found none'
}

@test "finds a bound that can't be read" {
  plant 's/more than 2020/many/'
  finds '"N: more than A", "N: less than A" or "N: A to B", found "2026: many"'
}

@test "a number's bound holds in its section alone" {
  plant '/^<!-- 2026/d; s/^## Look/<!-- 2026: more than 2020 -->\n&/'
  check --text "$README"
  assert_line --partial "$README:$LINE: expected 2026 in an output of this section"
}

@test "skips a section for another libevent with a message" {
  plant 's/1.0 to 99/1.4/; s/^the year/no year/'
  check "$README" --only 'Look underneath'
  assert_success
  assert_output --regexp "^$README:$((LINE - 1)): .*: skipped, only: libevent 1.4, and this is [0-9.]+"
  plant 's/libevent 1.4/libevent 1.4 to 1.9/'
  check "$README" --only 'Look underneath'
  assert_output --partial skipped
  plant 's/libevent 1.4 to 1.9/libevent 2/'
  finds_in 'Look underneath' '"no year' "$README:$(number '^no year')"
}

@test "finds a condition that nobody understands" {
  plant 's/only: libevent.*/only: sometimes -->/'
  finds '"only: libevent 2.1" or'
}

@test "skips strace with a message where it may not run" {
  plant 's/^\$ echo 10000.*/$ strace echo/'
  mkdir bin
  printf '#!/bin/sh\nexit 1\n' >bin/strace
  chmod +x bin/strace
  PATH=$PWD/bin:$PATH check 02-two
  assert_success
  assert_output "$README:$(number '^## Run it'): the transcripts of 'Run it' come true: skipped, strace may not run here"
}

@test "tests/run has a test for each section with transcripts, and one for the rest of a page" {
  cp "$TOP"/tests/{run,bats} tests
  plant 's/^steady/ready/'
  run tests/run "$README"
  assert_failure 1
  assert_line "ok 1 $README: its excerpts, edits, figures and links are true"
  assert_line "ok 3 $README:$(number '^## Look'): the transcripts of 'Look underneath' come true"
  assert_line "not ok 4 $README:$(number '^### 2.1'): the transcripts of '2.1 Another word' come true"
  assert_line --partial "# $README:$LINE: expected \"ready\""
  assert_line '3 passed, 1 failed, 0 skipped'
}

@test "without the parser of Markdown, tests/run skips a page and says why" {
  cp "$TOP"/tests/{run,bats} tests
  echo 'raise ImportError' >markdown_it.py
  run tests/run "$README"
  assert_line "ok 1 $README is true # skip python3-markdown-it is missing: run 'make deps-test'"
  assert_line '0 passed, 0 failed, 1 skipped'
}

@test "what make says at times after a Ctrl-C need not be in the text" {
  plant "s/^. true/$ seq 8; echo 'make: *** wait: No child processes.  Stop.'\n…\n8/"
  check "$README" --only 'Run it'
  assert_success
  assert_output ''
}

@test "what newer versions of nc -z say is not missed in the text, nor in the way" {
  plant "s|^\\\$ true|\$ echo 'Connection to 127.0.0.1 10000 port [tcp/*] succeeded!' >\\&2|"
  check "$README" --only 'Run it'
  assert_success
  assert_output ''
  plant 's|^\$ echo .Conn.*|&\nConnection to 127.0.0.1 10000 port … succeeded!|'
  check "$README" --only 'Run it'
  assert_success
}

@test "one section can be checked alone" {
  plant 's/^a b/a c/; s/^1$/2/'
  LINE=$(number '^2$')
  finds_in 2.1 '"2", found "1"'
}

@test "finds an outcome that the experiment does not have" {
  plant 's/^steady/&\nunsteady/; s/^^D/^C\n…/; /^\$ cat/,/^as in/d'
  export LINE_DEADLINE=2
  finds_in 2.1 '"unsteady", found no more output in 2 seconds'
}
