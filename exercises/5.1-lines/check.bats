# Exercise 5.1: Lines, but not endless ones
# ★★
# What is reported is lines, and not chunks.
# changes: reads 3,000 bytes in chunks of 1024 until none are left
# changes: what is read is gone: the next bytes are counted alone
# changes: reads every byte that a client sent before it closed
load ../exercise

lengths() {
  sed -n 's/^client [0-9]*: line of \([0-9]*\) bytes$/\1/p' "$LOG" | xargs
}

# expect_lengths DONE 'N N …' ADVICE: lines of these lengths are reported, and no others.
expect_lengths() {
  have_come() { [ "$(lengths | wc -w)" -ge "$(wc -w <<<"$1")" ]; }
  soon have_come "$2" || true
  [ "$(lengths)" = "$2" ] || wrong "$1" "$(printf 'client FD: line of %s bytes\n' $2)" "$(printed ^client)" "$3"
}

# seen: all that was sent before has come to the program, for it reports this line after it.
seen() {
  [ -n "$other" ] || connect other
  (printf 'x\n' >&"$other") 2>/dev/null || true
  soon_line 'client [0-9]*: line of 1 bytes' $((++seen)) || true
}

@test "a line is reported, without its end" {
  start
  connect client
  printf 'hello\n' >&"$client"
  expect_lengths 'A client sent "hello\n".' 5 \
    'evbuffer_readln() gives you the line without its end, and its length. With EVBUFFER_EOL_CRLF a lone "\n" is an end.'
  printf 'hello\r\n' >&"$client"
  expect_lengths 'A client sent "hello\n", and then "hello\r\n".' '5 5' 'EVBUFFER_EOL_CRLF knows both ends of a line.'
}

@test "three lines in one piece are three lines" {
  start
  connect client
  send client 'one\nthree\nx\n'
  expect_lengths 'A client sent "one\nthree\nx\n" in one piece.' '3 5 1' \
    'evbuffer_readln() returns one line: call it while there are lines, as you do not know how many have come.'
}

@test "an empty line is a line, too" {
  start
  connect client
  send client '\n\r\nx\n'
  expect_lengths 'A client sent "\n\r\nx\n" in one piece.' '0 0 1' \
    'EVBUFFER_EOL_CRLF takes each end for itself. EVBUFFER_EOL_ANY takes several in a row for one.'
}

@test "an empty line is reported, and no byte in front of it is read" {
  sanitize address
  start
  connect client
  send client '\nx\n'
  soon_line 'client [0-9]*: line of 1 bytes' || true
  ! grep -q 'ERROR: AddressSanitizer' "$ERRORS" || wrong 'Built with -fsanitize=address. A client sent "\nx\n".' \
    'only the bytes of a line are looked at' "$(sanitizer_says)" 'EVBUFFER_EOL_CRLF takes the "\r" away for you.'
}

@test "a byte 0 does not end a line" {
  start
  connect client
  printf 'a\0b\n' >&"$client"
  expect_lengths 'A client sent "a\0b\n".' 3 'strlen() stops at a byte 0. evbuffer_readln() itself tells you the length.'
}

@test "a line in three pieces is one line" {
  start
  connect client
  for piece in 'hel' 'lo\r' '\n'; do
    printf "$piece" >&"$client"
    seen
  done
  soon_line 'client [0-9]*: line of 5 bytes' || true
  [ "$(lengths | tr ' ' '\n' | grep -v -x 1 | xargs)" = 5 ] ||
    wrong 'A client sent "hel", "lo\r" and "\n". Another one sent "x\n" between them.' \
      $'three lines of 1 bytes, and\nclient FD: line of 5 bytes' "$(printed ^client)" 'Leave a piece of a line in the buffer until its end comes.'
}

# edge cases

@test "half a line at a client's end is no line" {
  start
  printf 'one\nhalf' | echo_client || true
  soon_line 'client [0-9]*: closed' || true
  expect_lengths 'A client sent "one\n" and "half", and closed.' 3 'What has no end when a client closes is no line. It goes with the client.'
}

@test "a line of 1,000 bytes is not too long" {
  start
  connect client
  printf '%1000d\r\n' 1 >&"$client"
  expect_lengths 'A client sent 1,000 bytes and "\r\n".' 1000 'The end of the line does not count.'
}

@test "a line of 1,000 bytes is not too long, though its end comes later" {
  start
  for cr in '' '\r'; do
    connect client
    send client "%1000d$cr" 1
    seen
    printf '\n' >&"$client"
    soon_line 'client [0-9]*: line of 1000 bytes' $((++lines)) || wrong "A client sent 1,000 bytes${cr:+ and \"\\r\"}, and later \"\\n\"." \
      'client FD: line of 1000 bytes' "$(printed ^client | grep -v 'line of 1 bytes')" \
      'All 1,000 may wait for their end, and a "\r" may wait for its "\n": only 1,002 bytes without "\n" are too many.'
    disconnect client
  done
}

@test "a whole line of more than 1,000 bytes ends its client" {
  start
  connect client
  send client 'x\n%1001d\n' 1
  soon_line 'client [0-9]*: line too long' || wrong 'A client sent "x\n", 1,001 bytes and "\n", in one piece.' \
    $'client FD: line of 1 bytes\nclient FD: line too long' "$(printed ^client)" \
    'A line that is complete can be too long, too: 1,000 bytes are the most.'
}

@test "a line without an end ends its client" {
  start
  connect client
  printf '%1002d' 1 >&"$client"
  soon_line 'client [0-9]*: line too long' || wrong 'A client sent 1,002 bytes without "\n", and waits.' \
    'client FD: line too long' "$(printed ^client)" \
    'When there is no whole line, evbuffer_get_length() tells how much waits for its end.'
  read -r -t "$DEADLINE" <&"$client" || [ $? -le 128 ] || wrong 'A client sent 1,002 bytes without "\n".' \
    'its connection is closed' 'it is still open' 'end_client() closes it.'
}

@test "nothing is done with a client that has been ended" {
  start
  connect client
  seen
  send client '%1100d\n%1100d\nhello\n' 1 1
  seen
  [ "$(printed ^client | grep -v -e connected -e 'line of 1 bytes' | cut -d: -f2)" = ' line too long' ] ||
    wrong 'A client sent two lines of 1,100 bytes, and "hello\n", in one piece.' 'client FD: line too long' \
      "$(printed . | grep -v 'line of 1 bytes')" 'end_client() frees the client, but your function goes on with it: return after it.'
}

@test "the program's memory does not grow with the lines that it has read" {
  start
  before=$(memory)
  yes "$(printf '%99d' 1)" | head -n 100000 | DEADLINE=60 echo_client || true
  soon_line 'client [0-9]*: closed' || wrong 'A client sent 100,000 lines and closed.' 'client FD: closed' "$(printed)" 'Do you read all lines?'
  now=$(memory)
  [ "$now" -lt $((before + 4096)) ] || wrong 'A client sent 100,000 lines.' 'the program uses no more memory than before' \
    "$((now - before)) KiB more" 'Each line that evbuffer_readln() returns is yours: free() it.'
}

@test "a line that was too long leaves no memory behind" {
  start
  before=$(memory)
  python3 -c 'import socket, sys
for _ in range(2000):
    with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as client:
        client.sendall(b"x" * 4000 + b"\n")
        while client.recv(100):
            pass' "$PORT" 2>/dev/null || true
  now=$(memory)
  [ "$now" -lt $((before + 4096)) ] || wrong '2,000 clients sent a line of 4,000 bytes.' \
    'the program uses no more memory than before' "$((now - before)) KiB more" \
    'A line that is too long is yours, too: free() it before you return.'
}
