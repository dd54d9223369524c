# Exercise 3.3: SIGTERM like Ctrl-C
# ★
# This one counts the calls of event_add(), and SIGTERM is one more.
# changes: a pause that can't begin is tried again at once
load ../exercise

LAST_WORDS=$'no new clients; Ctrl-C again ends now\nno events left: the loop has returned'

# expect_ends_well DONE ADVICE [ADVICE]: it has said both lines, and exited with 0. The second one is for a
# program that still runs.
expect_ends_well() {
  soon ended || wrong "$1, then waited 5 seconds." "$LAST_WORDS" "$(printed)" \
    "${3:-The event of the other signal keeps the loop: event_del() both, whichever comes.}"
  local status=0
  wait "$SERVER" || status=$?
  SERVER=
  [[ $status = 0 && $(printed 'no ') = "$LAST_WORDS" ]] || wrong "$1." "$LAST_WORDS
and exit status 0" "$(printed)
and exit status $status" "$2"
  [ "$SANITIZER" != leak ] || ! grep -q 'detected memory leaks' "$ERRORS" || wrong "Built with -fsanitize=leak. $1." \
    'all memory is freed' "$(sanitizer_says)
from $(sanitizer_points_at)" 'The event of SIGTERM is yours, too: event_free() it before the base.'
}

@test "SIGTERM ends it as Ctrl-C does" {
  start
  kill -TERM "$SERVER"
  expect_ends_well 'Sent SIGTERM (kill PID)' 'The signal has ended the program: there must be an event for SIGTERM.'
  start
  connect client
  soon_line 'a client is waiting'
  kill -TERM "$SERVER"
  expect_ends_well 'A client waits. Sent SIGTERM (kill PID)' 'The signal has ended the program: there must be an event for SIGTERM.' \
    'While a client waits, the listener pauses, and the timer of the pause is an event, too. Do all that on_interrupt does.'
}

@test "Ctrl-C still ends it, with the same two lines" {
  start
  interrupt
  expect_ends_well 'Ctrl-C' 'An event watches one signal: you need two events.'
}

@test "Ctrl-C and SIGTERM at the same moment end it once" {
  start
  kill -STOP "$SERVER"
  interrupt
  kill -TERM "$SERVER"
  kill -CONT "$SERVER"
  soon ended || true
  [ "$(grep -c 'no new clients' "$LOG")" = 1 ] || wrong 'Ctrl-C and SIGTERM at the same moment.' "$LAST_WORDS" \
    "$(printed)" 'Delete the other event, too, or both callbacks run.'
}
