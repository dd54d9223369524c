# Exercise 1.1: Avoid the best backend
# ★
# The environment has no say, and event_base_new() is not called.
# changes: takes the next backend when the environment forbids one
# changes: fails with a message when no backend is left
# changes: fails with a message when no memory is left
load ../exercise

# The second name in the program's list is what it must choose.
must_choose_second() {
  local second
  second=$(sed -n 's/.* from: [^ ]* \([^ ]*\).*/\1/p' <<<"$output")
  [[ $status = 0 && $output = *" chose $second from: "* ]]
}

@test "chooses the second backend of its list, not the first" {
  run "$MAIN"
  must_choose_second || wrong 'Ran the program.' 'libevent … chose poll from: epoll poll select' "$output" \
    'event_base_new() knows of no config: event_base_new_with_config() does.'
}

@test "looks at no environment variable" {
  for variable in EVENT_NOEPOLL EVENT_NOPOLL EVENT_NOSELECT; do
    run env $variable=1 "$MAIN"
    must_choose_second || wrong "Ran $variable=1 01-event-init/main." \
      'libevent … chose poll from: epoll poll select' "$output" \
      'The environment still has a say: give the config the flag EVENT_BASE_FLAG_IGNORE_ENV.'
  done
}
