#!/bin/sh
# usage: ./deps.sh [test] [check] [book]
# Installs, with the system's package manager, what is missing for building and running, for
# "make test", for "make check" and "make bench", and for "make book" and "make check-book". Where
# nothing is missing, it does nothing.
#
# Tried with apt, on Debian 11, 12, 13 and sid. The package names for the other managers are their
# documented ones, untested.
set -eu

for purpose; do
	case $purpose in
	test | check | book) ;;
	*)
		echo "usage: $0 [test] [check] [book]" >&2
		exit 2
		;;
	esac
done

have() {
	command -v "$1" >/dev/null 2>&1
}

# The test libraries, wherever a package puts them.
have_bats_assert() {
	for folder in /usr/lib/bats /usr/lib /usr/share/bats /usr/local/lib /opt/homebrew/lib \
	    /usr/lib/node_modules /usr/local/lib/node_modules; do
		[ -f $folder/bats-assert/load.bash ] && return
	done
	return 1
}

have_manager() {
	for manager in apt-get dnf pacman apk zypper brew; do
		have $manager && return
	done
	manager=none
}

# need CHECK apt dnf pacman apk zypper brew: notes the package if the check fails. "-": no package.
missing=
need() {
	check=$1
	shift
	eval "$check" >/dev/null 2>&1 && return
	case $manager in
	apt-get | none) package=$1 ;;
	dnf) package=$2 ;;
	pacman) package=$3 ;;
	apk) package=$4 ;;
	zypper) package=$5 ;;
	brew) package=$6 ;;
	esac
	[ "$package" = - ] || missing="$missing $package"
}

install() {
	case $manager in
	apt-get) $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" ;;
	dnf) $sudo dnf install -y "$@" ;;
	pacman) $sudo pacman -S --noconfirm --needed "$@" ;;
	apk) $sudo apk add "$@" ;;
	zypper) $sudo zypper --non-interactive install "$@" ;;
	brew) brew install "$@" ;;
	esac
}

# The lists may be old and the network away: what is known already may do.
update() {
	case $manager in
	apt-get) $sudo apt-get update || true ;;
	pacman) $sudo pacman -Sy || true ;;
	esac
	updated=yes
}

# install_for PURPOSE: installs what is missing, so far. A manager that does not know one package
# installs none of them: then each is tried alone. Fails if one had to be left out.
updated=
install_for() {
	[ -n "$missing" ] && [ -z "$obstacle" ] || return 0
	packages=$missing
	missing=
	[ -n "$updated" ] || update
	install $packages && return
	left_out=
	for package in $packages; do
		install "$package" || left_out="$left_out $package"
	done
	[ -n "$left_out" ] || return 0
	echo "$manager could not install:$left_out. This is needed for $1." >&2
	return 1
}

# Installed, Debian's haproxy would run as a service. A test needs no more than the program.
unpack_haproxy() {
	[ -z "$obstacle" ] || return
	[ -n "$updated" ] || update
	install $(apt-cache depends haproxy | sed -n 's/^  Depends: \(lib[^ ]*\)$/\1/p') &&
	    mkdir -p build && (cd build && apt-get download haproxy && dpkg -x haproxy_*.deb haproxy)
}

have_manager
sudo=
[ "$(id -u)" = 0 ] || [ $manager = brew ] || sudo=sudo
obstacle=
if [ $manager = none ]; then
	obstacle='There is no package manager that this script knows.'
elif [ -n "$sudo" ] && ! have sudo; then
	obstacle='You are not root and there is no sudo.'
fi

#    check                              apt              dnf                 pacman          apk              zypper           brew
need 'echo "#include <stdio.h>" | cc -E -' \
                                        'gcc libc6-dev'  gcc                 gcc             build-base       gcc              gcc
need 'have pkg-config'                  pkg-config       pkgconf-pkg-config  pkgconf         pkgconf          pkg-config       pkgconf
need 'have pkg-config && pkg-config --atleast-version=2.1 libevent_core' \
                                        libevent-dev     libevent-devel      libevent        libevent-dev     libevent-devel   libevent
install_for 'building the programs' || exit 1

need 'have git'                         git              git                 git             git              git              git
need 'nc -h 2>&1 | grep -q -e -N'       netcat-openbsd   netcat              openbsd-netcat  netcat-openbsd   netcat-openbsd   -
need 'have strace'                      strace           strace              strace          strace           strace           -
need 'have ss'                          iproute2         iproute             iproute2        iproute2         iproute2         -
need 'have pgrep'                       procps           procps-ng           procps-ng       procps           procps           -
install_for 'looking at them: nc, make diff-N, make trace-N' || true

for purpose; do
	case $purpose in
	test)
		need 'have bats'            bats             bats                bats            bats             bats             bats-core
		need have_bats_assert       bats-assert      bats-assert         bats-assert     bats-assert      bats-assert      bats-core/bats-core/bats-assert
		need 'have socat'           socat            socat               socat           socat            socat            socat
		need 'have python3'         python3          python3             python          python3          python3          python3
		need '/usr/bin/python3 -c "import markdown_it"' \
		                            python3-markdown-it python3-markdown-it-py python-markdown-it-py py3-markdown-it-py python3-markdown-it-py -
		need 'timeout 1 env --default-signal=INT true' \
		                            coreutils        coreutils           coreutils       coreutils        coreutils        -
		need 'setpriv --pdeathsig KILL true' \
		                            util-linux       util-linux          util-linux      setpriv          util-linux       -
		install_for 'make test' || true
		;;
	check)
		need 'have clang'           clang            clang               clang           clang            clang            llvm
		need 'have clang-format'    clang-format     clang-tools-extra   clang           clang-extra-tools clang-tools     clang-format
		need 'have valgrind'        valgrind         valgrind            valgrind        valgrind         valgrind         -
		need 'have redis-benchmark' redis-tools      redis               redis           redis            redis            redis
		need 'have gnuplot'         gnuplot-nox      gnuplot             gnuplot         gnuplot          gnuplot          gnuplot
		need 'have pkg-config && pkg-config --exists libuv' \
		                            libuv1-dev       libuv-devel         libuv           libuv-dev        libuv-devel      libuv
		need 'have entr'            entr             entr                entr            entr             entr             entr
		need 'have openssl'         openssl          openssl             openssl         openssl          openssl          openssl
		need 'have pkg-config && pkg-config --exists libssl' \
		                            libssl-dev       openssl-devel       openssl         openssl-dev      libopenssl-devel openssl
		need 'have taskset'         util-linux       util-linux          util-linux      util-linux-misc  util-linux       -
		need 'have debootstrap'     debootstrap      debootstrap         debootstrap     debootstrap      debootstrap      -
		need 'have haproxy || [ -x build/haproxy/usr/sbin/haproxy ]' \
		                            -                haproxy             haproxy         haproxy          haproxy          haproxy
		install_for 'make check and make bench' || true
		[ $manager != apt-get ] || have haproxy || [ -x build/haproxy/usr/sbin/haproxy ] || unpack_haproxy || true
		;;
	book)
		need 'have node'            nodejs           nodejs              nodejs          nodejs           nodejs           node
		need 'have npm'             npm              nodejs-npm          npm             npm              npm              node
		need 'have chromium || have chromium-browser' \
		                            chromium         chromium            chromium        chromium         chromium         chromium
		install_for 'make book and make check-book' || true
		;;
	esac
done

if [ -n "$missing" ]; then
	echo "$obstacle Please install:$missing (Debian's names)" >&2
	exit 1
fi
