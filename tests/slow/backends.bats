# The steps' tests on poll and on select; on epoll, "make test" runs them. Without those that are tagged
# "uninstrumented": they choose a backend, or trace epoll's calls.
load ../helper

# passes_on BACKEND N: step N passes its tests there.
passes_on() {
  export EVENT_NOEPOLL=1
  [ "$1" = poll ] || export EVENT_NOPOLL=1
  ulimit -n 1024 # a number beyond that aborts select
  run "$TOP/01-event-init/main"
  assert_output --partial "chose $1"
  run env -u MAIN "$TOP/tests/bats" --tap --filter-tags '!uninstrumented' "$TOP"/tests/0"$2"-*.bats
  echo "$output"
  assert_success
  assert_line --regexp '^ok '
}

@test "on poll, steps 1 to 3 pass their tests" {
  for step in 1 2 3; do passes_on poll "$step"; done
}

@test "on poll, step 4 passes its tests" {
  passes_on poll 4
}

@test "on poll, steps 5 and 6 pass their tests" {
  for step in 5 6; do passes_on poll "$step"; done
}

@test "on poll, step 7 passes its tests" {
  passes_on poll 7
}

@test "on select, steps 1 to 3 pass their tests" {
  for step in 1 2 3; do passes_on select "$step"; done
}

@test "on select, step 4 passes its tests" {
  passes_on select 4
}

@test "on select, steps 5 and 6 pass their tests" {
  for step in 5 6; do passes_on select "$step"; done
}

@test "on select, step 7 passes its tests" {
  passes_on select 7
}

@test "beyond 1,024 descriptors, select aborts the process, as the README of step 1 warns" {
  ulimit -c 0
  ulimit -n 1500 || skip "this user may open $(ulimit -Hn) descriptors only"
  export EVENT_NOEPOLL=1 EVENT_NOPOLL=1
  MAIN=$TOP/04-accept-bufferevent/main
  start
  for i in {1..1024}; do connect "client$i" || break; done
  expect_exit 134 # SIGABRT
}
