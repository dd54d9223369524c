# Exercise 6.5: A deadline for the end
# ★★
load ../exercise

DEADLINE=10

# all_served COUNT: so many clients are connected, as $c1, $c2 …
all_served() {
  start
  for ((i = 1; i <= $1; i++)); do
    connect c$i
    soon_line 'client [0-9]*: connected' $i || true
  done
}

# time_is_up: it has said so, or has ended.
time_is_up() {
  has_line 'time is up: .*' || ended
}

@test "five seconds after Ctrl-C, the clients who are left are closed, and counted" {
  local done='Three clients connected, and one left. Then Ctrl-C, and the others stay.'
  all_served 3
  disconnect c2
  soon_line 'client [0-9]*: closed'
  interrupt
  began=$(milliseconds)
  soon time_is_up || true
  took=$(($(milliseconds) - began))
  has_line 'time is up: .*' || wrong "$done" 'time is up: 2 clients closed' "$(printed)
$(ended && echo 'it has ended')" 'Ctrl-C adds a timer, and the timer closes every client of a list that you keep.'
  [[ $took -gt 4500 && $took -lt 5900 ]] || wrong "$done" 'five seconds pass' "$took milliseconds" \
    'Ctrl-C adds a timer of five seconds.'
  has_line 'time is up: 2 clients closed' || wrong "$done" 'time is up: 2 clients closed' "$(printed time)" \
    'Count those who are left.'
  [ "$(grep -c 'out of time' "$LOG")" = 2 ] || wrong "$done" $'client FD: out of time\nclient FD: out of time\ntime is up: 2 clients closed' \
    "$(printed)" 'end_client() each of them, with "out of time".'
  soon ended || wrong "$done" 'the program ends when time is up' 'it still runs' 'Which event is left?'
}

@test "clients are served until the five seconds are over" {
  all_served 2
  interrupt
  soon_line 'no new clients.*'
  echo hello >&"$c2"
  read -r -t "$DEADLINE" line <&"$c2" || true
  [ "$line" = hello ] || wrong 'Two clients connected. Ctrl-C. Then one of them sent "hello\n".' hello "${line:-nothing}" \
    'They have five seconds.'
}

@test "clients who send all the time get no more than five seconds" {
  all_served 1
  interrupt
  soon_line 'no new clients.*'
  began=$(milliseconds)
  still_sends() { (echo hello >&"$c1") 2>/dev/null || true; time_is_up; }
  soon still_sends || true
  took=$(($(milliseconds) - began))
  [ $took -lt 5900 ] || wrong 'A client connected. Ctrl-C. The client sends on and on.' 'after five seconds: time is up: 1 clients closed' \
    "after $took milliseconds: $(printed '^time' | head -n 1)" 'The five seconds begin with Ctrl-C. Nothing that a client does begins them again.'
}

@test "a client who still waits to be accepted at Ctrl-C has its five seconds" {
  with_failing accept # the first one: for a second, the client is not accepted
  start
  connect client
  soon grep -q '^accept: ' "$ERRORS" || true
  interrupt
  soon time_is_up || true
  has_line 'time is up: 1 clients closed' || wrong 'A client connected, and was not accepted yet when Ctrl-C came.' \
    'after five seconds: time is up: 1 clients closed' "$(printed)" \
    'on_interrupt accepts whoever waits in the backlog. Whether anybody is left to wait for, you know after that.'
}

@test "the last client to leave ends the server at once" {
  all_served 2
  interrupt
  soon_line 'no new clients.*'
  disconnect c1
  soon_line 'client [0-9]*: closed' || true
  break_off c2
  DEADLINE=2
  soon ended || wrong 'Two clients connected. Ctrl-C. Then one left, and the other broke off.' 'the program ends at once' 'it still runs' \
    'The timer is an event, and keeps the loop: delete it with the last client.'
  ! has_line 'time is up.*' || wrong 'Two clients connected. Ctrl-C. Then one left, and the other broke off.' 'nobody is out of time' "$(printed time)" \
    'The timer must not fire when nobody is left.'
}

@test "without clients, Ctrl-C ends the server at once" {
  start
  interrupt
  DEADLINE=2
  soon ended || wrong 'Ctrl-C, and nobody is connected.' 'the program ends at once' 'it still runs' \
    'Is there a timer though nobody is connected? It keeps the loop.'
}

# edge cases

@test "a client who waits for its last bytes is closed after five seconds" {
  ${CC:-cc} -shared -fPIC -o "$BATS_TEST_TMPDIR/full.so" "$BATS_TEST_DIRNAME/full.c" -ldl
  WRAP="env LD_PRELOAD=$BATS_TEST_TMPDIR/full.so"
  start
  connect client
  soon_line 'client [0-9]*: connected'
  kill -STOP "$SERVER"
  printf hello >&"$client"
  python3 -c 'import socket, sys
socket.socket(fileno=int(sys.argv[1])).shutdown(socket.SHUT_WR)' "$client"
  kill -CONT "$SERVER"
  half_closed() { grep -q 'half closed' "$ERRORS"; }
  soon half_closed || true
  interrupt
  soon_line 'time is up: 1 clients closed' || wrong 'A client sent "hello" and closed its half. Its socket takes no bytes. Ctrl-C.' \
    'after five seconds: time is up: 1 clients closed' "$(printed)
$(ended && echo 'it has ended')" "$(ended && echo 'Does on_event set new callbacks? bufferevent_setcb() sets their argument with them.' ||
      echo 'A client that has closed its half, and for whom bytes wait, is in your list still.')"
}

@test "a second Ctrl-C ends the server at once" {
  all_served 1
  interrupt
  soon_line 'no new clients.*'
  interrupt
  DEADLINE=2
  soon ended || wrong 'A client connected. Ctrl-C, and again Ctrl-C.' 'the program ends' 'it still runs' \
    'The event for Ctrl-C is one-shot, as before.'
  SERVER=
}

@test "it uses nothing that it has freed, and frees everything" {
  sanitize address
  all_served 3
  disconnect c3
  soon_line 'client [0-9]*: closed'
  interrupt
  soon time_is_up || true
  ! grep -q 'ERROR: AddressSanitizer' "$ERRORS" || wrong 'Built with -fsanitize=address. Three clients connected, and one left. Ctrl-C, and five seconds.' \
    'no memory is used after it was freed' "$(sanitizer_says)" \
    'A list whose entries you free: take the next one before you free this one.'
  ends_well
  SERVER=
  ! grep -q 'detected memory leaks' "$ERRORS" || wrong 'Built with -fsanitize=address. Three clients connected, and one left. Ctrl-C, and five seconds.' \
    'all memory is freed' "$(sanitizer_says)" 'end_client() each client, free() its entry there, and event_free() the timer.'
}

@test "150 clients are not too many" {
  sanitize address
  start
  for i in {1..150}; do connect "c$i"; done
  soon_line 'client [0-9]*: connected' 150 || true
  interrupt
  soon time_is_up || true
  has_line 'time is up: 150 clients closed' || wrong 'Built with -fsanitize=address. 150 clients connected. Ctrl-C, and five seconds.' \
    'time is up: 150 clients closed' "$(printed 'time\|ERROR')" 'An array of clients has an end, and a list has none.'
}
