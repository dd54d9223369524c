# exercises/exercise grade, on submissions of all sorts side by side: each is judged alone, and none of
# them does harm.
load ../helper

setup_file() {
  export SUBMISSIONS=$BATS_FILE_TMPDIR/all
  mkdir "$SUBMISSIONS"
  submit solved cat
  submit untouched patch -s -R "$TOP"/exercises/3.1-*/answer.patch
  submit leaks sed '/event_free(server.heartbeat)/d'
  submit crashes sed 's/printf("tick/abort(); &/'
  submit hangs-at-the-end sed '/event_del(server->heartbeat)/d'
  submit does-not-compile sed '$a int'
  mkdir "$SUBMISSIONS/empty" "$SUBMISSIONS/a-link"
  ln -s "$TOP/03-event-add/main.c" "$SUBMISSIONS/a-link"
  touch "$SUBMISSIONS/a-file"
  # In these, the first lines of main() do something nobody should.
  hostile forks 'if (fork() == 0) { setsid(); execlp("sleep", "sleep", "31415", NULL); }'
  hostile writes-outside "fopen(\"../../../written\", \"w\"); fopen(\"$SUBMISSIONS/written\", \"w\");"
  hostile calls-home 'struct sockaddr_in to = {AF_INET, htons(atoi(HOME)), {htonl(INADDR_LOOPBACK)}};
    int home = socket(AF_INET, SOCK_STREAM, 0); if (connect(home, (void *)&to, sizeof(to)) == 0) write(home, "x", 1);'
  hostile forks-without-end 'for (;;) fork();' # and the others still get their processes
  hostile kills-all 'kill(-1, SIGKILL);'
  hostile sleeps-for-ever 'for (;;) pause();'
  hostile prints-without-end 'static char much[100000]; for (;;) { fwrite(much, 1, sizeof(much), stdout); usleep(100000); }'
}

# submit NAME COMMAND…: the answer to 3.1, changed by a command that reads and writes it, or by patch
submit() {
  mkdir "$SUBMISSIONS/$1"
  patch -s -o "$SUBMISSIONS/$1/main.c" "$TOP/03-event-add/main.c" "$TOP"/exercises/3.1-*/answer.patch
  case $2 in
  patch) (cd "$SUBMISSIONS/$1" && "${@:2:3}" main.c "$5") ;;
  *) "${@:2}" "$SUBMISSIONS/$1/main.c" >"$SUBMISSIONS/$1/new" && mv "$SUBMISSIONS/$1/new" "$SUBMISSIONS/$1/main.c" ;;
  esac
}

# hostile NAME CODE: the answer, which does that first
hostile() {
  mkdir "$SUBMISSIONS/$1"
  patch -s -o - "$TOP/03-event-add/main.c" "$TOP"/exercises/3.1-*/answer.patch |
    CODE=$2 awk '{ print } /^int main/ { inside = 1 } inside && /^{/ { print ENVIRON["CODE"]; inside = 0 }' >"$SUBMISSIONS/$1/main.c"
}

# says NAME POINTS STATUS: what its line must say
says() {
  assert_line --regexp "^$1,3.1,$2,7,$3,[0-9]+\$"
}

@test "sixteen submissions are graded side by side, hostile ones too, and each gets what it deserves" {
  run --separate-stderr unshare --user --map-root-user --net --pid --fork --mount true
  [ "$status" = 0 ] || skip "unshare does not work here"
  python3 -c 'import socket, time
home = socket.create_server(("127.0.0.1", 0))
print(home.getsockname()[1], flush=True)
home.accept()
print("somebody called")' >"$BATS_TEST_TMPDIR/home" 3>&- &
  home=$!
  eventually grep -q . "$BATS_TEST_TMPDIR/home"
  sed -i "s/HOME/\"$(<"$BATS_TEST_TMPDIR/home")\"/" "$SUBMISSIONS/calls-home/main.c"
  run --separate-stderr "$TOP/exercises/exercise" grade 3.1 --jobs 7 --limit 60 --junit "$BATS_TEST_TMPDIR/junit.xml" "$SUBMISSIONS"/*
  assert_success
  kill $home || true
  says solved 7 solved
  says untouched 2 'not yet'
  says leaks 6 'not yet'
  says crashes 1 'not yet'
  says hangs-at-the-end 2 'not yet'
  says does-not-compile 0 'does not compile'
  for name in empty a-link a-file; do says $name 0 'does not compile'; done
  says forks 7 solved
  says writes-outside '[67]' '(solved|not yet)' # two files stay open
  says calls-home 7 solved
  says forks-without-end 0 '(not yet|took too long)'
  says kills-all 0 'cannot be checked'
  says sleeps-for-ever 0 'not yet'
  says prints-without-end 0 'not yet'
  eventually gone 'sleep 31415'
  assert [ ! -e "$SUBMISSIONS/written" ]
  refute grep -q called "$BATS_TEST_TMPDIR/home"
  run ls -d "${TMPDIR:-/tmp}"/grade-*
  assert_failure
  assert [ "$(grep -o '<testcase ' "$BATS_TEST_TMPDIR/junit.xml" | wc -l)" -gt 50 ]
}

@test "a submission that takes longer than the limit is ended, and the others are not" {
  run --separate-stderr "$TOP/exercises/exercise" grade 3.1 --limit 4 "$SUBMISSIONS/sleeps-for-ever" "$SUBMISSIONS/does-not-compile"
  assert_success
  assert_line --regexp '^sleeps-for-ever,3.1,0,7,took too long,[4-9]...$'
  says does-not-compile 0 'does not compile'
}

@test "an answer whose check has files of its own, or another exercise's, gets all its points" {
  for number in 6.6 7.4; do
    patch -s -o "$BATS_TEST_TMPDIR/main.c" "$TOP"/0${number%.*}-*/main.c "$TOP"/exercises/$number-*/answer.patch
    run "$TOP/exercises/exercise" grade $number "$BATS_TEST_TMPDIR"
    assert_output --partial ',solved,'
  done
}

@test "what is handed out has no answers and no wrong answers, but checks" {
  cd "$BATS_TEST_TMPDIR"
  git clone -q "$TOP" copy
  cd copy
  run exercises/exercise handout
  assert_success
  run tar -tf handout.tar.gz
  refute_output --partial answer.patch
  refute_output --partial /wrong/
  assert_line 'libevent-steps/exercises/3.1-heartbeat/check.bats'
}
