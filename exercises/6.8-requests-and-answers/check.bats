# Exercise 6.8: Requests and answers
# ★★★
# after: 5.1
# It is no echo server any more.
# changes: everything
load ../exercise

# client SCENARIO…: runs one of client.py's clients
client() {
  DEADLINE=$DEADLINE timeout 60 python3 "$BATS_TEST_DIRNAME/client.py" "$PORT" "$SERVER" "$@" 3>&-
}

# advice GOT: what to look at. A point that knows better sets ADVICE.
advice() {
  case $1 in
  *KiB*) echo 'Look at the length of the output before each answer, and stop at MAX_UNSENT, though requests are left.
  And read no more until they are answered. Each line is yours, once you have read it,
  and so is what you have allocated for an answer: free it.' ;;
  *'without end'*) echo "${ADVICE:-A callback that is called again and again, and does nothing, still takes all the time there is.}" ;;
  *'another client'*) echo 'One client is in the way of the others.' ;;
  *'then nothing for'*) echo 'Requests that you leave in the input are not reported again. Who goes on with them when all is sent?
  And when all are answered, who reads again?' ;;
  *'then no end'*) echo "${ADVICE:-All is sent, and nobody ends the client: once the stream has ended, on_last_write() does it.}" ;;
  *) echo "${ADVICE:-The end of the stream came while requests or answers waited. Reading is enabled only while no complete
  request waits: then nobody hears of the end before the last answer is written.}" ;;
  esac
}

# gets DONE EXPECTED SCENARIO…: the scenario, which says ok, or what has come.
gets() {
  local got
  got=$(client "${@:3}")
  [ "$got" != ok ] || return 0
  ! ended || wrong "$1" "$2" 'the program has ended' \
    'A callback gets the pointer of the last bufferevent_setcb(): the struct of the client, in each call of yours?'
  wrong "$1" "$2" "${got:-nothing within a minute}" "$(advice "$got")"
}

# soon_says PATTERN DONE EXPECTED ADVICE: the program prints this line.
soon_says() {
  soon_line "$1" || wrong "$2" "$3" "$(printed ^client)" "$4"
}

@test "each number is answered with as many bytes, and a newline" {
  start
  ADVICE='Each complete line gets an answer, and each answer a newline, that of 0, too. What you leave in the input is not
  reported again.'
  gets 'A client sent "3\n0\n10\n", and closed its half.' '"xxx\n", "\n", "xxxxxxxxxx\n", and the end' ask '3 0 10'
}

@test "the last line about a client says how many requests were answered" {
  start
  connect other
  send other '1\n'
  client ask '3 0 10' >/dev/null
  soon_says 'client [0-9]*: closed, answered 3' 'One client sent "1\n" and stays. Another one sent "3\n0\n10\n", and closed its half.' \
    'client FD: closed, answered 3' 'Each client has a count of its own: it belongs into the struct that its callbacks get.'
}

@test "several large answers come, one after the other" {
  start
  gets 'A client sent "70000\n70000\n70000\n" in one piece, reads, and waits.' '3 answers' ask '70000 70000 70000' stays
}

@test "a client that reads late costs 64 KiB and an answer, and gets every byte" {
  start
  gets 'A client sent "100000\n" a thousand times, and did not read until the program was at rest.' \
    '1,000 answers, and less than 2,000 KiB more memory' never_reads 1000 100000 stays 2000
}

@test "so does one that has closed its half" {
  start
  gets 'A client sent "100000\n" a thousand times, closed its half, and read later.' \
    '1,000 answers, the end, and less than 2,000 KiB more memory' never_reads 1000 100000 half 2000
  soon_says 'client [0-9]*: closed, answered 1000' 'A client sent "100000\n" a thousand times, closed its half, and read later.' \
    'client FD: closed, answered 1000' 'All have come, and each answer counts once.'
}

@test "a line that is no number ends its client, after the answers before it" {
  start
  ADVICE='Nothing behind that line is answered, and all before it is sent before its client goes: as on_event() does it at the end of a stream.'
  gets 'A client sent "3\n70000\n70000\nx\n5\n", and waits.' '3 answers, and the end' text '3\n70000\n70000\nx\n5\n' '3 70000 70000'
  soon_says 'client [0-9]*: no number, answered 3' 'A client sent "3\n70000\n70000\nx\n5\n", and waits.' \
    'client FD: no number, answered 3' 'Keep why a client goes where on_last_write() finds it. Nothing behind that line is answered.'
  printf '60000\nx\n' | echo_client >/dev/null || true
  soon_says 'client [0-9]*: no number, answered 1' 'A client sent "60000\nx\n", and closed its half.' \
    'client FD: no number, answered 1' 'After that line its client is read no more, so that no end of the stream takes the place of this reason.'
  client ask 3 >/dev/null
  soon_says 'client [0-9]*: closed, answered 1' 'A client sent "x\n". Then another one sent "3\n", and closed its half.' \
    'client FD: closed, answered 1' 'Why a client goes belongs to this client: into the struct that its callbacks get.'
}

# edge cases

@test "requests are answered however they are cut" {
  start
  ADVICE='A piece of a line waits for its end in the input buffer of its own client.'
  gets 'Two clients sent "3\n12\n0\n300\n7\n1000\n1\n" byte by byte, in turn.' 'the same 7 answers for each' pieces
}

@test "the largest answers, too, wait one at a time" {
  start
  gets 'A client sent "1000000\n" 20 times, closed its half, and read later.' \
    '20 answers, the end, and less than 4,000 KiB more memory' never_reads 20 1000000 half 4000
}

@test "small ones, too" {
  start
  gets 'A client sent "1000\n" 100,000 times, closed its half, and read later.' \
    '100,000 answers, the end, and less than 4,000 KiB more memory' never_reads 100000 1000 half 4000
  gets 'A client sent "10\n" 2,000,000 times, closed its half, and read later.' \
    '2,000,000 answers, the end, and less than 4,000 KiB more memory' never_reads 2000000 10 half 4000
}

@test "forty clients of all kinds get their answers" {
  start
  gets 'Forty clients sent up to 40 requests each, in pieces or not, closed their half or not, and read fast or slowly.' \
    'each has all its answers' crowd
}

@test "what is no number from 0 to 1,000,000 in at most seven digits is none" {
  start
  ADVICE='An empty line is a line, too, and no number. EVBUFFER_EOL_ANY takes several newlines for one.' \
    gets 'A client sent "5\n\n", and waits.' '1 answer, and the end' text '5\n\n' 5
  ADVICE='Only digits, and all of the line: strtol() alone takes nothing for 0, and what stands before and behind a number.'
  for line in 1000001 -1 +1 ' 1' '1 ' 1x '1\0' 00000001 4294967297; do
    gets "A client sent \"5\\n$line\\n\", and waits." '1 answer, and the end' text "5\\n$line\\n" 5
  done
  gets 'A client sent "0\n1000000\n0000007\n", and closed its half.' '3 answers, and the end' ask '0 1000000 0000007'
}

@test "neither is a line that has no end" {
  start
  ADVICE='Eight bytes without a newline can become no number any more. The length of the input tells how much waits for its end.'
  gets 'A client sent "1\n" and 100,000 digits, without a newline.' '1 answer, and the end' endless
  soon_says 'client [0-9]*: no number, answered 1' 'A client sent "1\n" and 100,000 digits, without a newline.' \
    'client FD: no number, answered 1' 'Eight bytes without a newline can become no number any more.'
}

@test "half a line at the end is thrown away, and the client is closed" {
  start
  printf '3\n4' | echo_client >"$BATS_TEST_TMPDIR/got" || true
  [ "$(<"$BATS_TEST_TMPDIR/got")" = xxx ] || wrong 'A client sent "3\n4", and closed its half.' '"xxx\n", and the end' \
    "$(bytes <"$BATS_TEST_TMPDIR/got")" 'What has no end when a client closes is no request.'
  soon_says 'client [0-9]*: closed, answered 1' 'A client sent "3\n4", and closed its half.' 'client FD: closed, answered 1' \
    'The client has closed: half a request does not change why it goes.'
}

uses_memory_well() {
  ! grep -q 'ERROR: .*Sanitizer' "$ERRORS" || wrong 'Built with -fsanitize=address. Three clients broke off, and one sent "1000000\nx\n".' \
    'all memory is freed, once' "$(sanitizer_says), from $(sanitizer_points_at)" 'Each line is yours, once you have read it. What belongs to a client is freed in one place, end_client(), and nobody uses it afterwards.'
}

@test "a client that breaks off while answers wait is freed, with all that was its own" {
  sanitize address
  start
  for i in {1..3}; do
    connect client
    printf '1000000\n%.0s' {1..20} >"$BATS_TEST_TMPDIR/piece"
    cat "$BATS_TEST_TMPDIR/piece" >&"$client"
    soon_line 'client [0-9]*: connected' $i || true
    soon at_rest || true
    uses_memory_well
    break_off client
  done
  printf '1000000\nx\n' | echo_client >/dev/null || true
  uses_memory_well
  soon_line 'client [0-9]*: \(Connection reset by peer\|Broken pipe\), answered [0-9]*' 3 ||
    wrong 'Three clients sent "1000000\n" 20 times, and broke off.' 'client FD: Connection reset by peer, answered …, three times' \
      "$(printed ^client)" 'An error ends a client at once: nobody will read what waits.'
  ends_well
  SERVER=
  uses_memory_well
}
