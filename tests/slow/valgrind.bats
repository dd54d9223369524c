# Some of the steps' tests on programs that valgrind watches: it sees also descriptors that stay open.
#
# BINARIES=… has the steps' folders with other binaries.
load ../helper

# valgrind_clean N FILTER: step N passes the tests whose names match, in valgrind, which reports no error
# and no descriptor left open but those that the server was given.
valgrind_clean() {
  local main
  main=$(echo "${BINARIES:-$TOP}"/0"$1"-*/main)
  run env MAIN="$main" DEADLINE=30 \
    WRAP="valgrind --quiet --leak-check=full --track-fds=yes --log-file=$BATS_TEST_TMPDIR/report-%p" \
    "$TOP/tests/bats" --tap --filter "$2" "$TOP"/tests/0"$1"-*.bats
  echo "$output"
  assert_success
  assert_line --regexp '^ok '
  run awk '/Open / { getline place; if (place !~ /inherited/) print; next } / [^ ]/ && !/FILE DESC/' \
    "$BATS_TEST_TMPDIR"/report-*
  assert_output ''
}

@test "valgrind finds nothing wrong with step 1" {
  valgrind_clean 1 'names libevent'
}

@test "valgrind finds nothing wrong with step 2" {
  valgrind_clean 2 'Enter'
}

@test "valgrind finds nothing wrong with step 3" {
  valgrind_clean 3 'Ctrl-C refuses|middle of a pause'
}

@test "valgrind finds nothing wrong with step 4" {
  valgrind_clean 4 'closes is freed|breaks off|are served until they leave'
}

@test "valgrind finds nothing wrong with step 5" {
  valgrind_clean 5 '3,000 bytes|never prints'
}

@test "valgrind finds nothing wrong with step 6" {
  valgrind_clean 6 'comes back|half a close|goes while its bytes wait'
}

@test "valgrind finds nothing wrong with step 7" {
  valgrind_clean 7 'in turn|until they leave'
}
