# The steps' tests on the programs as they are, but run in valgrind, on another backend, or by the tests
# of an earlier step.
load variants

# valgrind_reports: those with an error, or a descriptor that is still open but was not given to the program.
# A second Ctrl-C ends a program as it is.
valgrind_reports() {
  local report
  for report in $(grep -L 'default action of signal 2' "$REPORTS"/*); do
    awk '{ text = text $0 "\n" }
      open && !/inherited/ || /ERROR SUMMARY: [^0]/ { wrong = 1 }
      { open = /Open / }
      END { if (wrong) print text }' "$report"
  done
}

@test "each step passes its tests in valgrind, and leaves no memory and no descriptor behind" {
  export INSTRUMENTED=yes DEADLINE=30
  REPORTER=valgrind_reports
  export WRAP="valgrind --leak-check=full --track-fds=yes --log-file=$REPORTS/%p"
  each_passes
}

# backend NAME: the programs choose that one from now on.
backend() {
  export EVENT_NOEPOLL=1
  [ "$1" = poll ] || export EVENT_NOPOLL=1
  run "$TOP/01-event-init/main"
  assert_output --partial "chose $1"
}

@test "each step passes its tests on poll" {
  backend poll
  each_passes
}

@test "each step passes its tests on select" {
  backend select
  ulimit -n 1024 # a number beyond that aborts select
  each_passes
}

@test "beyond 1,024 descriptors, select aborts the process, as the README of step 1 warns" {
  ulimit -c 0
  ulimit -n 1500 || skip "this user may open $(ulimit -Hn) descriptors only"
  backend select
  MAIN=$TOP/04-accept-bufferevent/main
  start
  for i in {1..1024}; do connect "client$i" || break; done
  expect_exit 134 # SIGABRT
}

@test "each step passes the tests of the steps before it, but those that it supersedes" {
  TAGS='!superseded'
  for step in $(steps 2); do passes "$step" $(tests_before "$step"); done
}
