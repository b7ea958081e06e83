#!/usr/bin/env bash
# test-packages.sh [--keep]
#
# The life of a package on this machine, as root, on a Debian 12 or 13 that may be empty: built twice to the same bytes, checked by lintian,
# the previous version installed and used, upgraded with its databases and its edited configuration, removed, purged, nothing left.
# It installs and removes the package sekisho HERE: meant for a machine or chroot that can be thrown away.
# Ends with `N passed, N failed`; what was built stays in build/deb with --keep.
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
keep=
case ${1:-} in
'') ;;
--keep) keep=1 ;;
-h | --help) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 0 ;;
*) echo "test-packages.sh: unknown option $1. See --help" >&2; exit 2 ;;
esac
mkdir -p "$top/build"
LOG=$top/build/test-packages.log
# shellcheck source=packaging/lib.sh
. "$top/packaging/lib.sh"
[ "$(id -u)" -eq 0 ] || die "installing packages needs root"
if dpkg-query -W -f='${Status}' sekisho 2>/dev/null | grep -q ' installed'; then
	die "sekisho is installed here, and this test would purge it with its data. Run it elsewhere"
fi
passed=0 failed=0
room=$(mktemp -d "${TMPDIR:-/tmp}/sekisho-packages.XXXXXX")
chmod 755 "$room"
finish() {
	[ -n "$keep" ] && { mkdir -p "$top/build/deb" && cp "$room"/new/* "$top/build/deb/" || :; }
	rm -rf "$room"
}
trap finish EXIT

# step WORDS COMMAND...: runs it, says how it went; a failure shows the end of what it said
step() {
	local words=$1 begin=$SECONDS
	shift
	if "$@" >"$room/step.log" 2>&1; then
		passed=$((passed + 1))
		printf 'ok      %s (%d s)%s\n' "$words" $((SECONDS - begin)) "$(sed -n 's/^note: /: /p' "$room/step.log" | tail -n 1)"
	else
		failed=$((failed + 1))
		printf 'FAILED  %s (%d s)\n' "$words" $((SECONDS - begin))
		tail -n 25 "$room/step.log" | sed 's/^/        /'
	fi
}

# a step without which the others mean nothing
must() {
	local before=$failed
	step "$@"
	[ "$failed" -eq "$before" ] || end
}

end() {
	echo
	echo "$passed passed, $failed failed"
	[ "$failed" -eq 0 ]
	exit
}

# like DEBIAN's own machines, but nothing is started while packages are configured
apt_get() {
	local policy=/usr/sbin/policy-rc.d ours= err=0
	[ -e $policy ] || { printf '#!/bin/sh\nexit 101\n' >$policy && chmod 755 $policy && ours=1; }
	DEBIAN_FRONTEND=noninteractive apt-get -y -q --no-install-recommends "$@" || err=$?
	[ -z "$ours" ] || rm -f $policy
	return $err
}

# as_sekisho COMMAND...: with the rights that the service has
as_sekisho() {
	setpriv --reuid=sekisho --regid=sekisho --init-groups --inh-caps=-all --bounding-set=-all --no-new-privs "$@"
}

# ---- building

build_first() {
	"$top/packaging/build-deb.sh" --output "$room/new" --work "$room/one"
}

# another folder, another umask, another language, time zone and number of jobs; later in the day
build_again() {
	local jobs=1
	[ "$(nproc)" -gt 1 ] || jobs=2
	(
		umask 077
		export TZ=Asia/Tokyo LC_ALL=C DEB_BUILD_OPTIONS="parallel=$jobs ${DEB_BUILD_OPTIONS:-}"
		"$top/packaging/build-deb.sh" --output "$room/again" --work "$room/somewhere/else/with/a/longer/name"
	)
}

same_bytes() {
	local f n=0
	for f in "$room"/new/*.deb "$room"/new/*.orig.tar.gz "$room"/new/*.debian.tar.xz "$room"/new/*.dsc; do
		cmp "$f" "$room/again/${f##*/}" || return 1
		n=$((n + 1))
	done
	echo "note: $n files"
	[ $n -ge 5 ]
}

lintian_is_content() {
	chmod 755 "$room"/new && chmod 644 "$room"/new/*
	# as nobody: lintian advises against root. Not with --show-overrides: in Debian 12 it then fails for what is overridden, too
	setpriv --reuid=65534 --regid=65534 --clear-groups env HOME=/nonexistent lintian --fail-on error,warning "$room"/new/*.changes
}

build_previous() {
	DEB_BUILD_OPTIONS="noopt optimize=-lto nocheck ${DEB_BUILD_OPTIONS:-}" "$top/packaging/build-deb.sh" --output "$room/old" --work "$room/two" --version 0.0.9
}

hardened() {
	local program id
	rm -rf "$room/tree" && dpkg -x "$room"/new/sekisho_*.deb "$room/tree"
	for program in usr/bin/sekisho usr/sbin/sekishod $(cd "$room/tree" && echo usr/lib/*/sekisho/{mhd,archive}.so); do
		readelf -hdS --wide "$room/tree/$program" >"$room/elf" || return 1
		grep -q 'DYN (' "$room/elf" || { echo "$program is not position independent"; return 1; }
		grep -q 'FLAGS.*NOW' "$room/elf" || { echo "$program binds late"; return 1; }
		! grep -q '\.debug_info' "$room/elf" || { echo "$program is not stripped"; return 1; }
		# the debug symbols are those of this build
		id=$(readelf -n "$room/tree/$program" | sed -n 's/.*Build ID: \(..\)\(.*\)/\1\/\2.debug/p')
		dpkg -c "$room"/new/sekisho-dbgsym_*.deb | grep -F "/.build-id/$id" || { echo "no debug symbols for $program ($id)"; return 1; }
	done
}

no_path_of_the_build() {
	! grep -rlF "$room" "$room/tree" || return 1
	rm -rf "$room/dbg" && dpkg -x "$room"/new/sekisho-dbgsym_*.deb "$room/dbg"
	! grep -rlF "$room" "$room/dbg"
}

bill_of_materials() {
	python3 "$top/packaging/check_sbom.py" "$room/tree/usr/share/doc/sekisho/sekisho.spdx.json" "$room/tree" "$room"/new/sekisho_*.deb
}

# ---- what is installed

install_previous() {
	apt_get install "$room"/old/sekisho_0.0.9-1_*.deb
	[ "$(sekisho --version)" = 'sekisho 0.0.9' ]
}

stat_is() {
	local want=$1 path=$2 got
	got=$(stat -c '%A %U:%G' "$path") || return 1
	[ "$got" = "$want" ] || { echo "$path is $got, expected $want"; return 1; }
}

account_and_directories() {
	getent passwd sekisho
	[[ $(getent passwd sekisho) == *:/var/lib/sekisho:*nologin ]] || return 1
	stat_is 'drwxr-x--- sekisho:sekisho' /var/lib/sekisho && stat_is 'drwxr-x--- sekisho:sekisho' /var/log/sekisho &&
		stat_is 'drwxr-x--- root:sekisho' /etc/sekisho && stat_is '-rw-r----- root:sekisho' /etc/sekisho/sekisho.yaml
}

shipped_configuration() {
	as_sekisho sekishod --config /etc/sekisho/sekisho.yaml --check || return 1
	as_sekisho sekisho rules check || return 1
	rm -rf "$room/try" && install -d -o sekisho "$room/try"
	as_sekisho "$top/packaging/check_factory.py" /usr/bin/sekisho --config /etc/sekisho/sekisho.yaml --state "$room/try/state" >"$room/said" || return 1
	sed 's/^/note: /' "$room/said"
	rm -rf "$room/try" # or the account would have files here when it is to go
}

factory_configuration() {
	"$top/packaging/check_factory.py" /usr/bin/sekisho >"$room/said" && sed 's/^/note: /' "$room/said"
}

logrotate_understands() {
	logrotate --debug /etc/logrotate.d/sekisho
}

service_is_off_until_configured() {
	[ -f /lib/systemd/system/sekishod.service ] || return 1
	[ ! -e /etc/systemd/system/multi-user.target.wants/sekishod.service ]
}

# ---- a plant uses it

# the configuration is edited (it names no register, which would be imported anew); ledger and alerts are of the oldest schema there ever was, as old code left them
use_previous() {
	cp "$top/tests/captures/register.csv" /etc/sekisho/
	{ sed '/^register:/d' "$top/tests/captures/factory.yaml" && echo 'eve: { path: /var/log/sekisho/eve.json }'; } >/etc/sekisho/sekisho.yaml
	chgrp sekisho /etc/sekisho/register.csv && chmod 640 /etc/sekisho/register.csv
	sha256sum /etc/sekisho/sekisho.yaml >"$room/conffile.sum"
	python3 "$top/tests/schemas/states.py" oldest /var/lib/sekisho
	chown -R sekisho:sekisho /var/lib/sekisho
	python3 "$top/tests/schemas/states.py" census /var/lib/sekisho >"$room/census"
	head -c 1000 "$room/census"
}

upgrade() {
	apt_get install "$room"/new/sekisho_*.deb
	[ "$(sekisho --version)" = "$(sed -n '1s/^sekisho (\(.*\)-.*) .*/sekisho \1/p' "$top/packaging/debian/changelog")" ]
}

configuration_is_kept() {
	sha256sum -c "$room/conffile.sum" && stat_is '-rw-r----- root:sekisho' /etc/sekisho/sekisho.yaml
}

databases_are_brought_up() {
	as_sekisho sekisho replay --config /etc/sekisho/sekisho.yaml --state /var/lib/sekisho --no-sinks "$top/tests/captures/plc-stop.pcap" || return 1
	as_sekisho sekisho db verify --state /var/lib/sekisho || return 1
	ls -l /var/lib/sekisho
	[ -f "$(ls /var/lib/sekisho/ledger.db.schema-* | head -n 1)" ] && [ -f "$(ls /var/lib/sekisho/alerts.db.schema-* | head -n 1)" ]
}

data_is_kept() {
	python3 "$top/tests/schemas/states.py" holds "$room/census" /var/lib/sekisho
}

remove() {
	apt_get remove sekisho
	! command -v sekisho || return 1
	[ -f /etc/sekisho/sekisho.yaml ] && [ -f /var/lib/sekisho/ledger.db ]
}

purge() {
	apt_get purge sekisho
}

nothing_is_left() {
	local left
	left=$(find / -xdev \( -path /proc -o -path /sys -o -path "$room" -o -path "$top" -o -path /var/log/apt -o -path /var/cache/apt \) -prune -o -iname '*sekisho*' -print |
		grep -v "^${TMPDIR:-/tmp}/" || :)
	[ -z "$left" ] || { echo "$left"; return 1; }
	! getent passwd sekisho && ! getent group sekisho && ! dpkg-query -W sekisho
}

# its number must not go to the next account while files would go with it
account_stays_with_its_files() {
	local elsewhere=/srv/chosen-by-the-plant said
	apt_get install "$room"/new/sekisho_*.deb || return 1
	install -d -o sekisho -g sekisho "$elsewhere" || return 1
	said=$(apt_get purge sekisho 2>&1) || return 1
	[[ $said == *"the account sekisho stays"*"$elsewhere"* ]] && getent passwd sekisho && [ -d "$elsewhere" ] || return 1
	apt_get install "$room"/new/sekisho_*.deb && rm -r "$elsewhere" && apt_get purge sekisho || return 1
	! getent passwd sekisho
}

say "building (log: $LOG)"
need_packages "${BUILD_PACKAGES[@]}" "${DEB_PACKAGES[@]}" lintian binutils logrotate util-linux ieee-data rpm rpmlint
must 'the package is built' build_first
step 'a second build elsewhere gives the same bytes' build_again
step 'packages, debug symbols and source are the same, byte for byte' same_bytes
step 'lintian finds no error and no warning' lintian_is_content
step 'hardened and stripped, with a package of debug symbols' hardened
step 'no path of the build is in it' no_path_of_the_build
step 'the bill of materials is SPDX 2.3 and names what is there' bill_of_materials
step 'rpmspec and rpmlint accept the spec' "$top/packaging/rpm/check.sh"
step 'an rpm is built from the spec, and rpmlint accepts it' "$top/packaging/rpm/build.sh"
must 'the previous version is built' build_previous

say "installing, using, upgrading"
must 'the previous version is installed' install_previous
step 'account, directories and rights' account_and_directories
step 'the shipped configuration replays the factory' shipped_configuration
step 'the factory raises its alerts with the installed rules' factory_configuration
step 'the service waits for its configuration' service_is_off_until_configured
step 'logrotate understands its part' logrotate_understands
must 'a plant has data and a configuration of its own' use_previous
must 'upgraded' upgrade
step 'account, directories and rights are as before' account_and_directories
step 'the edited configuration is untouched' configuration_is_kept
step 'the databases are brought up to date, with a copy beside' databases_are_brought_up
step 'no device, no link, no alert, no decision is gone' data_is_kept
step 'the factory raises its alerts with the new version' factory_configuration
step 'removed: programs go, configuration and data stay' remove
step 'purged' purge
step 'nothing is left' nothing_is_left
step 'the account stays while files of it lie elsewhere' account_stays_with_its_files
end
