# shellcheck shell=bash
# What quickstart.sh and tests/run.sh share: saying what they do, and installing what is missing.

say() {
	printf '\n== %s\n' "$*"
}

die() {
	printf '%s: %s\n' "${0##*/}" "$*" >&2
	exit 3
}

# What sekisho is built with, on Debian 12 and 13.
BUILD_PACKAGES=(gcc libc6-dev meson ninja-build pkgconf
	libpcap-dev libndpi-dev libhiredis-dev libsqlite3-dev libyaml-dev libjansson-dev libssl-dev libcap-ng-dev libseccomp-dev libsystemd-dev libmicrohttpd-dev libarchive-dev)
# What packages are made with besides (packaging/debian/control has both lists; a test compares them).
DEB_PACKAGES=(build-essential debhelper dh-apparmor dpkg-dev fakeroot python3 systemd)
# What it needs when it runs: names of network card makers, and a Redis of one's own.
RUN_PACKAGES=(ieee-data redis-server)

# Installs the packages that are not there. Asks nothing; starts no service (a policy of our own says so while apt runs).
need_packages() {
	local missing=() p policy=/usr/sbin/policy-rc.d
	for p in "$@"; do
		dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'ok installed' || missing+=("$p")
	done
	[ ${#missing[@]} -eq 0 ] && return 0
	say "installing ${#missing[@]} packages: ${missing[*]}"
	[ "$(id -u)" -eq 0 ] || die "these packages are missing and installing them needs root. Run: sudo apt-get install ${missing[*]}"
	command -v apt-get >/dev/null || die "this machine has no apt-get; install by hand: ${missing[*]}"
	local ours=
	if [ ! -e $policy ]; then
		printf '#!/bin/sh\nexit 101\n' >$policy && chmod 755 $policy && ours=1
	fi
	export DEBIAN_FRONTEND=noninteractive
	local err=0
	apt-get install -y -qq --no-install-recommends "${missing[@]}" >"$LOG" 2>&1 ||
		{ apt-get update -qq >>"$LOG" 2>&1 && apt-get install -y -qq --no-install-recommends "${missing[@]}" >>"$LOG" 2>&1; } || err=1
	[ -n "$ours" ] && rm -f $policy
	[ $err -eq 0 ] || { tail -n 5 "$LOG" >&2; die "apt-get could not install them (full log: $LOG). Is there a package source?"; }
}

# unpack_package DIR PACKAGE: puts a package that cannot be installed beside another one, and what of its libraries is missing, below DIR.
unpack_package() {
	local dir=$1 p
	shift
	command -v apt-get >/dev/null || return 1
	rm -rf "$dir.new" && mkdir -p "$dir.new"
	for p in "$@" $(apt-cache depends --no-recommends --no-suggests --no-conflicts --no-breaks --no-replaces --no-enhances "$@" 2>/dev/null | sed -n 's/^ *Depends: \([a-z0-9].*\)/\1/p'); do
		dpkg-query -W -f='${Status}' "$p" 2>/dev/null | grep -q 'ok installed' && continue
		(cd "$dir.new" && apt-get download -qq "$p") >"$LOG" 2>&1 || return 1
	done
	for p in "$dir.new"/*.deb; do
		dpkg -x "$p" "$dir.new" || return 1
	done
	rm -rf "$dir" "$dir.new"/*.deb && mv "$dir.new" "$dir"
}

# build DIR SOURCE MESON_OPTION...: configures once, compiles what changed.
build() {
	local dir=$1 source=$2
	shift 2
	if [ ! -f "$dir/build.ninja" ]; then
		meson setup "$dir" "$source" "$@" >"$LOG" 2>&1 || { tail -n 20 "$LOG" >&2; die "meson could not configure $dir"; }
	fi
	ninja -C "$dir" >"$LOG" 2>&1 || { grep -E 'error|FAILED|warning' "$LOG" | head -n 20 >&2; die "the build failed (full log: $LOG)"; }
}
