# Exercise 3.2: Give up
# ★★
# This one counts the calls of event_add(), and the timer is one more.
# changes: a pause that can't begin is tried again at once
load ../exercise

gave_up() {
  has_line 'no client for 3 seconds'
}

@test "ends after three seconds without a client" {
  DEADLINE=10
  start
  began=$(milliseconds)
  soon gave_up || wrong 'Waited 10 seconds, and no client came.' 'no client for 3 seconds' "$(printed)" \
    'Add one more timer when the program starts.'
  [ $(($(milliseconds) - began)) -gt 2000 ] || wrong 'No client came.' 'three seconds pass' \
    "$(($(milliseconds) - began)) milliseconds" 'The time is a struct timeval: seconds and microseconds.'
  DEADLINE=2
  soon_line 'no events left: the loop has returned' || wrong 'No client came for three seconds.' \
    $'no client for 3 seconds\nno events left: the loop has returned' "$(printed)" \
    'The loop has events still. Do what on_interrupt does, or it has never "no events left".'
  ! has_line 'no new clients.*' || wrong 'No client came for three seconds.' \
    $'no client for 3 seconds\nno events left: the loop has returned' "$(printed 'no ')" \
    'on_interrupt also prints its own line: move what both callbacks do into a function that prints nothing.'
}

# A client is reported each second. Four reports take longer than three seconds.
four_reports_or_gave_up() {
  has_line 'a client is waiting' 4 || gave_up
}

@test "goes on while clients come" {
  DEADLINE=10
  start
  connect client
  soon four_reports_or_gave_up
  ! gave_up || wrong 'A client connected, and waits.' '"a client is waiting" every second, and no end' "$(printed)" \
    'Each client starts the three seconds again: in on_connection event_add() the timer
  with its three seconds. (With NULL for the time, a timer that runs keeps its old end: experiment 3.3.)'
}

@test "Ctrl-C ends it at once, without that line" {
  start
  interrupt
  soon ended || true
  ! gave_up || wrong 'Ctrl-C.' $'no new clients; Ctrl-C again ends now\nno events left: the loop has returned' \
    "$(printed)" 'After Ctrl-C your timer kept the loop. It is one more event to delete.'
  ! ended || has_line 'no new clients.*' || wrong 'Ctrl-C.' 'no new clients; Ctrl-C again ends now' \
    "$(printed 'no ')" 'on_interrupt says what it said before.'
}
