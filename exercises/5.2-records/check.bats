# Exercise 5.2: Records of 16 bytes
# ★★
# What is reported is records of 16 bytes, and not chunks.
# changes: reads 3,000 bytes in chunks of 1024 until none are left
# changes: what is read is gone: the next bytes are counted alone
# changes: reads every byte that a client sent before it closed
load ../exercise

reads() {
  sed -n 's/^client [0-9]*: read \([0-9]*\) bytes$/\1/p' "$LOG" | xargs
}

# expect_reads DONE 'N N …' ADVICE: these numbers are reported, and no others.
expect_reads() {
  have_come() { [ "$(reads | wc -w)" -ge "$(wc -w <<<"$1")" ]; }
  soon have_come "$2" || true
  [ "$(reads)" = "$2" ] || wrong "$1" "$(printf 'client FD: read %s bytes\n' $2)" "$(printed ^client)" "$3"
}

@test "takes all whole records that have come, and leaves the rest" {
  start
  connect client
  printf '%040d' 1 >&"$client"
  expect_reads 'A client sent 40 bytes in one piece, and waits.' '16 16' \
    'Take a record while there is a whole one. The low watermark only says when on_read is called, not how much it takes.'
  printf '%08d' 1 >&"$client"
  expect_reads 'A client sent 40 bytes, and then 8.' '16 16 16' \
    'Take a record while there is a whole one. The low watermark only says when on_read is called, not how much it takes.'
}

@test "takes a record that comes in sixteen pieces" {
  start
  connect client
  for i in {1..16}; do printf x >&"$client"; done
  expect_reads 'A client sent 16 bytes, one by one.' 16 'Wait until there are 16: the low watermark, or evbuffer_get_length().'
}

@test "on_read is not called for a piece of a record" {
  ${CC:-cc} -shared -fPIC $(pkg-config --cflags libevent_core) -o "$BATS_TEST_TMPDIR/spy.so" "$BATS_TEST_DIRNAME/spy.c" -ldl
  WRAP="env LD_PRELOAD=$BATS_TEST_TMPDIR/spy.so"
  start
  connect client
  connect other
  printf '%08d' 1 >&"$client"
  printf '%016d' 1 >&"$other" # when this is reported, the 8 bytes before it have been seen
  expect_reads 'A client sent 8 bytes. Another one sent 16.' 16 'Leave a piece of a record in the buffer.'
  ! grep -q ^on_read "$ERRORS" || wrong 'A client sent 8 bytes.' 'on_read is not called' "$(printed '^on_read')" \
    'Let libevent wait for you: 16 as the low watermark, the third argument of bufferevent_setwatermark().'
}

@test "reports what is left when the client closes, before it says so" {
  start
  printf '%040d' 1 | echo_client || true
  soon_line 'client [0-9]*: closed' || true
  expect_reads 'A client sent 40 bytes and closed.' '16 16 8' \
    'Less than the low watermark is not reported: look in on_event what is left in the input buffer.'
  printf '%019d' 1 | echo_client || true
  soon_line 'client [0-9]*: closed' 2 || true
  expect_reads 'A client sent 40 bytes and closed. Another one sent 19 and closed.' '16 16 8 16 3' \
    'The rest is what is left in the input buffer: evbuffer_get_length().'
  [[ $(tail -n 1 "$LOG") = *closed ]] || wrong 'A client sent 40 bytes and closed.' \
    $'client FD: read 8 bytes\nclient FD: closed' "$(printed ^client)" 'Report the rest before you free the client.'
}

@test "reports no rest of a client that breaks off" {
  start
  connect client
  printf '%040d' 1 >&"$client"
  expect_reads 'A client sent 40 bytes.' '16 16' 'Take all whole records.'
  break_off client
  soon_line 'client [0-9]*: Connection reset by peer' || wrong 'A client sent 40 bytes and broke off (its connection was reset).' \
    'client FD: Connection reset by peer' "$(printed ^client)" 'The event callback ends a client as before.'
  expect_reads 'A client sent 40 bytes and broke off (its connection was reset).' '16 16' \
    'Only the end of the stream, BEV_EVENT_EOF, makes a record of the rest: look at that bit of `what`.'
}

@test "reports no rest of a client whose records are all whole" {
  start
  printf '%032d' 1 | echo_client || true
  soon_line 'client [0-9]*: closed' || true
  expect_reads 'A client sent 32 bytes and closed.' '16 16' 'A rest of 0 bytes is none.'
}
