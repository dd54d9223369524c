# Exercise 7.1: The least busy worker
# changes: clients of all workers get exactly their bytes, at the same time
load exercise

# workers: those of all clients so far, in the order in which they connected
workers() {
  sed -n 's/^client [0-9]*: connected (worker \([0-9]*\))$/\1/p' "$LOG"
}

# join NAME: connects, and waits until the client is served.
join() {
  local joined
  joined=$(workers | wc -l)
  connect "$1"
  soon_line 'client [0-9]*: connected (worker [0-9]*)' $((joined + 1)) || wrong 'A client connected.' \
    'client FD: connected (worker K)' "$(printed)" 'The line stays as it was.'
}

has_descriptors() {
  [ "$(descriptors)" -eq "$1" ]
}

@test "new clients go where clients have left" {
  start
  before=$(descriptors)
  for i in {1..8}; do join c$i; done
  [ "$(workers | sort | xargs)" = '1 1 2 2 3 3 4 4' ] || wrong 'Eight clients connected, one after another.' \
    'two for each of the workers 1 to 4' "$(workers | xargs)" 'Choose the worker with the fewest clients.'
  [ "$(workers | xargs)" = '1 2 3 4 1 2 3 4' ] || wrong 'Eight clients connected, one after another.' \
    'workers 1 2 3 4 1 2 3 4' "$(workers | xargs)" 'Where several have equally few, the smallest number wins: mind < and <=.'
  disconnect c2 c6
  soon has_descriptors $((before + 6)) # closed only after the callbacks that end them
  join c9
  join c10
  [ "$(workers | tail -n 2 | xargs)" = '2 2' ] || wrong 'Eight clients connected. The two of worker 2 left, and two new ones came.' \
    'both go to worker 2' "they go to: $(workers | tail -n 2 | xargs)" \
    'Does the number of clients go down again? Where a client ends, count it down for its worker.'
}

@test "clients that come at the same moment are spread, too" {
  start
  kill -STOP "$SERVER"
  for i in {1..40}; do connect c$i; done
  kill -CONT "$SERVER"
  soon_line 'client [0-9]*: connected (worker [0-9]*)' 40 || true
  spread=$(workers | sort | uniq -c | awk '{ print $1 }' | xargs)
  [ "$spread" = '10 10 10 10' ] || wrong '40 clients connected at the same moment.' '10 for each of the four workers' \
    "${spread:-none}" 'Count a client up when you choose its worker: when it reads its pipe, many more may have been sent there.'
}

@test "echoes as before" {
  start
  run echo_client <<<hello
  [ "$output" = hello ] || wrong 'A client sent "hello\n".' hello "${output:-nothing}" 'All else stays as it was.'
}
