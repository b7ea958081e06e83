#!/usr/bin/env bash
# cross.sh [--install] [--brief] ARCH
#
# Builds sekisho for another processor (arm64; s390x, which is big endian) and runs it here under QEMU: the unit tests, every golden
# capture, and the factory of tests/captures. What it decodes, and the alerts, devices and links that it finds, must be those of the native
# programs, byte for byte; and it must read the databases that those left. Libraries of that processor come from Debian's packages,
# unpacked below build/cross-ARCH/sysroot by an apt with lists of its own: this machine's dpkg never hears of them, and root is not needed.
# For s390x Debian has no nDPI; there both sides are built without it.
#
# --install  installs the cross compiler and QEMU when they are missing (needs root); without it that is exit status 77
# --brief    leaves the unit tests out
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
install=
brief=
arch=
while [ $# -gt 0 ]; do
	case $1 in
	--install) install=1 ;;
	--brief) brief=1 ;;
	-h | --help) sed -n '2,12s/^# \{0,1\}//p' "$0"; exit 0 ;;
	-*) echo "cross.sh: unknown option $1. See --help" >&2; exit 2 ;;
	*) arch=$1 ;;
	esac
	shift
done
ndpi=enabled
case $arch in
arm64) triplet=aarch64-linux-gnu cpu=aarch64 endian=little ;;
s390x) triplet=s390x-linux-gnu cpu=s390x endian=big ndpi=disabled ;;
*) echo "cross.sh: which processor? arm64 or s390x" >&2; exit 2 ;;
esac
NOT_UNDER_QEMU=(capture)
mkdir -p "$top/build"
LOG=$top/build/cross-$arch.log
# shellcheck source=packaging/lib.sh
. "$top/packaging/lib.sh"
room=$top/build/cross-$arch
sysroot=$room/sysroot
qemu=qemu-$cpu-static

absent() {
	echo "cross.sh: $*" >&2
	exit 77
}

[ -z "$install" ] || need_packages "${BUILD_PACKAGES[@]}" check python3 "gcc-$triplet" "libc6-dev-$arch-cross" qemu-user-static
for tool in "$triplet-gcc" "$qemu" apt-get dpkg-deb meson ninja python3; do
	command -v "$tool" >/dev/null || absent "$tool is missing. Run: tests/cross.sh --install $arch"
done

# apt_other COMMAND...: apt of the other processor, on an empty machine below $room/apt
apt_other() {
	apt-get -q -o APT::Architecture="$arch" -o APT::Architectures="$arch" -o Dir::State="$room/apt/state" -o Dir::State::status="$room/apt/status" \
		-o Dir::Cache="$room/apt/cache" -o Dir::Etc::sourcelist="$room/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null -o APT::Sandbox::User=root \
		-o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= -o DPkg::Lock::Timeout=0 "$@"
}

# The libraries of Debian as it is here, for the other processor.
unpack_sysroot() {
	local suite p libraries=()
	suite=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	for p in "${BUILD_PACKAGES[@]}" check; do
		case $p in libndpi-dev) [ $ndpi = disabled ] || libraries+=("$p") ;; lib*-dev) libraries+=("$p") ;; check) libraries+=(check) ;; esac
	done
	rm -rf "$sysroot" "$room/apt"
	mkdir -p "$room/apt/state/lists/partial" "$room/apt/cache/archives/partial" "$sysroot/usr/lib"
	: >"$room/apt/status"
	local mirror
	mirror=$(sed -n 's/^URIs: *//p' /etc/apt/sources.list.d/debian.sources 2>/dev/null | head -n 1)
	[ -n "$mirror" ] || mirror=$(awk '$1 == "deb" { print $2; exit }' /etc/apt/sources.list 2>/dev/null)
	[ -n "$mirror" ] && [ -n "$suite" ] || absent "this machine's apt names no mirror of Debian"
	printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s %s main\n' "$mirror" "$suite" >"$room/apt/sources.list"
	apt_other update && apt_other install -y --download-only --no-install-recommends "${libraries[@]}" || absent "Debian's packages for $arch cannot be had here (log: $LOG)"
	ln -s usr/lib "$sysroot/lib" # libraries lie in /lib in some packages, in /usr/lib in others
	for p in "$room"/apt/cache/archives/*.deb; do
		dpkg-deb --fsys-tarfile "$p" | tar -C "$sysroot" --keep-directory-symlink --wildcards -xf - './lib/*' './usr/lib/*' './usr/include/*' 2>/dev/null || :
	done
	# links that name the root mean this one
	find "$sysroot" -type l -lname '/*' | while read -r p; do
		ln -sfnr "$sysroot$(readlink "$p")" "$p"
	done
	touch "$sysroot/.whole"
	rm -rf "$room/apt"
}

if [ ! -f "$sysroot/.whole" ]; then
	say "libraries for $arch (log: $LOG)"
	unpack_sysroot >"$LOG" 2>&1
fi

cat >"$room/cross.ini" <<-END
	[constants]
	sysroot = '$sysroot'
	[binaries]
	c = ['$triplet-gcc', '--sysroot=' + sysroot]
	ar = '$triplet-ar'
	strip = '$triplet-strip'
	pkg-config = 'pkg-config'
	pkgconfig = 'pkg-config'
	exe_wrapper = ['$qemu', '-L', sysroot]
	[properties]
	sys_root = sysroot
	pkg_config_libdir = [sysroot / 'usr/lib/$triplet/pkgconfig', sysroot / 'usr/share/pkgconfig']
	[host_machine]
	system = 'linux'
	cpu_family = '$cpu'
	cpu = '$cpu'
	endian = '$endian'
END
unset CC CFLAGS LDFLAGS
native=$top/build/cross-native-$ndpi
say "building for this machine and for $arch (log: $LOG)"
build "$native" "$top" --buildtype=debugoptimized -Dtests=false -Dndpi=$ndpi
build "$room/build" "$top" --cross-file "$room/cross.ini" --buildtype=debugoptimized -Dwerror=true -Dndpi=$ndpi
printf '#!/bin/sh\nexec %s -L %s %s/sekisho "$@"\n' "$qemu" "$sysroot" "$room/build" >"$room/sekisho"
chmod +x "$room/sekisho"
here=$native/sekisho there=$room/sekisho
failed=0

# differs WORDS HERE THERE: says so, with the first line of each
differs() {
	cmp -s "$2" "$3" && return 1
	echo "$1: not what this machine says"
	diff "$2" "$3" | head -n 6 | cut -c 1-600
	failed=$((failed + 1))
}

# What statistics say of memory depends on the size of a pointer.
decoded() {
	"$1" decode "$2" 2>&1 | sed -E '/^\{"event_type":"stats"/s/("flow":\{"created":[0-9]+,"evicted":[0-9]+,"active":[0-9]+),[^{}]*(\{[^{}]*\}[^{}]*)*\}/\1}/'
}

say "decoding"
n=0
for capture in "$top"/tests/golden/*/*/input.pcap* "$top"/tests/captures/*.pcap* "$top"/tests/captures/lookalikes/*.pcap*; do
	decoded "$here" "$capture" >"$room/here"
	decoded "$there" "$capture" >"$room/there"
	[ -s "$room/here" ] || { echo "$capture: nothing was decoded here" && failed=$((failed + 1)); }
	differs "${capture#"$top"/}" "$room/here" "$room/there" || n=$((n + 1))
done
echo "$n captures are decoded the same"

# lists SEKISHO STATE INTO: what the ledger and the outbox hold
lists() {
	local what
	for what in alerts assets links; do
		"$1" $what --json --state "$2" >"$3.$what" || echo "$what: exit status $?" >"$3.$what"
	done
	"$1" db verify --state "$2" >"$3.verify" 2>&1 || echo "exit status $?" >>"$3.verify"
	sed -i "s|^$2|STATE|" "$3.verify"
}

say "replaying the factory"
mapfile -t scenes < <(grep -v '^#' "$top/tests/captures/scenes.txt" | sed "s|^|$top/tests/captures/|")
rm -rf "$room"/state.*
for side in here there; do
	"${!side}" replay --config "$top/tests/captures/factory.yaml" --no-sinks --state "$room/state.$side" "${scenes[@]}" >"$room/$side.summary" 2>&1 ||
		{ echo "replay ended with status $?: $(tail -n 3 "$room/$side.summary")"; exit 1; }
	lists "${!side}" "$room/state.$side" "$room/$side"
done
lists "$there" "$room/state.here" "$room/moved"
lists "$here" "$room/state.there" "$room/back"
for what in alerts assets links verify; do
	[ -s "$room/here.$what" ] || { echo "$what: there are none"; failed=$((failed + 1)); }
	for other in there moved back; do
		differs "$what ($other)" "$room/here.$what" "$room/$other.$what" || :
	done
done
echo "$(wc -l <"$room/here.alerts") alerts, $(wc -l <"$room/here.assets") devices, $(wc -l <"$room/here.links") links"
python3 "$top/packaging/check_factory.py" "$there" || failed=$((failed + 1))

# not under QEMU: capturing (its PF_NETLINK is another one), and what takes an hour there while it is held at each byte here
if [ -z "$brief" ]; then
	say "unit tests under $qemu"
	mapfile -t units < <(cd "$room/build/tests/unit" && find . -maxdepth 1 -name 'test_*' -type f -perm -u+x | sed 's|^./test_||' | sort)
	for unit in "${units[@]}"; do
		case " ${NOT_UNDER_QEMU[*]} " in *" $unit "*) continue ;; esac
		(cd "$top" && CK_TIMEOUT_MULTIPLIER=30 CK_VERBOSITY=minimal timeout 900 "$qemu" -L "$sysroot" "$room/build/tests/unit/test_$unit") >"$room/unit.log" 2>&1 || {
			echo "unit $unit: status $?"
			tail -n 5 "$room/unit.log"
			failed=$((failed + 1))
		}
	done
	echo "$((${#units[@]} - ${#NOT_UNDER_QEMU[@]})) unit tests were run"
fi
echo
[ $failed -eq 0 ] && echo "$arch: all the same" || echo "$arch: $failed differences"
[ $failed -eq 0 ]
