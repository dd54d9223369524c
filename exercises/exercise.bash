# Tells a reader whether the program does what an exercise asks for. Loaded by each check.bats; judges
# what a client and the terminal see, never the source. MAIN=… names the program, else it is the
# step's own. In check.bats, "# changes: NAME" names a test of the step that an answer fails, because
# the exercise asks for something else.
# shellcheck disable=SC2034,SC2059,SC2086,SC2119,SC2120 # checks use what this sets
#
# SANITIZER=… builds the program with that one before each point.
STEP=$(basename "$BATS_TEST_DIRNAME" | cut -d. -f1)
MAIN=${MAIN:-$(echo "$BATS_TEST_DIRNAME"/../../0"$STEP"-*/main)}
DEADLINE=${DEADLINE:-5}
export MALLOC_PERTURB_=165 # freed memory is overwritten, so that its use shows
load ../../tests/helper

# wrong DONE EXPECTED GOT ADVICE: ends the test with these words for the reader. They go where exercises/exercise
# reads them: bats' descriptor 3.
wrong() {
  local indent=$'\n            '
  [[ $2 != *'client FD:'* ]] || set -- "$1" "$2"$'\n(FD: any number)' "${@:3}"
  : >"$BATS_TEST_TMPDIR/told"
  printf '%s\n' "$1" "  expected: ${2//$'\n'/$indent}" "  got:      ${3//$'\n'/$indent}" "  $4" | sed 's/^/# > /' >&3
  return 1
}

# printed [PATTERN]: the last lines of the program that match, for the reader.
printed() {
  cat "$LOG" "$ERRORS" | grep -v '^libevent .* from:' | grep -e "${1:-.}" | tail -n 5 | grep . || echo nothing
}

# send NAME FORMAT…: sends all of it in one piece. (The shell's own printf writes line by line.)
send() {
  printf "${@:2}" >"$BATS_TEST_TMPDIR/piece"
  cat "$BATS_TEST_TMPDIR/piece" >&"${!1}"
}

# bytes: the first ones of its input, such as hello\n\0\376
bytes() {
  head -c 48 | od -An -v -c -w48 | sed -E 's/ ([0-7]{3})/\\\1/g; s/ (  (.)| (\\.))/\2\3/g'
}

# soon COMMAND…: eventually, without a word. Behind a point that has failed, the answer should come
# soon: what is not seen in a second is left for later.
soon() {
  local hurry waited_for=$WAITED_FOR end=$(($(milliseconds) + 1000 * DEADLINE))
  [ "$1" != at_rest ] || WAITED_FOR=at_rest
  if [ -e "$BATS_FILE_TMPDIR/failed" ] && [ "$POINTS" != all ]; then
    hurry=yes end=$(($(milliseconds) + 1000))
  fi
  until "$@" >/dev/null 2>&1; do
    if [ "$(milliseconds)" -gt $end ]; then
      [ -z "$hurry" ] || skip
      return 1
    fi
    sleep 0.02
  done
  WAITED_FOR=$waited_for
}

has_line_or_ended() {
  has_line "$@" || ended
}

# soon_line PATTERN [COUNT]: no line comes from a program that has ended. A check that just ends where this
# fails says what it has waited for.
soon_line() {
  WAITED_FOR=$1
  soon has_line_or_ended "$@" || return
  has_line "$@"
}

# wait_for_line, as start calls it
wait_for_line() {
  soon_line "$@"
}

# break_off NAME: closes what connect opened so that the connection is reset.
break_off() {
  python3 -c 'import socket, struct, sys
socket.socket(fileno=int(sys.argv[1])).setsockopt(
    socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))' "${!1}"
  disconnect "$1"
}

# one_byte_a_read: the program that is started next reads one byte at a time, and has little room in its
# sockets.
one_byte_a_read() {
  ${CC:-cc} -shared -fPIC -o "$BATS_TEST_TMPDIR/single-bytes.so" "$BATS_TEST_DIRNAME/../single-bytes.c" -ldl
  WRAP="env LD_PRELOAD=$BATS_TEST_TMPDIR/single-bytes.so"
}

# send_and_read_nothing: 60,000 bytes. Sets SENDER, the client.
send_and_read_nothing() {
  python3 -c 'import socket, sys, time
client = socket.socket()
client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
client.connect(("127.0.0.1", int(sys.argv[1])))
client.sendall(bytes(60000))
print("sent", flush=True)
time.sleep(600)' "$PORT" >"$BATS_TEST_TMPDIR/sent" 3>&- &
  SENDER=$!
}

# all_read: the bytes of that client
all_read() {
  [ -s "$BATS_TEST_TMPDIR/sent" ] && at_rest
}

# sanitize NAME: from now on, start runs a program that was built with -fsanitize=NAME.
sanitize() {
  local folder=$BATS_TEST_TMPDIR/$1
  mkdir "$folder"
  echo 'int main(void) { return 0; }' >"$folder/none.c"
  ${CC:-cc} -fsanitize="$1" "$folder/none.c" -o "$folder/none" 2>/dev/null && "$folder/none" 2>/dev/null ||
    skip "no -fsanitize=$1 here"
  cp "$(dirname "$MAIN")"/{Makefile,*.[ch]} "$folder"
  make -s -C "$folder" CFLAGS="-O0 -g -fsanitize=$1" WARNINGS=-w main >/dev/null 2>&1
  MAIN=$folder/main
  export TSAN_OPTIONS=exitcode=0 ASAN_OPTIONS=exitcode=0:handle_abort=1
  export LSAN_OPTIONS=exitcode=0:fast_unwind_on_malloc=0
}

# sanitizer_says: the summary of its report, which takes a moment to write.
sanitizer_says() {
  soon grep -q ^SUMMARY "$ERRORS" || true
  sed -n '/^SUMMARY/{s/.*Sanitizer: //; s, [^ ]*/, ,; p; q}' "$ERRORS"
}

# sanitizer_points_at: the first place in the program that its report names
sanitizer_points_at() {
  sed -n 's, *#.* in \([^ ]*\) .*/\(main\.c:[0-9]*\).*,\2\, in \1(),p' "$ERRORS" | head -n 1
}

# after_a_write: what to say where the server has ended because it wrote to a client that has gone.
after_a_write() {
  local status=0
  ! ended || wait "$SERVER" || status=$?
  if [ $status = $((128 + $(kill -l PIPE))) ]; then
    ADVICE='A write to a client that has gone raises SIGPIPE. MSG_NOSIGNAL prevents it.'
  else
    ADVICE='An error of this send() is the end of one client. Report it, and go on: perror(), not die().'
  fi
}

# stopped: kill -STOP has done its work, so what comes now is all found in one turn of the loop.
stopped() {
  [ "$(awk '{ print $3 }' "/proc/$SERVER/stat")" = T ]
}

# at_rest: the server has done nothing for half a second.
at_rest() {
  local before
  before=$(cpu_ticks)
  sleep 0.5
  [ "$(cpu_ticks)" = "$before" ]
}

milliseconds() {
  echo $((${EPOCHREALTIME/./} / 1000))
}

setup() {
  [ -z "$SANITIZER" ] || sanitize "$SANITIZER"
}

# With the address sanitizer, all that counts is where the crash is.
# A program that crashes, hangs or leaves something behind has not passed, whatever it printed.
teardown() {
  if [ "$SANITIZER" = address ]; then
    [ -z "$SERVER" ] || ended || ends_well || true
    echo "# > crashed: $(sanitizer_says | cut -d' ' -f1) at $(sanitizer_points_at)" >&3
  elif [ -z "$BATS_TEST_COMPLETED$BATS_TEST_SKIPPED" ]; then
    fails
  elif [ -z "$BATS_TEST_SKIPPED" ] && [ -n "$SERVER" ]; then
    ends_well
  fi || { : >"$BATS_FILE_TMPDIR/failed" && return 1; }
  [ -z "$SERVER" ] || ended || kill -KILL "$SERVER"
}

# fails: the point has failed. Whoever has ended the program must hear that, too.
fails() {
  [ -z "$SERVER" ] || ! ended || exits_well || true
  if [ ! -e "$BATS_TEST_TMPDIR/told" ] && [ "$WAITED_FOR" = at_rest ]; then
    wrong 'Ran the program, and waited until it had nothing to do.' 'it waits, and needs no processor' 'it is busy all the time' \
      'Who looks again and again whether there is something to do takes the time of all others: let the loop wait,
  and a thread of your own in pthread_cond_wait().'
  elif [ ! -e "$BATS_TEST_TMPDIR/told" ] && [ -n "$WAITED_FOR" ]; then
    WAITED_FOR=${WAITED_FOR//'.*'/…} WAITED_FOR=${WAITED_FOR//'[0-9]*'/…}
    wrong "Ran the program, and waited $DEADLINE seconds for: $WAITED_FOR" "$WAITED_FOR" "$(printed)" \
      'The check goes on when it sees this line, so print it exactly as the step does, and at once.'
  fi
  [ -z "$SERVER" ] || ended || kill -KILL "$SERVER"
  return 1
}

ends_well() {
  local done='After that: Ctrl-C.'
  if has_line 'press Enter to stop'; then
    done='After that: Enter.'
    echo >&"$STDIN"
  elif ! has_line 'no new clients.*' && ! has_line 'no events left.*' && ! ended; then
    interrupt
  fi
  [ -z "${CLIENTS[*]}" ] || done='After that: Ctrl-C, and all clients left.'
  disconnect "${CLIENTS[@]}"
  if ! soon ended; then
    kill -KILL "$SERVER"
    wrong "$done" 'the program ends' 'it still runs' \
      'Something is left to wait for: a client that was not freed, or an event without its event_del().'
    return 1
  fi
  exits_well "$done"
}

# exits_well [DONE]: the program has ended: with which status, and what is left in its memory?
exits_well() {
  local status=0
  wait "$SERVER" || status=$?
  case $status in
  0) ! grep -q 'detected memory leaks' "$ERRORS" || [ "$SANITIZER" != leak ] || wrong "Built with -fsanitize=leak. $1" \
    'all memory is freed' "$(sanitizer_says)
from $(sanitizer_points_at)" \
    'What an event_new() or another call of that kind returned is yours: free it before the base.' ;;
  13[2-9]) wrong "${1:+$1 }The program has crashed." 'exit status 0' "exit status $status, by SIG$(kill -l $status)" \
    'Memory was used that was not there, or no longer, or never set.' ;;
  *) wrong "${1:+$1 }The program has ended." 'exit status 0' "exit status $status
its last words: $(printed)" "$([ $status -gt 128 ] && echo "SIG$(kill -l $status) has ended it." || echo 'It says itself why.')" ;;
  esac
}
