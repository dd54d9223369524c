# Exercise 6.4: A chat
# ★★★
# after: 5.1
# In these, a client gets back what it has sent, or lets that wait.
# changes: what takes two writes comes back at once, and not only after an acknowledgement
# changes: what a client sends comes back
# changes: each client gets its own bytes, and no other's
# changes: bytes come back exactly, and all of them, after half a close
# changes: single bytes of every value come back
# changes: ten clients at once get their bytes
# changes: a client that sends and never reads is stopped while others are served, and gets every byte when it reads
# changes: a client that goes while its bytes wait ends neither the server nor the others
# changes: SIGPIPE, from a write to a client that has gone, does not end the server
# changes: after Ctrl-C, those who are connected get their bytes
# changes: bytes come back on the other backends, too
# changes: bytes that still wait when the client has closed half come back, too
# changes: a client that has closed half and does not read costs no work
# changes: a client that has closed half and breaks off is freed
# changes: while less than 64 KiB wait for a client, it goes on reading from it
# changes: an echo that finds no memory ends its client, once, with nothing sent
# changes: a client that can't be read any more is ended, with the error's text
# changes: after Ctrl-C, those who still wait to be accepted get their bytes
load ../exercise

# chat COUNT: so many clients are connected, as $c1, $c2 …
chat() {
  start
  trap '' PIPE # in case the server crashes
  for ((i = 1; i <= $1; i++)); do
    connect c$i
    soon_line 'client [0-9]*: connected' $i || true
  done
}

# hear NAME: the next line that this client gets
hear() {
  IFS= read -r -t "$DEADLINE" line <&"${!1}" || line=${line:+$line, and no \"\\n\" behind it}
  ! ended || line='nothing: the server has crashed'
  line=${line:-nothing}
}

@test "a line goes to all the others" {
  chat 3
  echo hello >&"$c1"
  for name in c2 c3; do
    hear $name
    [ "$line" = hello ] || wrong 'Of three clients, the first sent "hello\n".' 'the other two get: hello' \
      "client ${name#c} gets: $line" 'Write the line to each client of your list, with the \n that evbuffer_readln() took away.'
  done
}

@test "a line does not come back to its author" {
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

@test "the others go on when a client leaves" {
  chat 3
  printf half >&"$c2"
  disconnect c2
  soon_line 'client [0-9]*: closed'
  echo hello >&"$c1"
  hear c3
  [ "$line" != halfhello ] || wrong 'A client sent "half", without "\n", and left. Then the first sent "hello\n".' \
    'the third gets: hello' "$line" 'Half a line that nobody will end is thrown away.'
  [ "$line" = hello ] || wrong 'Of three clients one left, and then the first sent "hello\n".' \
    'the third gets: hello' "$line" \
    'A client that goes must leave your list before it is freed: end_client() is the place.'
}

@test "a client that closes its half gets what waits for it" {
  start
  mkfifo "$BATS_TEST_TMPDIR/input"
  echo_client <"$BATS_TEST_TMPDIR/input" >"$BATS_TEST_TMPDIR/got" 3>&- &
  exec {input}>"$BATS_TEST_TMPDIR/input"
  soon_line 'client [0-9]*: connected' || true
  connect c2
  soon_line 'client [0-9]*: connected' 2 || true
  # The server finds both in one turn of its loop: first the line, and then the end.
  kill -STOP "$SERVER"
  soon stopped
  echo hello >&"$c2"
  exec {input}>&-
  half_closed() { [ -n "$(ss -Htn state close-wait "sport = :$PORT")" ]; }
  soon half_closed || true
  kill -CONT "$SERVER"
  wait $! || true
  [ "$(<"$BATS_TEST_TMPDIR/got")" = hello ] || wrong 'A client closed its sending half, just after another one had sent "hello\n".' \
    'it gets: hello' "$(grep . "$BATS_TEST_TMPDIR/got" || echo nothing)" 'It may still read: what waits in its output buffer goes first, as in step 6.'
}

# edge cases

@test "a line is passed on, whatever its bytes are" {
  chat 2
  send c1 'a\0b\rc\r\n'
  hear c2 # read leaves out the NUL
  [ "$line" = $'ab\rc\r' ] || wrong 'A client sent "a", a NUL, and "b\rc\r\n".' 'the other gets all of it' "$line" \
    'A line may hold a NUL: strlen() stops there. evbuffer_readln() tells the length. And only \n ends it: EVBUFFER_EOL_LF.'
}

@test "a line may have 1,000 bytes" {
  chat 3
  printf '%1000d' 1 >&"$c1"
  echo first >&"$c2"
  hear c3
  echo >&"$c1"
  hear c3
  [ ${#line} = 1000 ] || wrong 'A client sent 1,000 bytes, and a moment later "\n".' 'the others get this line' \
    "$(printed 'too long')" 'Too long is a line of more than 1,000 bytes, and its \n does not count.'
}

@test "a line without an end ends its client" {
  chat 3
  printf '%1100d' 1 >&"$c1"
  soon_line 'client [0-9]*: line too long' || wrong 'A client sent 1,100 bytes without "\n", and waits.' \
    'client 8: line too long' "$(printed ^client)" \
    'When there is no whole line, evbuffer_get_length() tells how much waits for its end.'
  echo hello >&"$c2"
  hear c3
  [ "$line" = hello ] || wrong 'Of three clients one was ended (line too long), and then the second sent "hello\n".' \
    'the third gets: hello' "$line" \
    'On this way, too, a client must leave your list before it is freed: end_client() is the place.'
}

@test "a whole line that is too long ends its client once" {
  chat 3
  send c1 '%1100d\n%1100d\n' 1 2
  soon_line 'client [0-9]*: line too long' || wrong 'A client sent a line of 1,100 bytes, with its "\n".' \
    'client 8: line too long' "$(printed ^client)" 'A whole line can be too long, too.'
  echo hello >&"$c2"
  hear c3
  [ "$line" = hello ] || wrong 'A client sent two lines of 1,100 bytes in one piece, and then another one "hello\n".' \
    'the third gets: hello' "${line:0:40}" 'After end_client() there is no client: read no more from it, and return.'
  [ "$(grep -c 'too long' "$LOG")" = 1 ] || wrong 'A client sent two lines of 1,100 bytes in one piece.' \
    'once: line too long' "$(printed ^client)" 'After end_client() there is no client: read no more from it, and return.'
}

@test "there is room for 100 clients, and more do no harm" {
  chat 100
  echo hello >&"$c1"
  hear c100
  [ "$line" = hello ] || wrong 'Of 100 clients, the first sent "hello\n".' 'the last gets: hello' "$line" \
    'Is your list long enough?'
  for i in {101..600}; do connect c$i || true; done 2>/dev/null
  soon at_rest
  echo again >&"$c1" || true
  hear c100
  [ "$line" = again ] || wrong '500 more clients connected, and then the first sent "again\n".' 'client 100 gets: again' "$line" \
    'Where your list has an end, a client for whom there is no place must be closed.'
}

@test "a client that never reads misses lines, and nobody else notices" {
  chat 2
  before=$(memory)
  yes "$(printf '%99d' 1)" 2>/dev/null 3>&- | timeout $((4 * DEADLINE)) head -c 33000000 >&"$c1" 3>&- ||
    wrong 'A client sent 33 MB of lines, and the other read nothing.' 'the server reads all of them' \
      "$(ended && echo 'the server has crashed' || echo 'the sender has to wait')" 'Nobody stops reading here: who has 64 KiB waiting misses this line.'
  DEADLINE=30 soon at_rest
  now=$(memory)
  [ "$now" -lt $((before + 4096)) ] || wrong 'A client sent 33 MB of lines, and the other read nothing.' \
    'it misses lines, and the program stays small' "the program keeps $((now - before)) KiB" \
    'Before you write to a client, look at the length of its output: MAX_UNSENT or more, and it misses this line. (Or is the line never free()d?)'
  # The other one wakes up.
  cat <&"$c2" >"$BATS_TEST_TMPDIR/got" 3>&- &
  hears_again() { echo hello >&"$c1" && grep -q -x hello "$BATS_TEST_TMPDIR/got"; }
  DEADLINE=10 soon hears_again && heard=yes
  kill $! 2>/dev/null || true
  [ "$heard" ] || wrong 'A client read nothing while 33 MB of lines were sent. Then it read all that waited for it.' \
    'it gets the next line' "$(printed ^client)" 'It misses lines, no more: it stays in the chat.'
  [ -z "$(sed '/^hello$/q' "$BATS_TEST_TMPDIR/got" | grep -v -x -E ' {98}1|hello')" ] || wrong \
    'A client read nothing while 33 MB of lines were sent. Then it read all that waited for it.' \
    'each line is whole, or missing' 'a part of one' 'Write a line with its \n in one piece, or not at all.'
}

@test "clients that have left leave no memory behind" {
  sanitize address
  chat 4
  echo hello >&"$c1"
  hear c2
  send c3 '%1100d\n' 1
  soon_line 'client [0-9]*: line too long' || true
  send c4 '%1100d' 1
  soon_line 'client [0-9]*: line too long' 2 || true
  ends_well
  SERVER=
  ! grep -q 'detected memory leaks' "$ERRORS" || wrong 'Built with -fsanitize=address. Four clients came and went, two of them with lines that were too long.' \
    'all memory is freed' "$(sanitizer_says)" 'Each line that evbuffer_readln() gives you is yours to free(), one that is too long, too.'
}
