# Each statement and each condition of the programs is there for something that a test sees.
load ../helper

@test "no statement, condition or operand can go or be fixed without a test that fails" {
  run "$TOP/tests/slow/mutation.py" 3>&-
  grep -B 1 -E '^    [A-Z]{4}' <<<"$output" || true
  tail -n 1 <<<"$output" | tee -a /dev/fd/3
  assert_success
}

# A copy of the first step, to be spoiled.
copy() {
  mkdir -p "$BATS_TEST_TMPDIR/tests/slow"
  cp -r "$TOP/01-event-init" "$BATS_TEST_TMPDIR"
  cp "$TOP"/tests/{bats,helper.bash,fail.c,01-event-init.bats} "$BATS_TEST_TMPDIR/tests"
  cp "$TOP"/tests/slow/{mutation.py,variants.bash,run-variants.bats} "$BATS_TEST_TMPDIR/tests/slow"
  cd "$BATS_TEST_TMPDIR"
}

@test "a statement that nobody would miss is an error" {
  copy
  sed -i 's/^	event_base_free(base);/	if (base)\n&/' 01-event-init/main.c
  run tests/slow/mutation.py 1 3>&-
  assert_failure
  assert_line --partial 'does not compile'
  assert_output --partial $'01 main: always true: base\n    SURVIVES'
}

@test "an exemption that holds no longer, or never did, is an error" {
  copy
  sed -i 's/^EXEMPT = {/&"01 main: without x;": "", "01 main: without printf(\\"\\\\n\\");": "",/' tests/slow/mutation.py
  run tests/slow/mutation.py 1 3>&-
  assert_failure
  assert_output --partial $'01 main: without x;\n    EXEMPT, BUT NO CHANGE OF A STEP'
  assert_output --partial $'01 main: without printf("\\n");\n    SEEN AFTER ALL'
}

@test "a program that fails its tests as it is proves nothing" {
  copy
  sed -i 's/chose %s/took %s/' 01-event-init/main.c
  run tests/slow/mutation.py 1 3>&-
  assert_failure
  assert_output --partial $'01 UNCHANGED\n    FAILS: names libevent'
}
