#!/bin/sh
# usage: ./deps.sh [home] run|test|check|book…
# Names what is missing, and installs it: for building and running the steps (run), for "make test",
# the exercises and traces (test), for "make check" and "make bench" (check), for "make book" (book).
# home: unpacks it into .deps instead, which needs no root.
#
# Tried with apt, on Debian 11, 12, 13 and sid. The names for the other managers are their documented
# ones, untested.
# shellcheck disable=SC2034,SC2046,SC2086 # eval reads some names; lists of packages are split into words
set -eu
cd "${0%/*}"

# "-": no package. A library ends with .pc, as pkg-config's file does; a module of Python with .py.
table() {
	cat <<-'END'
	for    what            apt-get              dnf                     pacman                 apk                     zypper                  brew
	run    cc              gcc,libc6-dev        gcc                     gcc                    build-base              gcc                     gcc
	run    pkg-config      pkg-config           pkgconf-pkg-config      pkgconf                pkgconf                 pkg-config              pkgconf
	run    libevent.pc     libevent-dev         libevent-devel          libevent               libevent-dev            libevent-devel          libevent
	run    nc              netcat-openbsd       netcat                  openbsd-netcat         netcat-openbsd          netcat-openbsd          -
	test   git             git                  git                     git                    git                     git                     git
	test   strace          strace               strace                  strace                 strace                  strace                  -
	test   ss              iproute2             iproute                 iproute2               iproute2                iproute2                -
	test   pgrep           procps               procps-ng               procps-ng              procps                  procps                  -
	test   env             coreutils            coreutils               coreutils              coreutils               coreutils               -
	test   setpriv         util-linux           util-linux              util-linux             setpriv                 util-linux              -
	test   socat           socat                socat                   socat                  socat                   socat                   socat
	test   entr            entr                 entr                    entr                   entr                    entr                    entr
	test   python3         python3              python3                 python                 python3                 python3                 python3
	test   markdown_it.py  python3-markdown-it  python3-markdown-it-py  python-markdown-it-py  py3-markdown-it-py      python3-markdown-it-py  -
	test   bats            bats,bats-assert     bats,bats-assert        bats,bats-assert       bats,bats-assert        bats,bats-assert        bats-core,bats-core/bats-core/bats-assert
	check  patch           patch                patch                   patch                  patch                   patch                   -
	check  clang           clang                clang                   clang                  clang                   clang                   llvm
	check  clang-format    clang-format         clang-tools-extra       clang                  clang-extra-tools       clang-tools             clang-format
	check  shellcheck      shellcheck           ShellCheck              shellcheck             shellcheck              ShellCheck              shellcheck
	check  pyflakes.py     python3-pyflakes     python3-pyflakes        python-pyflakes        py3-pyflakes            python3-pyflakes        -
	check  valgrind        valgrind             valgrind                valgrind               valgrind                valgrind                -
	check  gnuplot         gnuplot-nox          gnuplot                 gnuplot                gnuplot                 gnuplot                 gnuplot
	check  libuv.pc        libuv1-dev           libuv-devel             libuv                  libuv-dev               libuv-devel             libuv
	check  openssl         openssl              openssl                 openssl                openssl                 openssl                 openssl
	check  libssl.pc       libssl-dev           openssl-devel           openssl                openssl-dev             libopenssl-devel        openssl
	check  taskset         util-linux           util-linux              util-linux             util-linux-misc         util-linux              -
	check  debootstrap     debootstrap          debootstrap             debootstrap            debootstrap             debootstrap             -
	check  haproxy         haproxy              haproxy                 haproxy                haproxy                 haproxy                 haproxy
	check  redis-benchmark redis-tools          redis                   redis                  redis                   redis                   redis
	check  redis-server    redis-server,redis-tools redis               redis                  redis                   redis                   redis
	check  redis.py        python3-redis        python3-redis           python-redis           py3-redis               python3-redis           -
	book   markdown_it.py  python3-markdown-it  python3-markdown-it-py  python-markdown-it-py  py3-markdown-it-py      python3-markdown-it-py  -
	book   node            nodejs               nodejs                  nodejs                 nodejs                  nodejs                  node
	book   npm             npm                  nodejs-npm              npm                    npm                     npm                     node
	book   chromium        chromium             chromium                chromium               chromium                chromium                chromium
	END
}

have() {
	command -v "$1"
}

# there WHAT: as the table names it; and it can do what we need
there() {
	case $1 in
	cc) echo '#include <stdio.h>' | cc -E - ;;
	libevent.pc) have pkg-config && pkg-config --atleast-version=2.1 libevent_core ;;
	nc) nc -h 2>&1 | grep -e -N ;;
	env) timeout 1 env --default-signal=INT true ;;
	setpriv) setpriv --pdeathsig KILL true ;;
	bats) tests/bats --version ;;
	chromium) have chromium || have chromium-browser ;;
	*.pc) have pkg-config && pkg-config --exists "${1%.pc}" ;;
	*.py) /usr/bin/python3 -c "import ${1%.py}" ;;
	*) have "$1" ;;
	esac </dev/null >/dev/null 2>&1
}

# missing PURPOSE…: the packages of what is not there, a word for each row
missing() {
	table | while read -r row_for what apt dnf pacman apk zypper brew; do
		case " $* " in *" $row_for "*) ;; *) continue ;; esac
		there "$what" && continue
		case $manager in
		apt-get | none) echo "$apt" ;;
		*) eval "echo \"\$$manager\"" ;;
		esac
	done | grep -v -x -e - || true
}

# words ROW…: gcc,libc6-dev are two packages
words() {
	echo "$*" | tr , ' '
}

install() {
	case $manager in
	apt-get) $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" ;;
	dnf) $sudo dnf install -y "$@" ;;
	pacman) $sudo pacman -S --noconfirm --needed "$@" ;; # -Sy alone would be half an upgrade
	apk) $sudo apk add "$@" ;;
	zypper) $sudo zypper --non-interactive install "$@" ;;
	brew) brew install "$@" ;;
	esac
}

# unpack PACKAGE…: these and what they need, into .deps. No service starts, and nobody has to be root.
unpack() {
	mkdir -p "$here/packages"
	new=$($apt_get install -s --no-install-recommends "$@") || return
	new=$(echo "$new" | sed -n '/^Inst libc6 /d; s/^Inst \([^ ]*\) .*/\1/p'; printf '%s\n' "$@")
	(cd "$here/packages" && $apt_get download $(echo "$new" | sort -u)) || return
	for package in "$here"/packages/*.deb; do dpkg -x "$package" "$here" && rm "$package"; done
	find "$here" -name nc.openbsd -execdir ln -sf {} nc \;
	find "$here" -name '*.pc' -exec \
		sed -i "s|^prefix=.*|prefix=$here/usr|; s|^Libs: -L|Libs: -Wl,-rpath,\${libdir} -L|" {} +
	set -- "$here"/usr/lib/*-linux-*
	cat >.deps/env.mk <<-END
	export PATH := $here/bin:$here/usr/bin:$here/usr/sbin:\$(PATH)
	export LD_LIBRARY_PATH := $1:$here/lib/${1##*/}
	export PKG_CONFIG_PATH := $1/pkgconfig
	export PYTHONPATH := $here/usr/lib/python3/dist-packages
	END
	sed 's/ := \(.*\)/="\1"/; s/(PATH)/PATH/' .deps/env.mk >.deps/env # the same for a shell
}

# bats_from_npm: where the distribution's is missing, or too old
bats_from_npm() {
	echo "$manager has no bats that is new enough; npm brings one into .deps."
	have npm >/dev/null || [ -n "$home" ] || install npm || return
	npm install --prefix .deps --no-save --no-audit --no-fund bats@1.13.0 bats-support@0.3.0 bats-assert@2.2.4
}

home='' purposes='' here=$PWD/.deps apt_get='apt-get -q'
for word; do
	case $word in
	home) home=yes ;;
	run | test | check | book) purposes="$purposes $word" ;;
	*) purposes='' && break ;;
	esac
done
[ -n "$purposes" ] || { echo "usage: $0 [home] run|test|check|book…" >&2; exit 2; }

PATH=$PATH:/usr/sbin:/sbin
[ ! -e .deps/env ] || . ./.deps/env
for manager in apt-get dnf pacman apk zypper brew none; do
	have "$manager" >/dev/null && break
done

packages=$(words $(missing $purposes))
[ -n "$packages" ] || exit 0
admin="whoever administers this machine can install: $packages"

if [ -n "$home" ]; then
	there cc || { echo "A compiler can't be unpacked into a folder; $admin" >&2; exit 1; }
	[ "$manager" = apt-get ] || { echo "make deps-home needs apt-get; $admin" >&2; exit 1; }
	echo "Into .deps go: $packages"
	# Root's lists of packages may be old, and are not ours to update.
	apt_get="$apt_get -o Dir::State::Lists=$here/lists -o Dir::Cache=$here/cache -o Debug::NoLocking=true"
	mkdir -p "$here/lists/partial" "$here/cache/archives/partial"
	$apt_get update
	rows=$(missing run test)
	unpack $packages || for row in $rows; do
		unpack $(words "$row") || echo "apt-get could not unpack: $row" >&2
	done
	. ./.deps/env
	there bats || bats_from_npm || echo "Without npm there is no bats; $admin" >&2
	echo "make finds it there. For a shell of your own, type: . .deps/env"
	[ -z "$(missing run)" ]
	exit
fi

sudo=''
[ "$(id -u)" = 0 ] || [ "$manager" = brew ] || sudo=sudo
if [ "$manager" = none ]; then
	echo "There is no package manager that this script knows. Please install: $packages (Debian's names)" >&2
	exit 1
fi
echo "$manager${sudo:+, through sudo,} is going to install: $packages"
if [ -n "$sudo" ] && ! { have sudo >/dev/null && sudo true; }; then
	echo "You are not allowed to. 'make deps-home' needs no root; or $admin" >&2
	exit 1
fi
# The lists may be old and the network away: what is known already may do.
[ "$manager" != apt-get ] || $sudo apt-get update || true

for purpose in $purposes; do
	left_out='' rows='' services=''
	for row in $(missing "$purpose"); do
		case $manager-$row in # Debian starts these once they are installed; a test needs the program alone
		apt-get-haproxy | apt-get-redis-server*) services="$services $row" ;;
		*) rows="$rows $row" ;;
		esac
	done
	# A manager that does not know one package installs none of them: then each is tried alone.
	[ -z "$rows" ] || install $(words $rows) || for row in $rows; do
		install $(words "$row") || left_out="$left_out $row"
	done
	if [ "$purpose" = test ] && ! there bats && bats_from_npm; then
		left_out=$(echo "$left_out" | sed 's/ bats[^ ]*//')
	fi
	[ -z "$services" ] || unpack $(words $services) || left_out="$left_out$services"
	[ -z "$left_out" ] || echo "$manager could not install, to $purpose:$left_out" >&2
	[ "$purpose" != run ] || [ -z "$left_out" ] || exit 1
done
