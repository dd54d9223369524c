load ../helper

# What the Makefile promises. Tests that change files work in a copy, $COPY.
copy() {
  COPY=$BATS_TEST_TMPDIR/copy
  mkdir "$COPY"
  cp -r "$TOP"/{Makefile,deps.sh,tools,0?-*} "$COPY"
  cd "$COPY"
  make -s clean
}

# What a test left running, with all that it has started.
teardown() {
  [ -z "$GROUP" ] || kill -KILL -- "-$GROUP" 2>/dev/null || true
}

# copy, as a repository with one commit
clone() {
  copy
  cp "$TOP/.gitattributes" .
  git init -q
  git add .
  git -c user.name=test -c user.email=test@localhost commit -q -m all
}

# fake NAME SCRIPT: a command of that name comes first in PATH.
fake() {
  mkdir -p "$BATS_TEST_TMPDIR/bin"
  printf '#!/bin/sh\n%s\n' "$2" >"$BATS_TEST_TMPDIR/bin/$1"
  chmod +x "$BATS_TEST_TMPDIR/bin/$1"
  PATH=$BATS_TEST_TMPDIR/bin:$PATH
}

@test "make builds every step, without a warning" {
  copy
  run --separate-stderr make -j4
  assert_success
  assert_equal "$stderr" ''
  assert_equal "$(ls 0?-*/main)" "$(steps | sed 's,$,/main,')"
}

@test "make builds nothing again when nothing has changed" {
  copy
  make -s
  run make
  refute_output --partial main.c
}

@test "a folder that is copied out builds alone" {
  for step in $(steps); do
    cp -r "$TOP/$step" "$BATS_TEST_TMPDIR"
    folder=$BATS_TEST_TMPDIR/$step
    make -s -C "$folder" clean
    make -s -C "$folder"
    assert [ -x "$folder/main" ]
  done
}

@test "CC and CFLAGS can be chosen" {
  copy
  run make CC='gcc -DCHOSEN' CFLAGS='-O1' 01-event-init/main
  assert_success
  assert_output --partial 'gcc -DCHOSEN'
  assert_output --partial ' -O1 '
  refute_output --partial ' -O2'
}

@test "a step without a number that exists is an error that names those that do" {
  cd "$TOP"
  numbers=$(steps | sed 's/^0\(.\).*/\1/' | xargs)
  for target in step-9 step-0 step-x step-3.1 trace-9 test-9 diff-9 diff-x carry-9; do
    run make "$target"
    assert_failure
    assert_output --partial "make $target: no such step; there are $numbers"
  done
}

@test "a folder with the next number is a step: make builds, runs, traces, compares, tests and names it" {
  copy
  last=$(steps | tail -n 1)
  number=$(($(steps | wc -l) + 1))
  cp -r "$last" "0$number-copy"
  echo >>"0$number-copy/main.c"
  run make -n -B
  assert_output --partial " -C 0$number-copy main"
  run make -n "step-$number" "trace-$number" "test-$number"
  assert_line --regexp "^exec 0$number-copy/main "
  assert_line --regexp "^exec strace .* 0$number-copy/main "
  assert_line "tests/run 0$number-copy/README.md tests/0$number-copy.bats"
  run make "diff-$number"
  assert_line "--- a/$last/main.c"
  assert_line "+++ b/0$number-copy/main.c"
  run make step-x
  assert_output --regexp "there are 1 2 .* $number\\."
}

@test "without a number there is no such target" {
  for target in step- diff- trace- test- break- start- exercise- watch- answer- carry-; do
    run make -C "$TOP" "$target"
    assert_failure
    assert_output --partial "No rule to make target '$target'"
  done
}

@test "diff-1 says that step 1 has none before it" {
  cd "$TOP"
  run make diff-1
  assert_failure
  assert_line "make diff-1: step 1 has none before it; there are diff-2 to diff-$(steps | wc -l)"
}

@test "a wrong number builds nothing" {
  for target in diff-1 answer-5 exercise-9; do
    run make -C "$TOP" -n -B "$target"
    refute_output --partial main.c
  done
}

@test "a diff is no failure" {
  cd "$TOP"
  for step in $(steps 2); do
    run make "diff-$((10#${step%%-*}))"
    assert_success
    assert_line "+++ b/$step/main.c"
  done
}

# median: of the numbers on standard input, without a fraction
median() {
  sort -n | awk '{ n[NR] = $1 } END { print int((n[int((NR + 1) / 2)] + n[int(NR / 2) + 1]) / 2) }'
}

@test "a step adds one concept: the median change is at most 65 lines more and 4 fewer" {
  cd "$TOP"
  before=
  for step in $(steps); do
    [ -z "$before" ] || git diff --no-index --numstat "$before/main.c" "$step/main.c" || true
    before=$step
  done >"$BATS_TEST_TMPDIR/sizes"
  assert [ "$(cut -f 1 "$BATS_TEST_TMPDIR/sizes" | median)" -le 65 ]
  assert [ "$(cut -f 2 "$BATS_TEST_TMPDIR/sizes" | median)" -le 4 ]
}

@test "step-N builds and runs step N, after a line that says what to type elsewhere" {
  copy
  run timeout 60 make step-2 PORT=0 </dev/null
  assert_success
  assert_line --regexp '^In a second terminal: nc .*127\.0\.0\.1 0$'
  assert_line --regexp '^listening on 127\.0\.0\.1:[0-9]+$'
}

@test "trace-N shows the system calls" {
  copy
  run timeout 60 make trace-2 PORT=0 </dev/null
  assert_success
  assert_output --partial 'listen('
}

@test "trace-7 shows how a client goes through a pipe, and what is printed only once" {
  copy
  mkfifo stdin
  setsid env --default-signal=INT make trace-7 PORT=0 <>stdin >trace 2>&1 3>&- &
  GROUP=$! LOG=$PWD/trace
  wait_for_line 'listening on .*'
  PORT=$(sed -n 's/^listening on .*://p' trace)
  echo hello | echo_client
  wait_for_line 'client [0-9]*: closed'
  kill -INT -- "-$GROUP" # as the terminal does at Ctrl-C
  gone() { ! kill -0 "$GROUP" 2>/dev/null; }
  eventually gone
  run cat trace
  assert_line --regexp '\+\+\+ exited with 0 \+\+\+'
  assert_output --regexp 'write\([0-9]+, "\\[0-9]+\\0\\0\\0", 4'
  assert_output --regexp 'read(\([0-9]+, | resumed>(, )?)"\\[0-9]+\\0\\0\\0", 4\) += 4'
  assert_equal "$(grep -c 'listening on' trace)" 1
  assert_line 'no events left: the loop has returned'
}

@test "without libevent, one line names make deps" {
  copy
  fake pkg-config 'exit 1'
  run --separate-stderr make step-6
  assert_failure
  errors=$(grep -v '^make' <<<"$stderr")
  assert_regex "$errors" "libevent 2.1 or pkg-config is missing: run 'make deps' [^"$'\n'"]*$"
}

@test "with a libevent that is older than 2.1, one line names make deps" {
  copy
  printf 'Name: old\nDescription: old\nVersion: 2.0.22-stable\nLibs: -levent_core\n' >libevent_core.pc
  PKG_CONFIG_PATH= PKG_CONFIG_LIBDIR=$PWD run timeout 10 make step-6 PORT=0
  assert_failure
  assert_output --partial "libevent 2.1 or pkg-config is missing: run 'make deps'"
}

@test "a command that is missing names what installs it" {
  copy
  mkdir bin
  ln -s "$(command -v make)" "$(command -v sh)" bin
  PATH=$PWD/bin run make -o 04-accept-bufferevent/main trace-4
  assert_failure
  assert_output --partial "strace is missing: run 'make deps-test'"
}

@test "a clone that Git for Windows makes has Unix' ends of lines" {
  clone
  git -c core.autocrlf=true clone -q . "$BATS_TEST_TMPDIR/windows"
  run grep -r -I -l $'\r$' --exclude-dir=.git "$BATS_TEST_TMPDIR/windows"
  assert_output ''
}

@test "make -j deps step-2 installs first, then builds" {
  copy
  fake pkg-config '[ -e ../installed ] && exec '"$(command -v pkg-config)"' "$@"'
  printf '#!/bin/sh\nsleep 1\ntouch installed\n' >deps.sh
  run timeout 60 make -j4 deps step-2 PORT=0 </dev/null
  assert_success
  assert_line --regexp '^listening on '
}

@test "carry-N brings an uncommitted change into the later steps" {
  clone
  sed -i 's/DEFAULT_PORT 10000/DEFAULT_PORT 7777/' 05-read-loop/main.c
  run make carry-5
  assert_success
  for step in $(steps 5); do
    assert grep -q 'DEFAULT_PORT 7777' "$step/main.c"
  done
  assert grep -q 'DEFAULT_PORT 10000' 04-accept-bufferevent/main.c
}

@test "carry-N says where it could not" {
  clone
  sed -i 's/DEFAULT_PORT 10000/DEFAULT_PORT 1111/' 06-write-back/main.c
  git -c user.name=test -c user.email=test@localhost commit -q -a -m 'another port'
  sed -i 's/DEFAULT_PORT 10000/DEFAULT_PORT 7777/' 05-read-loop/main.c
  run make carry-5
  assert_failure
  assert_line --partial '06-write-back/main.c: conflict'
  assert_line --partial '07-threads/main.c: carried'
}

@test "carry-N has nothing to do where nothing has changed" {
  clone
  run make carry-5
  assert_success
  assert_line '05-read-loop/main.c: no uncommitted change to carry'
}

@test "carry-N says that it needs git, where there is none" {
  copy
  GIT_CEILING_DIRECTORIES=$BATS_TEST_TMPDIR run make carry-5
  assert_failure
  assert_line 'carry needs git, to know what has changed, and this is no git repository'
}

@test "the diffs need no repository" {
  copy
  GIT_CEILING_DIRECTORIES=$BATS_TEST_TMPDIR run make diff-2
  assert_success
  assert_line --regexp '^\+\+\+ b/02-.*/main\.c'
}

@test "help lists every target" {
  cd "$TOP"
  run make help
  assert_success
  # Every target that the rules name, as the help writes it.
  for target in $(sed -n 's/^\([a-z][a-z-]*\):.*/\1/p; s/^\([a-z]*\)-%:.*/\1-N/p' Makefile); do
    [ "$target" = all ] || assert_line --regexp "^make( |.* )$target(\.K)?( |,|$)"
  done
  assert_line --partial 'make diff-N'
}

@test "clean removes what was built" {
  copy
  make -s
  make -s clean
  run ls 0?-*/main
  assert_failure
}
