load ../helper

# deps.sh runs with a PATH of $BIN alone: the commands that it uses itself, links to what it finds
# installed, and stand-ins for package managers, which write their arguments to $CALLS.
setup() {
  BIN=$BATS_TEST_TMPDIR/bin CALLS=$BATS_TEST_TMPDIR/calls
  mkdir "$BIN"
  touch "$CALLS"
  installed sh env grep
  printf '#!/bin/sh\necho 1000\n' >"$BIN/id"
  chmod +x "$BIN/id"
  stand_in sudo 'exec "$@"'
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
  PATH=$BIN run "$BIN/sh" "$TOP/deps.sh" "$@"
}

@test "asks the package manager nothing when all is there" {
  cd "$TOP"
  for manager in apt-get dnf pacman apk zypper brew; do stand_in "$manager" 'exit 1'; done
  PATH=$BIN:$PATH run "$TOP/deps.sh" test
  assert_success
  assert_output ''
  assert_equal "$(<"$CALLS")" ''
}

@test "installs only what is missing" {
  stand_in apt-get
  installed cc git strace bats socat
  deps test
  assert_success
  install=$(grep '^apt-get install' "$CALLS")
  assert_regex "$install" ' pkg-config libevent-dev '
  assert_regex "$install" ' procps( |$)'
  refute_regex "$install" ' (gcc|git|strace|bats|socat)( |$)'
}

@test "what make check needs is asked for by that name alone" {
  stand_in apt-get
  deps test
  refute_regex "$(<"$CALLS")" 'valgrind'
  deps test check
  assert_regex "$(<"$CALLS")" 'valgrind'
}

# manager COMMAND INSTALL PACKAGE…: it is called so, through sudo, and asked for these packages.
manager() {
  local command=$1 install=$2 package
  stand_in "$command"
  deps test check
  assert_success
  calls=$(grep "^$command $install" "$CALLS")
  for package in "${@:3}"; do assert_regex "$calls" " $package( |$)"; done
  assert_regex "$(<"$CALLS")" "^sudo "
  refute_regex "$calls" ' -( |$)'
}

@test "knows apt" {
  manager apt-get 'install -y' gcc libc6-dev pkg-config libevent-dev netcat-openbsd bats clang
}

@test "updates apt's lists first" {
  stand_in apt-get
  deps test
  run grep -n '^apt-get' "$CALLS"
  assert_line --index 0 '2:apt-get update' # after the line of sudo
  assert_line --index 1 --partial 'apt-get install'
}

@test "knows dnf" {
  manager dnf 'install -y' gcc pkgconf-pkg-config libevent-devel netcat bats clang
}

@test "knows pacman" {
  manager pacman '-Sy --noconfirm' gcc pkgconf libevent openbsd-netcat bats clang
}

@test "knows apk" {
  manager apk 'add' build-base pkgconf libevent-dev netcat-openbsd bats clang
}

@test "knows zypper" {
  manager zypper '--non-interactive install' gcc pkg-config libevent-devel netcat-openbsd bats clang
}

@test "knows brew, and calls it without sudo" {
  stand_in brew
  deps test
  assert_success
  assert_regex "$(<"$CALLS")" '^brew install .* libevent '
  refute_regex "$(<"$CALLS")" sudo
  refute_regex "$(<"$CALLS")" ' -( |$)'
}

@test "root needs no sudo" {
  stand_in apt-get
  printf '#!/bin/sh\necho 0\n' >"$BIN/id"
  deps test
  assert_success
  refute_regex "$(<"$CALLS")" sudo
}

@test "names the packages when it knows no manager" {
  installed cc
  deps test
  assert_failure
  assert_output --regexp 'Please install: .*libevent-dev'
  refute_output --partial gcc
  assert_equal "$(<"$CALLS")" ''
}

@test "without sudo it says what to install" {
  rm "$BIN/sudo"
  stand_in apt-get
  deps test
  assert_failure
  assert_output --regexp 'libevent-dev'
}

@test "fails when the package manager fails" {
  stand_in apt-get 'exit 1'
  deps test
  assert_failure
}

@test "does not know another purpose" {
  deps dinner
  assert_failure 2
  assert_output --partial usage
}
