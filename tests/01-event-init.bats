load helper

# printed: what it prints. A program that prints for ever is ended by its full pipe.
printed() {
  timeout 10 $WRAP "$MAIN" | head -c 1000
}

# bats test_tags=superseded
@test "names libevent's version, the backend that it chose, and those that it chose from" {
  set -o pipefail
  run printed
  assert_success
  assert_equal "$(printed | wc -l)" 1
  assert_output --regexp '^libevent 2\.[0-9.]+[-a-z]* chose ([a-z]+) from:( [a-z]+)* \1( [a-z]+)*$'
}

# bats test_tags=superseded,uninstrumented
@test "takes the next backend when the environment forbids one" {
  EVENT_NOEPOLL=1 run "$MAIN"
  assert_output --partial 'chose poll from: epoll poll select'
  EVENT_NOEPOLL=1 EVENT_NOPOLL=1 run "$MAIN"
  assert_output --partial 'chose select from: epoll poll select'
}

@test "fails with a message when no backend is left" {
  EVENT_NOEPOLL=1 EVENT_NOPOLL=1 EVENT_NOSELECT=1 run --separate-stderr "$MAIN"
  assert_failure 1
  assert_output ''
  assert_regex "$stderr" 'event_base_new: no usable backend'
}

# bats test_tags=uninstrumented
@test "fails with a message when no memory is left" {
  for call in event_get_supported_methods event_base_new; do
    with_failing $call 1 0
    run --separate-stderr $WRAP "$MAIN"
    assert_failure 1
    assert_output ''
    assert_equal "$stderr" 'event_base_new: no usable backend, or no memory'
  done
}
