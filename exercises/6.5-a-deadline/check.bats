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

@test "five seconds after Ctrl-C, those who are left are closed, and counted" {
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
  [[ $took -gt 4500 && $took -lt 8000 ]] || wrong "$done" 'five seconds pass' "$took milliseconds" \
    'Ctrl-C adds a timer of five seconds.'
  has_line 'time is up: 2 clients closed' || wrong "$done" 'time is up: 2 clients closed' "$(printed time)" \
    'Count those who are left.'
  [ "$(grep -c 'out of time' "$LOG")" = 2 ] || wrong "$done" $'client FD: out of time\nclient FD: out of time\ntime is up: 2 clients closed' \
    "$(printed)" 'end_client() each of them, with "out of time".'
  soon ended || wrong "$done" 'the program ends when time is up' 'it still runs' 'Which event is left?'
}

@test "until then, they are served" {
  all_served 2
  interrupt
  soon_line 'no new clients.*'
  echo hello >&"$c2"
  read -r -t "$DEADLINE" line <&"$c2" || true
  [ "$line" = hello ] || wrong 'Two clients connected. Ctrl-C. Then one of them sent "hello\n".' hello "${line:-nothing}" \
    'They have five seconds.'
}

@test "whoever leaves last ends it at once" {
  all_served 2
  interrupt
  soon_line 'no new clients.*'
  disconnect c1 c2
  DEADLINE=2
  soon ended || wrong 'Two clients connected. Ctrl-C. Then both left.' 'the program ends at once' 'it still runs' \
    'The timer is an event, and keeps the loop: delete it with the last client.'
  ! has_line 'time is up.*' || wrong 'Two clients connected. Ctrl-C. Then both left.' 'nobody is out of time' "$(printed time)" \
    'The timer must not fire when nobody is left.'
}

@test "without clients it ends at once" {
  start
  interrupt
  DEADLINE=2
  soon ended || wrong 'Ctrl-C, and nobody is connected.' 'the program ends at once' 'it still runs' \
    'Is there a timer though nobody is connected? It keeps the loop.'
}

@test "the clients who wait for their last bytes are closed, too" {
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

@test "a second Ctrl-C ends it before" {
  all_served 1
  interrupt
  soon_line 'no new clients.*'
  interrupt
  DEADLINE=2
  soon ended || wrong 'A client connected. Ctrl-C, and again Ctrl-C.' 'the program ends' 'it still runs' \
    'The event for Ctrl-C is one-shot, as before.'
  SERVER=
}

@test "it uses nothing that it has freed" {
  sanitize address
  all_served 2
  interrupt
  soon time_is_up || true
  ! grep -q 'ERROR: AddressSanitizer' "$ERRORS" || wrong 'Built with -fsanitize=address. Two clients connected. Ctrl-C, and five seconds.' \
    'no memory is used after it was freed' "$(sed -n '/^SUMMARY/s/^SUMMARY: //p' "$ERRORS")" \
    'A list whose entries you free: take the next one before you free this one.'
}
