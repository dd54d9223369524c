# Exercise 6.4: A chat
# changes: what a client sends comes back
# changes: each client gets its own bytes, and no other's
# changes: bytes come back exactly, and all of them, after half a close
# changes: single bytes of every value come back
# changes: ten clients at once get theirs
# changes: a client that sends and never reads is stopped, and costs little memory
# changes: others are served meanwhile
# changes: and when it reads after all, it gets every byte
# changes: a client that goes while its bytes wait ends neither the server nor the others
# changes: SIGPIPE, from a write to a client that has gone, does not end the server
# changes: after Ctrl-C, those who are connected get their bytes
# changes: does the same on the other backends
# changes: bytes that still wait when the client has closed half come back, too
load exercise

# chat COUNT: so many clients are connected, as $c1, $c2 …
chat() {
  start
  for ((i = 1; i <= $1; i++)); do
    connect c$i
    soon_line 'client [0-9]*: connected' $i || true
  done
}

# hear NAME: the next line that this client gets
hear() {
  read -r -t "$DEADLINE" line <&"${!1}" || line=nothing
}

@test "a line goes to all the others" {
  chat 3
  echo hello >&"$c1"
  for name in c2 c3; do
    hear $name
    [ "$line" = hello ] || wrong 'Of three clients, the first sent "hello\n".' 'the other two get: hello' \
      "${name#c}. client: $line" 'Write the line to each client of your list.'
  done
}

@test "and not to its author" {
  chat 2
  echo 'from one' >&"$c1"
  hear c2
  echo 'from two' >&"$c2"
  hear c1
  [ "$line" = 'from two' ] || wrong 'The first client sent "from one\n", then the second "from two\n".' \
    'the first client gets: from two' "$line" 'A line is for all the other clients: leave out its author.'
}

@test "lines come whole, however they were sent" {
  chat 3
  printf 'one ' >&"$c1"
  echo first >&"$c2"
  hear c3 # now the server has seen what the first client sent
  echo two >&"$c2"
  hear c3
  [ "$line" = two ] || wrong 'One client sent "one ", and no "\n" yet. Another one sent "first\n" and "two\n".' \
    $'the third gets: first\ntwo' "$line" 'Keep half a line until its end comes: evbuffer_readln() does.'
  echo three >&"$c1"
  hear c3
  [ "$line" = 'one three' ] || wrong 'One client sent "one ", and later "three\n".' 'the third gets: one three' "$line" \
    'Keep half a line until its end comes: evbuffer_readln() does.'
}

@test "two lines in one piece are two lines" {
  chat 2
  send c1 'one\ntwo\n'
  hear c2
  hear c2
  [ "$line" = two ] || wrong 'A client sent "one\ntwo\n" in one piece.' $'the other gets: one\ntwo' "only one line" \
    'Call evbuffer_readln() while there are lines.'
}

@test "goes on when one leaves" {
  chat 3
  disconnect c2
  soon_line 'client [0-9]*: closed'
  echo hello >&"$c1"
  hear c3
  [ "$line" = hello ] || wrong 'Of three clients one left, and then the first sent "hello\n".' \
    'the third gets: hello' "$(ended && echo 'the server has crashed' || echo "$line")" \
    'A client that goes must leave your list before it is freed: end_client() is the place.'
}

@test "a line without an end ends its client" {
  chat 1
  printf '%1100d' 1 >&"$c1"
  soon_line 'client [0-9]*: line too long' || wrong 'A client sent 1,100 bytes without "\n", and waits.' \
    'client FD: line too long' "$(printed ^client)" \
    'When there is no whole line, evbuffer_get_length() tells how much waits for its end.'
}

@test "there is a place for 100 clients" {
  chat 100
  echo hello >&"$c1"
  hear c100
  [ "$line" = hello ] || wrong 'Of 100 clients, the first sent "hello\n".' 'the last gets: hello' "$line" \
    'Is your list long enough?'
}

@test "one that never reads costs little memory" {
  chat 2
  before=$(memory)
  yes "$(printf '%99d' 1)" 2>/dev/null | head -c 33554432 >&"$c1" 3>&-
  DEADLINE=30 soon at_rest
  now=$(memory)
  [ "$now" -lt $((before + 4096)) ] || wrong 'A client sent 32 MiB of lines, and the other read nothing.' \
    'it misses lines, and the program stays small' "the program keeps $((now - before)) KiB for it" \
    'Before you write to a client, look at the length of its output: MAX_UNSENT or more, and it misses this line.'
}
