# exercises/exercise, as readers and authors use it: what it says, what it leaves, and its exit status.
load ../helper

# desk: goes to a copy of what readers need, where nothing is started.
desk() {
  mkdir "$BATS_TEST_TMPDIR/desk"
  cd "$BATS_TEST_TMPDIR/desk"
  cp -r "$TOP"/{0?-*,exercises,tests,tools,Makefile,.clang-format} .
}

# solve N.K…: puts the answer into the copy that make start-N.K has made.
solve() {
  patch -s -o "my/$1/main.c" 0"${1%%.*}"-*/main.c exercises/"$1"-*/answer.patch
}

@test "make start-N.K puts a copy of the step on your desk, and never overwrites it" {
  desk
  run make -s start-3.1
  assert_success
  assert_line 'my/3.1/main.c is your copy of step 3.'
  assert_line 'Exercise 3.1: A heartbeat (03-event-add/README.md tells what to do, README.zh-CN.md in Chinese)'
  assert cmp my/3.1/main.c 03-event-add/main.c
  make -s -C my/3.1
  assert [ -x my/3.1/main ]
  echo mine >my/3.1/main.c
  run make -s start-3.1
  assert_success
  assert_line 'my/3.1/main.c is there already, and stays as it is.'
  assert_equal "$(<my/3.1/main.c)" mine
}

@test "make start-N.K copies what an exercise hands out beside main.c" {
  desk
  run make -s start-6.7
  assert_success
  assert cmp my/6.7/Makefile exercises/6.7-tls/start/Makefile
  assert cmp my/6.7/main.c 06-write-back/main.c
}

# check STATUS N.K: what the check says is $output.
check() {
  run exercises/exercise check "$2"
  assert_equal "$status" "$1"
}

@test "without a copy, the check says to start" {
  desk
  check 1 1.1
  assert_line 'not started yet: make start-1.1'
}

@test "of a compiler's errors, the first is shown, and the exit status is 2" {
  desk
  make -s start-1.1
  sed -i 's/^int main/one error;\n&/; $a another error;' my/1.1/main.c
  check 2 1.1
  assert_line --partial 'one error;'
  refute_output --partial 'another error;'
  assert_line 'not passed yet: it does not compile. (All the compiler says: make -C my/1.1)'
}

@test "a pass stays ticked whatever becomes of the copy, and a failure is no pass" {
  desk
  make -s start-1.1
  check 1 1.1
  assert_line --regexp '^not passed yet: . of 7 points are ok\.$'
  run make exercises
  assert_line '[…] ★    Exercise 1.1: Avoid the best backend, in my/1.1'
  solve 1.1
  run make exercise-1.1
  assert_success
  assert_line 'passed: 7 of 7. Compare: make answer-1.1'
  cp 01-event-init/main.c my/1.1/main.c
  run make exercises
  assert_line '[✓] ★    Exercise 1.1: Avoid the best backend'
  assert_line '[ ] ★    Exercise 1.2: What can this backend do?'
}

@test "says which file it has tried, and when the step's own program was edited in its place" {
  desk
  git init -q . && git add -A && git -c user.name=a -c user.email=a@b commit -q -m 'as it is'
  make -s start-1.1
  check 1 1.1
  assert_line "tried: my/1.1/main.c, saved $(date -r my/1.1/main.c +%H:%M)"
  refute_output --partial 'You have changed'
  echo '/* mine */' >>01-event-init/main.c
  check 1 1.1
  assert_line 'You have changed 01-event-init/main.c, but what is checked is my/1.1/main.c: edit that one.'
}

@test "a failing check returns within ten seconds, with what passes behind the first failure" {
  desk
  make -s start-3.1
  began=$SECONDS
  check 1 3.1
  assert [ $((SECONDS - began)) -le 10 ]
  assert_line '  NOT YET: 3.1/1  ticks once a second'
  assert_line '        expected: a line tick every second'
  assert_line --regexp '^  (ok|later): +3.1/6  Ctrl-C ends it at once$'
  assert_line 'To see it yourself: make -C my/3.1 && my/3.1/main'
  refute_line --partial 'NOT YET: 3.1/6'
}

@test "a point where the program ends badly is not ok, and the crash has a file and a line" {
  desk
  make -s start-3.1
  solve 3.1
  sed -i 's/^\tevent_free(server.heartbeat);/&\n\tabort();/' my/3.1/main.c
  line=$(grep -n 'abort();' my/3.1/main.c | cut -d: -f1)
  check 1 3.1
  assert_line '  NOT YET: 3.1/1  ticks once a second'
  assert_line '      After that: Ctrl-C. The program has crashed.'
  refute_line --partial 'ok:      3.1/1'
  assert_line "The crash, seen with -fsanitize=address: ABRT at main.c:$line, in main()"
}

@test "a program that never says that it listens is told what was waited for" {
  desk
  make -s start-3.1
  echo 'int main(void) { for (;;); }' >my/3.1/main.c
  check 1 3.1
  assert_line '      Ran the program, and waited 5 seconds for: listening on …:…'
  refute_output --partial bats
  eventually gone "$PWD/my/3.1/main"
}

@test "what is left in memory at the end is the last point of each check" {
  desk
  make -s start-3.1
  solve 3.1
  sed -i '/event_free(server.heartbeat)/d' my/3.1/main.c
  check 1 3.1
  assert_line '  NOT YET: 3.1/7  the same as 1, and all memory is freed at the end'
  assert_line --partial 'main.c:'
}

@test "the check's own fault is never the reader's: it ends with 3, and says why" {
  desk
  make -s start-1.1
  MAIN=/nowhere check 3 1.1
  assert_line 'cannot check here: there is no program /nowhere'
  BATS_LIB_PATH=/nowhere check 3 1.1
  refute_output --partial 'NOT YET'
  PKG_CONFIG=false PKG_CONFIG_LIBDIR=/nowhere check 3 1.1
  assert_line --partial "cannot check here: libevent 2.1 or pkg-config is missing: run 'make deps'"
}

@test "an exercise of your own is a folder with a check.bats" {
  desk
  mkdir exercises/1.9-lab
  printf '# Exercise 1.9: Lab\n# ★\nload ../exercise\n\n@test "runs" {\n  run "$MAIN"\n  [ $status = 0 ] || wrong Ran 0 $status no\n}\n' \
    >exercises/1.9-lab/check.bats
  make -s start-1.9
  check 0 1.9
  assert_line '  ok:      1.9/1  runs'
  run make answer-1.9
  assert_failure
  assert_line 'make answer-1.9: there is no answer in this copy of the tutorial'
}

# repository: a desk under git, so that the exercise 3.1 alone is refreshed.
repository() {
  desk
  ls -d exercises/*-*/ | grep -v /3.1- | xargs rm -r
  printf 'my\nbuild\nmain\n' >.gitignore
  git init -q .
  git config user.name a
  git config user.email a@b
  save
}

save() {
  git add -A
  git commit -q -m change
}

@test "solve and wrong make patches of the copy, and ask for what must stand above them" {
  repository
  answer=$(<exercises/3.1-heartbeat/answer.patch)
  make -s start-3.1
  solve 3.1
  run exercises/exercise solve 3.1
  assert_success
  assert_equal "$(<exercises/3.1-heartbeat/answer.patch)" "$answer"
  sed -i 's/EV_PERSIST, on_heartbeat/0, on_heartbeat/' my/3.1/main.c
  run exercises/exercise wrong 3.1 once <<<$'It fires once.\nEV_PERSIST'
  assert_success
  run diff exercises/3.1-heartbeat/wrong/{once,fires-once}.patch
  assert_output $'1c1\n< It fires once.\n---\n> A timer that fires once.'
}

@test "refresh leaves a patch alone that still applies" {
  repository
  sed -i 's/would take " 80"/takes " 80"/' 03-event-add/main.c
  save
  run exercises/exercise refresh
  assert_success
  assert_output ''
  run git status --short
  assert_output ''
}

@test "refresh merges a change of the program into the patches that it concerns" {
  repository
  sed -i 's/a client waits to be accepted/somebody waits/' 03-event-add/main.c
  save
  run exercises/exercise refresh
  assert_success
  assert_output --partial 'exercises/3.1-heartbeat/answer.patch: merged'
  assert grep -q 'somebody waits' exercises/3.1-heartbeat/answer.patch
  save
  run exercises/exercise refresh
  assert_output ''
}

@test "refresh leaves a conflict where it can be mended, and takes it from there" {
  repository
  sed -i 's/^\tevent_del(server->resume);/\tevent_del(server->listener);/' 03-event-add/main.c
  sed -i 's/^\tstruct event \*interrupt;.*/\tstruct event *signal;/; s/server\(->\|\.\)interrupt/server\1signal/' 03-event-add/main.c
  save
  run exercises/exercise refresh
  assert_failure
  mend=build/refresh/exercises/3.1-heartbeat/answer.c
  assert_line "exercises/3.1-heartbeat/answer.patch: conflict; mend the places between <<<<<<< and >>>>>>> in $mend, then run this again"
  run exercises/exercise refresh
  assert_failure
  assert_line "$mend: still has places to mend"
  sed -i '/^<<<<<<< /d; /^=======$/d; /^>>>>>>> /d' $mend
  run exercises/exercise refresh
  assert_line 'exercises/3.1-heartbeat/answer.patch: mended'
  assert [ ! -e $mend ]
}

@test "make watch-N.K checks at each save" {
  command -v entr >/dev/null || skip 'entr is missing'
  desk
  make -s start-1.1
  LOG=$BATS_TEST_TMPDIR/log
  setsid make -s watch-1.1 </dev/null >"$LOG" 2>&1 3>&- &
  wait_for_line 'not passed yet: .*'
  # entr notices no save while the check still runs, and waits until saves pause for 50 ms.
  save_and_pass() { solve 1.1 && DEADLINE=6 wait_for_line 'passed: 7 of 7. Compare: make answer-1.1'; }
  DEADLINE=20 eventually save_and_pass
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

@test "an answer is shown without colours where NO_COLOR is set" {
  NO_COLOR=1 run script -qec "make -s -C '$TOP' answer-3.1" /dev/null
  refute_output --partial $'\e'
}

