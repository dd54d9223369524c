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

# packages_for CALL: the arguments of all calls that begin so, each between two spaces
packages_for() {
  sed -n "s/^$1 / /p" "$CALLS" | tr '\n' ' '
}

# does_not_know PACKAGE: a manager that installs all others, and nothing if this one is among them.
does_not_know() {
  stand_in apt-get 'case " $* " in *" '"$1"' "*) echo "E: Unable to locate package '"$1"'" >&2; exit 100 ;; esac'
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
  install=$(packages_for 'apt-get install')
  assert_regex "$install" ' pkg-config libevent-dev '
  assert_regex "$install" ' python3 '
  refute_regex "$install" ' (gcc|git|strace|bats|socat) '
}

@test "what make check needs is asked for by that name alone" {
  stand_in apt-get
  deps test
  refute_regex "$(<"$CALLS")" 'valgrind'
  deps test check
  assert_regex "$(<"$CALLS")" 'valgrind'
}

@test "so is what make book needs" {
  stand_in apt-get
  deps test check
  refute_regex "$(<"$CALLS")" 'chromium'
  deps book
  assert_regex "$(<"$CALLS")" 'nodejs npm chromium'
}

# manager COMMAND INSTALL PACKAGE…: it is called so, through sudo, and asked for these packages.
manager() {
  local command=$1 install=$2 package
  stand_in "$command"
  deps test check
  assert_success
  calls=$(packages_for "$command $install")
  for package in "${@:3}"; do assert_regex "$calls" " $package "; done
  assert_regex "$(<"$CALLS")" "^sudo "
  refute_regex "$calls" ' - '
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
  manager pacman '-S --noconfirm --needed' gcc pkgconf libevent openbsd-netcat bats clang
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
  assert_regex "$(<"$CALLS")" '^brew install .* libevent'
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

@test "a package of the tests that the manager does not know stops neither the programs nor the others" {
  does_not_know socat
  deps test
  assert_success
  assert_output --partial 'apt-get could not install: socat. This is needed for make test.'
  assert grep -q '^apt-get install .* libevent-dev$' "$CALLS"
  assert grep -q '^apt-get install .* bats$' "$CALLS" # alone, and so without socat
}

@test "without libevent to be had it fails, and installs nothing for the tests" {
  does_not_know libevent-dev
  deps test
  assert_failure
  assert_output --partial 'could not install: libevent-dev. This is needed for building the programs.'
  refute_regex "$(<"$CALLS")" bats
}

@test "old lists of packages are better than none" {
  stand_in apt-get '[ "$1" != update ]'
  deps test
  assert_success
}

@test "haproxy is unpacked and not installed, so that no service starts" {
  cd "$BATS_TEST_TMPDIR" # the folder build is made here
  installed mkdir sed
  stand_in apt-get '[ "$1" != download ] || : >haproxy_1.deb'
  stand_in apt-cache 'printf "haproxy\n  Depends: libc6\n  Depends: adduser\n"'
  stand_in dpkg
  deps check
  assert_success
  assert grep -q '^dpkg -x haproxy_1.deb haproxy$' "$CALLS"
  assert_regex "$(packages_for 'apt-get install')" ' libc6 '
  refute_regex "$(packages_for 'apt-get install')" ' haproxy '
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
