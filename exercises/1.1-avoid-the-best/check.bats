# Exercise 1.1: Avoid the best backend
# ★
# The environment has no say, and event_base_new() is not called.
# changes: takes the next backend when the environment forbids one
# changes: fails with a message when no backend is left
# changes: fails with a message when no memory is left
load ../exercise

YOURS=my/1.1/main

# must_choose_second: the second name in the program's list is what it must choose.
must_choose_second() {
  local second
  second=$(sed -n 's/.* from: [^ ]* \([^ ]*\).*/\1/p' <<<"$output")
  [[ $status = 0 && $output = *" chose $second from: "* ]]
}

@test "chooses the second backend of its list, not the first" {
  run "$MAIN"
  must_choose_second || wrong "Ran $YOURS." 'libevent … chose poll from: epoll poll select' "$output" \
    'event_base_new() knows of no config: event_base_new_with_config() does.'
}

@test "uses the backend that it names" {
  run env EVENT_SHOW_METHOD=1 "$MAIN"
  used=$(sed -n 's/.*libevent using: //p' <<<"$output")
  [[ -n $used && $output = *" chose $used from: "* ]] ||
    wrong "Ran EVENT_SHOW_METHOD=1 $YOURS, which lets libevent itself say what it uses." \
      'libevent using: the backend that the program names' "$output" \
      'Print what event_base_get_method() returns for the base that you have made.'
}

@test "looks at no environment variable" {
  for variable in EVENT_NOEPOLL EVENT_NOPOLL EVENT_NOSELECT; do
    run env $variable=1 "$MAIN"
    must_choose_second || wrong "Ran $variable=1 $YOURS." \
      'libevent … chose poll from: epoll poll select' "$output" \
      'The environment still has a say: give the config the flag EVENT_BASE_FLAG_IGNORE_ENV.'
  done
}

@test "avoids the first of the list, whatever its name is" {
  ${CC:-cc} -shared -fPIC -o "$BATS_TEST_TMPDIR/other.so" "$BATS_TEST_DIRNAME/other.c" -ldl
  run env LD_PRELOAD="$BATS_TEST_TMPDIR/other.so" "$MAIN"
  must_choose_second || wrong "Ran $YOURS where the list is another one." \
    'the second of this list' "$output" \
    'Other systems have other backends: avoid the first one that event_get_supported_methods() names.'
}

@test "frees the config" {
  sanitize leak
  run "$MAIN"
  [[ $output != *'detected memory leaks'* ]] || wrong "Built with -fsanitize=leak, ran $YOURS." \
    'all memory is freed' "$(sed -n 's/^SUMMARY: //p' <<<"$output")" \
    'The config is yours: event_config_free() it when the base is made.'
}

@test "ends with a message when a call for the config fails" {
  for call in event_config_new event_config_avoid_method event_config_set_flag; do
    value=-1
    [ $call != event_config_new ] || value=0
    with_failing $call 1 $value
    run --separate-stderr $WRAP "$MAIN"
    [[ $status != 0 && $status -lt 128 && -n $stderr ]] || wrong "Ran $YOURS, and $call() found no memory." \
      'a message on stderr, and an exit status that is not 0' "exit status $status, and ${stderr:-no message}" \
      'Look at what each of these calls returns: NULL, or less than 0.'
  done
}
