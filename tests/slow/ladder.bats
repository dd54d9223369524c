# What a step promised, the later steps keep: the tests of all steps before it run on its binary,
# without those that are tagged "superseded", because its README says that this goes.
load ../helper

# keeps N: step N passes the tests of the steps before it.
keeps() {
  local main
  main=$(echo "$TOP"/0"$1"-*/main)
  for step in $(seq $(($1 - 1))); do
    run env MAIN="$main" "$TOP/tests/bats" --tap --filter-tags '!superseded' "$TOP"/tests/0"$step"-*.bats
    echo "$output"
    assert_success
    assert_line --regexp '^ok '
  done
}

@test "step 2 keeps what step 1 promised" {
  keeps 2
}

@test "step 3 keeps what steps 1 and 2 promised" {
  keeps 3
}

@test "step 4 keeps what steps 1 to 3 promised" {
  keeps 4
}

@test "step 5 keeps what steps 1 to 4 promised" {
  keeps 5
}

@test "step 6 keeps what steps 1 to 5 promised" {
  keeps 6
}

@test "step 7 keeps what steps 1 to 6 promised" {
  keeps 7
}
