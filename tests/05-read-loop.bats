load helper

# reads: what the server has read so far, a number a line
reads() {
  sed -n 's/^client [0-9]*: read \([0-9]*\) bytes$/\1/p' "$LOG"
}

# bats test_tags=superseded
@test "reads 3,000 bytes in chunks of 1024 until none are left" {
  start
  connect client
  printf '%3000d' 1 >&"$client"
  wait_for_line 'client [0-9]*: read 952 bytes'
  assert_equal "$(reads | xargs)" '1024 1024 952'
}

# bats test_tags=superseded
@test "what is read is gone: the next bytes are counted alone" {
  start
  connect client
  printf 12345 >&"$client"
  wait_for_line 'client [0-9]*: read 5 bytes'
  printf 678 >&"$client"
  wait_for_line 'client [0-9]*: read 3 bytes'
}

# bats test_tags=superseded
@test "reads every byte that a client sent before it closed" {
  start
  head -c 3000000 /dev/urandom | echo_client
  wait_for_line 'client [0-9]*: closed'
  assert_equal "$(reads | awk '{ sum += $1 } END { print sum }')" 3000000
  assert_equal "$(reads | sort -n | tail -n 1)" 1024
}

# bats test_tags=uninstrumented
@test "its memory does not grow with what a client sends" {
  start
  head -c 8388608 /dev/zero | echo_client >/dev/null
  before=$(memory)
  head -c 67108864 /dev/zero | DEADLINE=60 echo_client >/dev/null
  assert [ "$(memory)" -lt $((before + 300)) ] # less than half a percent
}

@test "never prints what a client sent" {
  start
  { printf 'my pa\0ssword\n'; yes 'my password' | head -c 20000; } | echo_client
  wait_for_line 'client [0-9]*: closed'
  run cat "$LOG" "$ERRORS"
  refute_output --regexp 'my pa|ssword'
}

# bats test_tags=uninstrumented
@test "a client that sends much never reaches the watermark: libevent goes on waiting for it" {
  needs_libevent 2.1 'the trace is that of its reads'
  traced -e trace=epoll_ctl -o "$BATS_TEST_TMPDIR/calls"
  start
  yes 'a line of some length, of which there are many' | head -c 300000 | echo_client >/dev/null
  wait_for_line 'client [0-9]*: closed'
  run grep -c EPOLL_CTL_DEL "$BATS_TEST_TMPDIR/calls"
  assert_output 1 # when it has closed
}
