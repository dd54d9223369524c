# Exercise 3.1: A heartbeat
# ★
# This one counts the calls of event_add(), and the heartbeat is one more.
# changes: a pause that can't begin is tried again at once
load ../exercise

# next_tick: waits for one, and sets $at, the milliseconds when it came.
next_tick() {
  soon_line tick $(($(grep -c -x tick "$LOG") + 1)) || wrong 'Waited for the next tick, at most 5 seconds.' 'a line tick every second' "$(printed)" \
    'A timer is an event_new() with -1 for the descriptor. Add it with a time. (The line is "tick\n", exactly.)'
  at=$(milliseconds)
}

# mid_beat: a client comes half a second after a tick. Sets $told, how many milliseconds later the program
# says so, and $beat, how long it is from that tick to the next. On a busy machine a line may come late,
# so each test tries three times.
mid_beat() {
  local came ticked
  start
  next_tick
  ticked=$at
  sleep 0.5
  came=$(milliseconds)
  connect client
  soon_line 'a client is waiting' || true
  told=$(($(milliseconds) - came))
  next_tick
  beat=$((at - ticked))
  disconnect client
  kill -KILL "$SERVER"
  SERVER=
}

@test "ticks once a second" {
  start
  began=$(milliseconds)
  next_tick
  soon_line tick 3 || wrong 'Waited for the third tick, at most 5 seconds.' 'a line tick every second' "$(printed)" \
    'A timer fires once for each event_add(), unless it has EV_PERSIST.'
  [ $(($(milliseconds) - began)) -gt 2000 ] || wrong 'Waited for three ticks.' 'three seconds pass' \
    "$(($(milliseconds) - began)) milliseconds" \
    'The first tick comes after a second. The time is a struct timeval: seconds and microseconds.'
}

@test "ticks while a client waits, too" {
  start
  connect client
  soon_line 'a client is waiting' 2 || wrong 'A client connected, and waited 5 seconds.' \
    'a client is waiting, once a second' "$(printed)" 'The listener is as it was in step 3, with its pause.'
  soon_line tick 2 || wrong 'A client connected.' 'ticks between the lines about the client' "$(printed)" \
    'The heartbeat needs a timer of its own.'
}

@test "tells at once of a client that comes between two ticks" {
  for _ in 1 2 3; do
    mid_beat
    [ "$told" -gt 200 ] || return 0
  done
  wrong 'A client connected half a second after a tick.' 'a client is waiting, within a fifth of a second' \
    "it came $told milliseconds later" \
    'Who sleeps hears nobody: the loop waits for the timer and for the client, in one call.'
}

@test "keeps the beat when a client comes between two ticks" {
  for _ in 1 2 3; do
    mid_beat
    [[ $beat -lt 800 || $beat -gt 1250 ]] || return 0
  done
  wrong 'A client connected half a second after a tick.' 'the next tick comes a second after the last one' \
    "it came $beat milliseconds after it" \
    'event_add() on a timer that is running starts its time again: the heartbeat needs a timer that nothing else adds.'
}

@test "libevent's loop is what waits" {
  export EVENT_SHOW_METHOD=1
  start
  used=$(sed -n 's/.*libevent using: //p' "$ERRORS")
  [ -n "$used" ] || wrong 'Ran EVENT_SHOW_METHOD=1 my/3.1/main, which lets libevent itself say what it uses.' \
    'libevent using: epoll' "$(printed)" 'Begin with the program of step 3, and add an event to its base.'
}

@test "Ctrl-C ends it at once" {
  start
  soon_line tick || true
  interrupt
  DEADLINE=1 soon_line 'no events left: the loop has returned' || wrong 'Ctrl-C, then waited a second.' \
    'no events left: the loop has returned' "$(printed)" \
    'The heartbeat is an event, too, and keeps the loop: event_del() it with the others.'
}
