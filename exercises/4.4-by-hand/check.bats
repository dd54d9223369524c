# Exercise 4.4: By hand
# ★★
# This one lets calls fail that are not made without a bufferevent.
# changes: a client that can't be served is closed, with the error's text
load ../exercise

# no_bufferevents: start a program in which bufferevent_socket_new() fails.
no_bufferevents() {
  ${CC:-cc} -shared -fPIC -o "$BATS_TEST_TMPDIR/none.so" "$BATS_TEST_DIRNAME/none.c"
  WRAP="env LD_PRELOAD=$BATS_TEST_TMPDIR/none.so"
  start
}

# hello_is_counted NAME: that client sends six bytes, and stays.
hello_is_counted() {
  echo hello >&"${!1}"
  soon_line 'client [0-9]*: 6 bytes buffered' || wrong 'A client sent "hello\n", and stays.' 'client FD: 6 bytes buffered' \
    "$(printed ^client)" "$(if has_line 'client [0-9]*: .* bytes buffered'; then
      echo 'Is the sum set to 0 when a client comes? calloc() does that, malloc() does not.'
    else echo 'Does the server wait in a second read() for bytes that do not come? accept() gives you a socket that blocks:
  evutil_make_socket_nonblocking().'; fi)"
}

@test "without a bufferevent, a client that closes half is closed" {
  no_bufferevents
  echo hello | echo_client || true
  soon_line 'client [0-9]*: closed' || wrong 'A client sent "hello\n" and closed its half. (bufferevent_socket_new() fails here.)' \
    'client FD: closed' "$(printed)" \
    "$(if grep -q unavailable "$LOG"; then echo 'EAGAIN is no error: no more bytes have come yet.'
    elif grep -q bytes "$LOG"; then echo 'At the end of the stream read() returns 0, each time that you call it. (Is it called? Without EV_PERSIST, an event is reported once.)'
    else echo 'Give each client an event of its own, with EV_READ, instead of a bufferevent.'; fi)"
}

@test "a client that stays is not closed" {
  no_bufferevents
  connect client
  hello_is_counted client
  soon at_rest || true
  [ "$(grep -c '^client' "$LOG")" = 2 ] || wrong 'A client sent "hello\n", and stays.' $'client FD: connected\nclient FD: 6 bytes buffered' \
    "$(printed ^client)" 'EAGAIN is no error: no more bytes have come yet.'
}

@test "adds up what a client sends" {
  start
  connect client
  for total in 6 12 18; do
    echo hello >&"$client"
    soon_line "client [0-9]*: $total bytes buffered" || wrong "A client sent \"hello\\n\". So far: $((total / 6))." \
      "client FD: $total bytes buffered" "$(printed ^client)" \
      "$(if [ $total = 6 ]; then echo 'Is the sum set to 0 when a client comes? calloc() does that, malloc() does not.'
      elif has_line 'client [0-9]*: .* bytes buffered' $((total / 6)); then echo 'Add up what read() returns, in the struct of this client.'
      else echo 'Is the event there still? Without EV_PERSIST it is deleted when it is reported.'; fi)"
  done
  disconnect client
  soon_line 'client [0-9]*: closed'
  connect next
  echo hi >&"$next"
  soon_line 'client [0-9]*: 3 bytes buffered' || wrong 'A client sent 18 bytes, and left. The next one sent "hi\n".' \
    'client FD: 3 bytes buffered' "$(printed ^client)" 'Each client has a sum of its own, and it begins with 0.'
}

@test "a client that falls silent holds up nobody" {
  start
  connect silent
  hello_is_counted silent
  connect other
  echo hi >&"$other"
  soon_line 'client [0-9]*: 3 bytes buffered' || wrong 'A client sent "hello\n" and fell silent. Another one sent "hi\n".' \
    'client FD: 3 bytes buffered' "$(printed ^client)" \
    'The server waits in read(). accept() gives you a socket that blocks: evutil_make_socket_nonblocking().'
}

@test "a client that breaks off is closed, with the error's text" {
  start
  connect client
  soon_line 'client [0-9]*: connected'
  break_off client
  soon_line 'client [0-9]*: Connection reset by peer' || wrong 'A client broke off (its connection was reset).' \
    'client FD: Connection reset by peer' "$(printed ^client)" 'read() returns -1 then, and errno says why: strerror().'
}

@test "two hundred clients come and go, though it may have only 32 descriptors" {
  WRAP='prlimit --nofile=32'
  start
  for i in {1..200}; do
    connect client
    soon_line 'client [0-9]*: connected' "$i" || wrong "Client number $i connected, after the others had left." \
      'client FD: connected' "$(printed)" 'Nobody closes your descriptors for you now: close() each, after its event is freed.'
    disconnect client
  done
}

# edge cases

@test "clients that have left leave no memory behind" {
  sanitize address
  start
  for i in 1 2; do echo hello | echo_client; done || true
  connect broken
  soon_line 'client [0-9]*: connected' 3
  break_off broken
  soon_line 'client [0-9]*: Connection reset by peer'
  connect client # is freed after Ctrl-C
  ends_well
  SERVER=
  ! grep -q 'detected memory leaks' "$ERRORS" || wrong 'Built with -fsanitize=address. Four clients came and went.' \
    'all memory is freed' "$(sanitizer_says)" 'What you have allocated for a client is yours to free(), whether it closes or breaks off.'
}
