#!/bin/sh
# usage: ./deps.sh [test] [check]
# Installs, with the system's package manager, what is missing for building and running, for
# "make test", and for "make check" and "make bench". Where nothing is missing, it does nothing.
#
# Tried on Debian 12 (apt). The package names for the others are their documented ones, untested.
set -eu

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

have_manager
#    check                              apt              dnf                 pacman          apk              zypper           brew
need 'echo "#include <stdio.h>" | cc -E -' \
                                        'gcc libc6-dev'  gcc                 gcc             build-base       gcc              gcc
need 'have pkg-config'                  pkg-config       pkgconf-pkg-config  pkgconf         pkgconf          pkg-config       pkgconf
need 'have pkg-config && pkg-config --exists libevent_core' \
                                        libevent-dev     libevent-devel      libevent        libevent-dev     libevent-devel   libevent
need 'have git'                         git              git                 git             git              git              git
need 'nc -h 2>&1 | grep -q -e -N'       netcat-openbsd   netcat              openbsd-netcat  netcat-openbsd   netcat-openbsd   -
need 'have strace'                      strace           strace              strace          strace           strace           -
need 'have ss'                          iproute2         iproute             iproute2        iproute2         iproute2         -

for purpose; do
	case $purpose in
	test)
		need 'have bats'            bats             bats                bats            bats             bats             bats-core
		need have_bats_assert       bats-assert      bats-assert         bats-assert     bats-assert      bats-assert      bats-core/bats-core/bats-assert
		need 'have socat'           socat            socat               socat           socat            socat            socat
		need 'have python3'         python3          python3             python          python3          python3          python3
		need '/usr/bin/python3 -c "import markdown_it"' \
		                            python3-markdown-it python3-markdown-it-py python-markdown-it-py py3-markdown-it-py python3-markdown-it-py -
		need 'have pgrep'           procps           procps-ng           procps-ng       procps           procps           -
		need 'setpriv --pdeathsig KILL true' \
		                            util-linux       util-linux          util-linux      setpriv          util-linux       -
		;;
	check)
		need 'have clang'           clang            clang               clang           clang            clang            llvm
		need 'have clang-format'    clang-format     clang-tools-extra   clang           clang-extra-tools clang-tools     clang-format
		need 'have valgrind'        valgrind         valgrind            valgrind        valgrind         valgrind         -
		need 'have redis-benchmark' redis-tools      redis               redis           redis            redis            redis
		need 'have gnuplot'         gnuplot-nox      gnuplot             gnuplot         gnuplot          gnuplot          gnuplot
		need 'have pkg-config && pkg-config --exists libuv' \
		                            libuv1-dev       libuv-devel         libuv           libuv-dev        libuv-devel      libuv
		need 'have taskset'         util-linux       util-linux          util-linux      util-linux-misc  util-linux       -
		;;
	*)
		echo "usage: $0 [test] [check]" >&2
		exit 2
		;;
	esac
done

[ -n "$missing" ] || exit 0
sudo=
[ "$(id -u)" = 0 ] || [ $manager = brew ] || [ $manager = none ] || sudo=sudo
if [ -n "$sudo" ] && ! have sudo; then
	echo "You are not root and there is no sudo. Please let root install:$missing" >&2
	exit 1
fi

case $manager in
apt-get)
	$sudo apt-get update
	$sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing
	;;
dnf) $sudo dnf install -y $missing ;;
pacman) $sudo pacman -Sy --noconfirm --needed $missing ;;
apk) $sudo apk add $missing ;;
zypper) $sudo zypper --non-interactive install $missing ;;
brew) brew install $missing ;;
none)
	echo "No package manager that this script knows. Please install:$missing (Debian's names)" >&2
	exit 1
	;;
esac
