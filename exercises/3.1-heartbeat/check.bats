# Exercise 3.1: A heartbeat
# ★
# This one counts the calls of event_add(), and the heartbeat is one more.
# changes: a pause that can't begin is tried again at once
load ../exercise

@test "ticks once a second" {
  start
  began=$(milliseconds)
  soon_line tick || wrong 'Waited 5 seconds.' 'a line tick every second' "$(printed)" \
    'A timer is an event_new() with -1 for the descriptor. Add it with a time.'
  soon_line tick 3 || wrong 'Waited 5 seconds for the third tick.' 'a line tick every second' "$(printed)" \
    'A timer fires once for each event_add(), unless it has EV_PERSIST.'
  [ $(($(milliseconds) - began)) -gt 2000 ] || wrong 'Waited for three ticks.' 'three seconds pass' \
    "$(($(milliseconds) - began)) milliseconds" 'The time is a struct timeval: seconds and microseconds.'
}

@test "ticks while a client waits, too" {
  start
  connect client
  soon_line 'a client is waiting' 2
  soon_line tick 2 || wrong 'A client connected.' 'ticks between the lines about the client' "$(printed)" \
    'The heartbeat needs a timer of its own.'
}

@test "Ctrl-C still ends it" {
  start
  interrupt
  soon_line 'no events left: the loop has returned' || wrong 'Ctrl-C, then waited 5 seconds.' \
    'no events left: the loop has returned' "$(printed)" \
    'The heartbeat is an event, too, and keeps the loop: event_del() it with the others.'
}
