load ../helper

# deps.sh runs in a folder of its own, with a PATH of $BIN alone: the commands that it uses itself,
# links to what it finds installed, and stand-ins, which write their arguments to $CALLS.
setup() {
  cd "$BATS_TEST_TMPDIR"
  cp "$TOP/deps.sh" .
  BIN=$PWD/bin CALLS=$PWD/calls
  mkdir "$BIN"
  touch "$CALLS"
  installed sh env grep sed tr cat
  printf '#!/bin/sh\necho 1000\n' >"$BIN/id"
  chmod +x "$BIN/id"
  stand_in sudo '"$@"'
  stand_in npm
}

# installed COMMAND…: these are there.
installed() {
  local command
  for command; do ln -s "$(command -v "$command")" "$BIN/$command"; done
}

# stand_in COMMAND [MORE]: writes down its call, then does more.
stand_in() {
  printf '#!/bin/sh\necho %s "$@" >>%s\n%s\n' "$1" "$CALLS" "$2" >"$BIN/$1"
  chmod +x "$BIN/$1"
}

deps() {
  PATH=$BIN run "$BIN/sh" ./deps.sh "$@"
}

# asked_for PATTERN PACKAGE…: calls that begin so named these packages.
asked_for() {
  local packages package
  packages=$(sed -n "s/^$1 / /p" "$CALLS" | tr '\n' ' ')
  for package in "${@:2}"; do assert_regex "$packages" " $package "; done
  refute_regex "$packages" ' - '
}

# does_not_know PACKAGE: a manager that installs all others, and nothing if this one is among them.
does_not_know() {
  stand_in apt-get 'case " $* " in *" '"$1"' "*) exit 100 ;; esac'
}

@test "where all is there, it says nothing and asks for nothing" {
  for manager in apt-get dnf pacman apk zypper brew; do stand_in "$manager" 'exit 1'; done
  PATH=$BIN:$PATH run "$TOP/deps.sh" run test
  assert_success
  assert_output ''
  assert_equal "$(<"$CALLS")" ''
}

@test "building and running needs a compiler, pkg-config, libevent and nc, and nothing else" {
  stand_in apt-get
  deps run
  assert_success
  assert_line --index 0 'apt-get, through sudo, is going to install: gcc libc6-dev pkg-config libevent-dev netcat-openbsd'
  assert_equal "$(grep -c '^apt-get install' "$CALLS")" 1
  asked_for 'apt-get install -y --no-install-recommends' gcc libc6-dev pkg-config libevent-dev netcat-openbsd
}

@test "what is there already is left out" {
  stand_in apt-get
  installed cc git strace socat
  deps run test
  assert_success
  asked_for 'apt-get install' libevent-dev python3
  refute_regex "$(<"$CALLS")" ' (gcc|git|strace|socat) '
}

@test "each purpose brings its own packages" {
  stand_in apt-get
  deps run test
  refute_regex "$(<"$CALLS")" 'valgrind|chromium'
  deps check
  asked_for 'apt-get install' valgrind shellcheck
  deps book
  asked_for 'apt-get install' nodejs chromium
}

@test "apt's lists are brought up to date before it installs" {
  stand_in apt-get
  deps run
  assert_equal "$(sed -n 's/^apt-get \([a-z]*\).*/\1/p' "$CALLS" | paste -sd' ')" 'update install'
}

@test "old lists are better than none" {
  stand_in apt-get '[ "$1" != update ]'
  deps run test
  assert_success
}

@test "other managers are asked for the names of their packages" {
  while read -r manager install packages; do
    stand_in "$manager"
    deps run test
    assert_success
    asked_for "$manager ${install//_/ }" $packages
    rm "$BIN/$manager"
  done <<'EOF'
dnf install_-y gcc pkgconf-pkg-config libevent-devel netcat bats
pacman -S_--noconfirm_--needed gcc pkgconf libevent openbsd-netcat bats
apk add build-base pkgconf libevent-dev netcat-openbsd bats
zypper --non-interactive_install gcc pkg-config libevent-devel netcat-openbsd bats
brew install libevent bats-core
EOF
}

@test "root needs no sudo" {
  stand_in apt-get
  printf '#!/bin/sh\necho 0\n' >"$BIN/id"
  deps run
  assert_success
  refute_regex "$(<"$CALLS")" sudo
}

@test "a sudo that refuses is asked once, and a line has what an administrator needs" {
  stand_in apt-get
  stand_in sudo 'exit 1'
  deps run test
  assert_failure 1
  assert_line --regexp "make deps-home.* whoever administers this machine can install: gcc .* libevent-dev "
  assert_equal "$(<"$CALLS")" 'sudo true'
}

@test "without a manager that it knows, it names the packages" {
  installed cc
  deps run
  assert_failure 1
  assert_output --regexp 'Please install: pkg-config libevent-dev '
}

@test "a package of the tests that is unknown stops neither the programs nor the others" {
  does_not_know socat
  deps run test
  assert_success
  assert_output --partial 'apt-get could not install, to test: socat'
  asked_for 'apt-get install' libevent-dev strace
}

@test "without libevent to be had it fails, and installs nothing for the tests" {
  does_not_know libevent-dev
  deps run test
  assert_failure 1
  assert_output --partial 'apt-get could not install, to run: libevent-dev'
  refute_regex "$(<"$CALLS")" strace
}

@test "npm brings bats where the manager's is missing or too old" {
  does_not_know bats-assert
  deps run test
  assert_success
  assert_regex "$(<"$CALLS")" 'npm install --prefix .deps .* bats@[0-9.]* bats-support@[0-9.]* bats-assert@[0-9.]*'
  refute_output --partial 'could not'
}

@test "what would start as a service is unpacked" {
  installed mkdir rm sort find
  stand_in apt-get 'case $* in *install\ -s*) echo "Inst libabc (1)"; echo "Inst libc6 [1] (2)" ;; *download*) : >a.deb ;; esac'
  stand_in dpkg
  deps check
  assert_success
  asked_for 'apt-get -q download' haproxy redis-server libabc
  assert grep -q "^dpkg -x .*/a.deb $PWD/.deps$" "$CALLS"
  refute_regex "$(<"$CALLS")" ' libc6 '
  refute_regex "$(grep 'install -y' "$CALLS")" ' (haproxy|redis-server) '
}

@test "it does not know another purpose" {
  deps dinner
  assert_failure 2
  assert_output --partial usage
}
