# Exercise 5.3: Messages that say how long they are
# ★★
# after: 5.2
# What is reported is messages, and no chunks.
# changes: everything
load ../exercise

lengths() {
  sed -n 's/^client [0-9]*: message of \([0-9]*\) bytes$/\1/p' "$LOG" | xargs
}

# expect_lengths DONE 'N N …' ADVICE: messages of these lengths are reported, and no others.
expect_lengths() {
  have_come() { [ "$(lengths | wc -w)" -ge "$(wc -w <<<"$1")" ]; }
  soon have_come "$2" || true
  [ "$(lengths)" = "$2" ] || wrong "$1" "$(printf 'client FD: message of %s bytes\n' $2)" "$(printed ^client)" "$3"
}

# seen: all that was sent before has come to the program, for it reports this message after it.
seen() {
  [ -n "$other" ] || connect other
  (printf '\0\0\0\1x' >&"$other") 2>/dev/null || true
  soon_line 'client [0-9]*: message of 1 bytes' $((++seen)) || true
}

@test "a message is reported with its length" {
  start
  connect client
  printf '\0\0\0\5hello' >&"$client"
  expect_lengths 'A client sent the bytes 0 0 0 5, and "hello".' 5 \
    'The first four bytes are the length, the highest byte first: ntohl().'
}

@test "a message of no bytes is a message" {
  start
  connect client
  send client '\0\0\0\0'
  expect_lengths 'A client sent the bytes 0 0 0 0.' 0 'A message of 0 bytes is a message: its four bytes are all that comes.'
}

@test "three messages in one piece are three" {
  start
  connect client
  send client '\0\0\0\2hi\0\0\0\0\0\0\0\5hello'
  expect_lengths 'A client sent three messages in one piece.' '2 0 5' \
    'on_read is called once for all three: take messages out while there is a whole one.'
}

@test "a message in many pieces is one" {
  start
  connect client
  for piece in '\0' '\0\0' '\5' 'hel' 'lo'; do
    (printf "$piece" >&"$client") 2>/dev/null || true
    seen
  done
  soon_line 'client [0-9]*: message of 5 bytes' || true
  case "$(grep -c 'too long' "$LOG") $(lengths | tr ' ' '\n' | grep -v -x 1 | xargs)" in
  '0 5') ;;
  *) wrong 'A client sent the bytes 0, then 0 0, then 5, then "hel", then "lo". (Another one sent messages of 1 byte between them.)' \
    'client FD: message of 5 bytes' "$(printed ^client | grep -v 'of 1 bytes')" \
    'Wait for all four bytes of the length. Look at it with evbuffer_copyout(), which leaves it in the buffer,
  and take both out when the whole message is there.' ;;
  esac
  send client '\0\0\0\0'
  soon_line 'client [0-9]*: message of 0 bytes' || wrong 'The same client sent the bytes 0 0 0 0 after that.' \
    'client FD: message of 0 bytes' "$(printed ^client | grep -v 'of 1 bytes')" \
    'Does a low watermark stay that was for the message before? Each message has its own.'
}

@test "a message of 4,000 bytes is not too long" {
  start
  connect client
  send client '\0\0\17\240%04000d' 1
  expect_lengths 'A client sent a length of 4,000, and as many bytes.' 4000 "$(grep -q 'too long' "$LOG" && echo '4,000 bytes are allowed. The length itself does not count.' ||
    echo 'Has the buffer room for the message and its length? At the high watermark libevent stops reading.')"
}

@test "a message of 4,001 bytes is refused before it comes" {
  start
  connect client
  send client '\0\0\17\241'
  soon_line 'client [0-9]*: message too long' || wrong 'A client sent a length of 4,001, and nothing more.' \
    'client FD: message too long' "$(printed ^client)" 'Judge the length before you wait for so many bytes.'
  read -r -t "$DEADLINE" <&"$client" || [ $? -le 128 ] || wrong 'A client sent a length of 4,001.' \
    'its connection is closed' 'it is still open' 'end_client() closes it.'
}

# edge cases

@test "the longest message that four bytes can announce is refused" {
  start
  connect client
  send client '\377\377\377\377hello'
  soon_line 'client [0-9]*: message too long' || wrong 'A client sent a length of 4,294,967,295.' \
    'client FD: message too long' "$(printed ^client)" 'Does a sum overflow? Compare the length itself. And it has no sign: uint32_t.'
}

@test "nothing is done with a client that has been refused" {
  start
  connect client
  seen
  send client '\1\0\0\0\1\0\0\0\0\0\0\5hello'
  seen
  [ "$(printed ^client | grep -v -e connected -e 'of 1 bytes' | cut -d: -f2)" = ' message too long' ] ||
    wrong 'A client sent two lengths that are too long, and a message, in one piece.' 'client FD: message too long' \
      "$(printed . | grep -v 'of 1 bytes')" 'end_client() frees the client, but your function goes on with it: return after it.'
}

@test "half a message at a client's end is no message" {
  start
  send_half() { printf '\0\0\0\2hi\0\0\0\5hel' | echo_client || true; }
  send_half
  soon_line 'client [0-9]*: closed' || true
  expect_lengths 'A client sent "hi" as a message, and half of another one, and closed.' 2 'What is not complete when a client closes is thrown away.'
}

@test "clients that have left leave no memory behind" {
  sanitize address
  start
  for i in 1 2 3; do printf '\0\0\0\2hi\0\0\0\5hel' | echo_client; done || true
  printf '\0\0\17\241' | echo_client || true
  ends_well
  SERVER=
  ! grep -q 'detected memory leaks' "$ERRORS" || wrong 'Built with -fsanitize=address. Clients sent messages, half ones and one too long, and left.' \
    'all memory is freed' "$(sanitizer_says)" 'What you have allocated for a message, or for a client, is yours to free().'
}
