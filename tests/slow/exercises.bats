# Each exercise is proven both ways: the step fails it as it is, an answer passes it, and wrong
# answers fail it with words that point the right way.
load ../helper

# Most of the time these programs wait for time-outs, so several run on a processor.
JOBS=$(($(getconf _NPROCESSORS_ONLN) * 3))

setup_file() {
  unset MAKEFLAGS MFLAGS MAKELEVEL
  # As make exercise-N.K builds: what nobody has set is filled with a pattern.
  PATTERN=-ftrivial-auto-var-init=pattern
  ${CC:-cc} -Werror $PATTERN -x c -c /dev/null -o /dev/null 2>/dev/null || PATTERN=
  export PATTERN
}

# answers: 1.1-avoid-the-best/answer …
answers() {
  (cd "$TOP/exercises" && ls -d */answer.patch | sed 's/\.patch$//')
}

# wrong_answers: 1.1-avoid-the-best/wrong/base-without-the-config …
wrong_answers() {
  (cd "$TOP/exercises" && ls -d */wrong/*.patch | sed 's/\.patch$//')
}

exercises() {
  answers | xargs dirname
}

# each COMMAND: runs it for each word of the input, and fails if one failed.
each() {
  export TOP BATS_TEST_TMPDIR BATS_LIB_PATH
  export -f each_one step build try "$1"
  env -u BATS_RUN_TMPDIR xargs -P "$JOBS" -n 1 bash -c 'each_one "$@"' - "$1"
}

# each_one COMMAND WORD: what it says is shown only if it fails.
each_one() {
  local says
  says=$("$@" 2>&1 3>&-) || { printf '\n%s\n%s\n' "$*" "$says"; return 1; }
}

# step N.K…: its folder's name
step() {
  basename "$TOP/0${1%%.*}-"*
}

# build PATCH [CC=… CFLAGS=…]: makes $FOLDER, the step with the answer, and on it that wrong answer. Some
# exercises need another Makefile than the step.
build() {
  local patches=("$TOP/exercises/${1%%/*}/answer.patch")
  [[ $1 = */answer ]] || patches+=("$TOP/exercises/$1.patch")
  FOLDER=$BATS_TEST_TMPDIR/$1/$(step "$1")
  mkdir -p "$FOLDER"
  cp "$TOP/$(step "$1")"/{main.c,Makefile} "$FOLDER"
  cp "$TOP/exercises/${1%%/*}/Makefile" "$FOLDER" 2>/dev/null || true
  (cd "$BATS_TEST_TMPDIR/$1" && GIT_CEILING_DIRECTORIES=$BATS_TEST_TMPDIR git apply "${patches[@]}") &&
    make -s -C "$FOLDER" "${@:2}" main
}

# try N.K…: runs the exercise's test on $FOLDER/main, as the reader does.
try() {
  MAIN=$FOLDER/main "$TOP/exercises/exercise" check "${1%%-*}"
}

untouched_fails() {
  FOLDER=$TOP/$(step "$1")
  ! try "$1"
}

answer_passes() {
  build "$1" CFLAGS="-O2 -Werror $PATTERN" && try "$1" &&
    clang-format --style="file:$TOP/.clang-format" --dry-run -Werror "$FOLDER/main.c"
}

# The step's own tests, without those that the exercise names, pass.
answer_passes_the_steps_tests() {
  ! grep -q -x '# changes: everything' "$TOP/exercises/${1%/answer}/check.bats" || return 0
  build "$1"
  sed -n 's/^# changes: \(.*\)/@test "\1" {/p' "$TOP/exercises/${1%/answer}/check.bats" >"$FOLDER/changed"
  sed "s,^load helper,load '$TOP/tests/helper'," "$TOP/tests/$(step "$1").bats" >"$FOLDER/all"
  while read -r test; do
    grep -q -x -F "$test" "$FOLDER/all" || { echo "no such test: $test"; return 1; }
  done <"$FOLDER/changed"
  awk 'FILENAME ~ /changed$/ { changed[$0]; next } $0 in changed { skip = 1 } !skip; /^}/ { skip = 0 }' \
    "$FOLDER/changed" "$FOLDER/all" >"$FOLDER/tests.bats"
  MAIN=$FOLDER/main "$TOP/tests/bats" --tap "$FOLDER/tests.bats"
}

# A wrong answer with a race is lucky at times, or fails at another point first: of three tries, one
# has to show it.
wrong_answer_is_told_why() {
  build "$1" CFLAGS="-O2 $PATTERN" WARNINGS=-w
  local words
  words=$(sed -n 's/^The message says: //p' "$TOP/exercises/$1.patch")
  for _ in 1 2 3; do
    ! try "$1" >"$FOLDER/says"
    ! grep -q '^not passed' "$FOLDER/says" || ! grep -q -F -e "${words:?}" "$FOLDER/says" || return 0
  done
  cat "$FOLDER/says"
  echo "does not say: $words"
  return 1
}

answer_is_clean() {
  local sanitizers=address,undefined
  [ "${1%%.*}" != 7 ] || sanitizers=thread
  build "$1" CFLAGS="-O1 -g -fsanitize=$sanitizers -fno-sanitize-recover=all"
  # Freed memory must not be kept for long: some tests measure it.
  ASAN_OPTIONS=quarantine_size_mb=1:verify_asan_link_order=0 DEADLINE=20 try "$1"
}

answer_passes_in_debug_mode() {
  build "$1" CFLAGS="-O1 -g $TOP/tests/slow/debug-mode.c" LDFLAGS=-levent_pthreads && try "$1"
}

@test "there are two or more for each step, with wrong answers for each" {
  for step in $(steps); do
    echo "$step"
    number=${step%%-*}
    assert [ "$(exercises | grep -c "^${number#0}\.")" -ge 2 ]
  done
  for exercise in $(exercises); do
    assert [ "$(ls "$TOP/exercises/$exercise/wrong" | wc -l)" -ge 2 ]
  done
}

# in_readme EXERCISE: its part of the step's README
in_readme() {
  sed -n "/^### $(sed -n '1s/^# //p' "$TOP/exercises/$1/check.bats")\$/,/^##/p" "$TOP/$(step "$1")/README.md"
}

# bullets: one a line, however they are wrapped
bullets() {
  awk '/^- / { if (item) print item; item = substr($0, 3); next }
    /^  [^ ]/ && item { item = item " " substr($0, 3); next }
    { if (item) print item; item = "" }'
}

@test "the list in a README is the check's own" {
  for exercise in $(exercises); do
    run diff <(in_readme "$exercise" | bullets) <(sed -n 's/^@test "\(.*\)" {$/\1/p' "$TOP/exercises/$exercise/check.bats")
    assert_output ''
  done
}

@test "each answer opens with a few sentences, and each wrong one with what is wrong" {
  for answer in $(answers); do
    assert [ "$(sed '/^--- a/,$d' "$TOP/exercises/$answer.patch" | wc -w)" -ge 30 ]
  done
  for answer in $(wrong_answers); do
    run sed -n '2p' "$TOP/exercises/$answer.patch"
    assert_output --regexp '^The message says: .'
  done
}

@test "each has its place in the step's README, and in the list of all, with the same title and stars" {
  for exercise in $(exercises); do
    title=$(sed -n '1s/^# //p' "$TOP/exercises/$exercise/check.bats")
    stars=$(sed -n '2s/^# //p' "$TOP/exercises/$exercise/check.bats")
    run grep -A 2 -F -x "### $title" "$TOP/$(step "$exercise")/README.md"
    assert_line --index 0 "### $title"
    assert_line --index 1 --regexp "^$stars "
    run grep -c -F " | ${title#*: } | $stars | [$exercise]($exercise) |" "$TOP/exercises/README.md"
    assert_output 1
  done
  assert_equal "$(cat "$TOP"/0*/README.md | grep -c '^### Exercise ')" "$(exercises | wc -l)"
}

# desk: goes to a copy of what readers need, where nothing is started.
desk() {
  mkdir "$BATS_TEST_TMPDIR/desk"
  cd "$BATS_TEST_TMPDIR/desk"
  cp -r "$TOP"/{0?-*,exercises,tests,Makefile} .
}

# solve N.K…: puts the answer into the copy that make start-N.K has made.
solve() {
  (mkdir -p solved && cd solved && cp -r ../0?-* . &&
    GIT_CEILING_DIRECTORIES=$BATS_TEST_TMPDIR git apply ../exercises/"$1"-*/answer.patch &&
    cp 0"${1%%.*}"-*/main.c "../my/$1/main.c")
}

@test "make start-N.K puts a copy of the step on your desk, and never overwrites it" {
  desk
  run make -s start-3.1
  assert_success
  assert_line 'my/3.1/main.c is your copy of step 3.'
  assert_line 'Exercise 3.1: A heartbeat (03-event-add/README.md tells what to do)'
  assert cmp my/3.1/main.c 03-event-add/main.c
  make -s -C my/3.1
  assert [ -x my/3.1/main ]
  echo mine >my/3.1/main.c
  run make -s start-3.1
  assert_success
  assert_line 'my/3.1/main.c is there already, and stays as it is.'
  assert_equal "$(<my/3.1/main.c)" mine
}

@test "without a copy, the check says to start" {
  desk
  run make exercise-1.1
  assert_failure
  assert_line 'not started yet: make start-1.1'
}

@test "what does not compile has not passed, and the compiler's words are there" {
  desk
  make -s start-1.1
  echo '#error not yet' >>my/1.1/main.c
  run make exercise-1.1
  assert_failure
  assert_line --partial '#error not yet'
  assert_line 'not passed yet: it does not compile.'
}

@test "a pass stays ticked whatever becomes of the copy, and a failure is no pass" {
  desk
  make -s start-1.1
  run make exercise-1.1
  assert_failure
  assert_line 'not passed yet.'
  run make exercises
  assert_line '[…] ★   Exercise 1.1: Avoid the best backend, in my/1.1'
  solve 1.1
  run make exercise-1.1
  assert_success
  assert_line 'passed. Compare: make answer-1.1'
  cp 01-event-init/main.c my/1.1/main.c
  run make exercises
  assert_line '[✓] ★   Exercise 1.1: Avoid the best backend'
  assert_line '[ ] ★   Exercise 1.2: What can this backend do?'
}

@test "make watch-N.K checks at each save" {
  command -v entr >/dev/null || skip 'entr is missing'
  desk
  make -s start-1.1
  LOG=$BATS_TEST_TMPDIR/log
  setsid make -s watch-1.1 </dev/null >"$LOG" 2>&1 3>&- &
  wait_for_line 'not passed yet.'
  # entr notices no save while the check still runs, and waits until saves pause for 50 ms.
  save_and_pass() { solve 1.1 && DEADLINE=2 wait_for_line 'passed. Compare: make answer-1.1'; }
  eventually save_and_pass
  kill -- -$!
}

@test "make watch-N.K without entr says what is missing" {
  desk
  make -s start-1.1
  mkdir bin
  ln -s "$(command -v bash)" "$(command -v make)" "$(command -v dirname)" "$(command -v ls)" "$(command -v sed)" "$(command -v grep)" bin
  PATH=$PWD/bin run make watch-1.1
  assert_failure
  assert_line --partial 'make watch-1.1 needs entr'
}

@test "make exercise-N runs all of step N's" {
  desk
  run make exercise-1
  assert_failure
  assert_line 'Exercise 1.1: Avoid the best backend'
  assert_line 'Exercise 1.2: What can this backend do?'
}

@test "an exercise that does not exist is answered with those that do" {
  for target in start-5.9 start-5 exercise-5.9 exercise-9 watch-5.9 answer-5.9 answer-5; do
    run make -C "$TOP" $target
    assert_failure
    assert_output --partial "make $target: no such exercise; there are 1.1 1.2 "
  done
}

@test "an answer is shown as a diff, with colours on a terminal only" {
  run make -s -C "$TOP" answer-3.1
  assert_line '+	printf("tick\n");'
  run script -qec "make -s -C '$TOP' answer-3.1" /dev/null
  assert_output --partial $'\e[32m+\tprintf("tick\\n");\e[m'
}

@test "the step as it is fails each of its exercises" {
  exercises | each untouched_fails
}

@test "each answer passes, and compiles without a warning, and is formatted as the steps are" {
  answers | each answer_passes
}

@test "each answer passes the step's own tests, but those that the exercise changes" {
  answers | each answer_passes_the_steps_tests
}

@test "each wrong answer fails, with words that point the right way" {
  wrong_answers | each wrong_answer_is_told_why
}

@test "each answer is clean under the sanitizers" {
  answers | each answer_is_clean
}

@test "each answer passes under libevent's debug mode" {
  answers | each answer_passes_in_debug_mode
}
