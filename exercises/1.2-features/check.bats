# Exercise 1.2: What can this backend do?
# ★
# There is a second line.
# changes: names libevent's version, the backend that it chose, and those that it chose from
load ../exercise

@test "names what epoll can do" {
  run "$MAIN"
  [ "${lines[1]}" = 'features: ET O1 EARLY_CLOSE' ] ||
    wrong 'Ran the program.' 'features: ET O1 EARLY_CLOSE' "${lines[1]:-no second line}" \
      'The number holds a bit for each feature: features & EV_FEATURE_ET is not 0 when ET is among them.'
  [ "${#lines[@]}" = 2 ] || wrong 'Ran the program.' 'two lines' "$output" 'Print nothing else.'
}

@test "names what another backend can do, if that one was chosen" {
  export EVENT_NOEPOLL=1 EVENT_NOPOLL=1
  run "$MAIN"
  [ "${lines[1]}" = 'features: FDS' ] ||
    wrong 'Ran EVENT_NOEPOLL=1 EVENT_NOPOLL=1 my/1.2/main, which takes select.' 'features: FDS' \
      "${lines[1]:-no second line}" 'Ask the base that you have: event_base_get_features().'
}

@test "names the features that the base has, whatever its backend is called" {
  with_failing event_base_get_features 1 6 # EV_FEATURE_O1 | EV_FEATURE_FDS
  run $WRAP "$MAIN"
  [ "${lines[1]}" = 'features: O1 FDS' ] ||
    wrong 'Ran the program where event_base_get_features() returns EV_FEATURE_O1 | EV_FEATURE_FDS.' 'features: O1 FDS' \
      "${lines[1]:-no second line}" 'A table of backends is right today, and here. Ask the base that you have, and look at each bit.'
}
