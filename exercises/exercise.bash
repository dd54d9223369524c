# Tells a reader whether the program does what an exercise asks for. Loaded by each check.bats; judges
# what a client and the terminal see, never the source. MAIN=… names the program, else it is the
# step's own. In check.bats, "# changes: NAME" names a test of the step that an answer fails, because
# the exercise asks for something else.
# shellcheck disable=SC2059,SC2086,SC2119,SC2120 # send takes formats
STEP=$(basename "$BATS_TEST_DIRNAME" | cut -d. -f1)
MAIN=${MAIN:-$(echo "$BATS_TEST_DIRNAME"/../../0"$STEP"-*/main)}
DEADLINE=${DEADLINE:-5}
export MALLOC_PERTURB_=165 # freed memory is overwritten, so that its use shows
load ../../tests/helper

# wrong DONE EXPECTED GOT ADVICE: ends the test with these words for the reader.
wrong() {
  local indent=$'\n            '
  [[ $2 != *'client FD:'* ]] || set -- "$1" "$2"$'\n(FD: any number)' "${@:3}"
  printf '%s\n' "$1" "  expected: ${2//$'\n'/$indent}" "  got:      ${3//$'\n'/$indent}" "  $4" | sed 's/^/> /'
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

# bytes: the first ones of its input, such as hello\n\0
bytes() {
  head -c 48 | od -An -v -c -w48 | sed -E 's/ (  (.)| (\\.)|([0-7]{3}))/\2\3\4/g'
}

# soon COMMAND…: eventually, without a word.
soon() {
  eventually "$@" >/dev/null 2>&1
}

soon_line() {
  soon has_line "$@"
}

# break_off NAME: closes what connect opened so that the connection is reset.
break_off() {
  python3 -c 'import socket, struct, sys
socket.socket(fileno=int(sys.argv[1])).setsockopt(
    socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))' "${!1}"
  disconnect "$1"
}

# sanitize NAME: from now on, start runs a program that was built with -fsanitize=NAME.
sanitize() {
  local folder=$BATS_TEST_TMPDIR/$1
  mkdir "$folder"
  cp "$(dirname "$MAIN")"/{main.c,Makefile} "$folder"
  make -s -C "$folder" CFLAGS="-O0 -g -fsanitize=$1" WARNINGS=-w main >/dev/null 2>&1 &&
    "$folder/main" x y z 2>&1 | grep -q '^usage' || skip "this compiler has no working -fsanitize=$1"
  MAIN=$folder/main
  export ASAN_OPTIONS=exitcode=0 TSAN_OPTIONS=exitcode=0
}

# sanitizer_says: the summary of its report, which takes a moment to write.
sanitizer_says() {
  soon grep -q ^SUMMARY "$ERRORS" || true
  sed -n '/^SUMMARY/{s/.*Sanitizer: //; s, [^ ]*/, ,; p; q}' "$ERRORS"
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

# One thing after the other: behind the first test that fails, no other is tried.
setup() {
  [ ! -e "$BATS_FILE_TMPDIR/failed" ] || skip
}

# A program that crashes, hangs or leaves something behind has not passed, whatever it printed.
teardown() {
  [ -n "$BATS_TEST_COMPLETED" ] || touch "$BATS_FILE_TMPDIR/failed"
  [ -n "$SERVER" ] || return 0
  if [ -z "$BATS_TEST_COMPLETED" ] && ! ended; then
    kill -KILL "$SERVER"
  else
    ends_well || { touch "$BATS_FILE_TMPDIR/failed"; return 1; }
  fi
}

ends_well() {
  local status=0 done='After that: Ctrl-C.'
  if has_line 'press Enter to stop'; then
    done='After that: Enter.'
    echo >&"$STDIN"
  elif ! has_line 'no new clients.*' && ! ended; then
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
  wait "$SERVER" || status=$?
  case $status in
  0) ;;
  139 | 134) wrong 'After that: the program has crashed.' 'exit status 0' "exit status $status, by SIG$(kill -l $status)" \
    'That is often memory which was used after it was freed.' ;;
  *) wrong 'After that: the program has ended.' 'exit status 0' "exit status $status
its last words: $(printed)" "$([ $status -gt 128 ] && echo "SIG$(kill -l $status) has ended it." || echo 'It says itself why.')" ;;
  esac
}
