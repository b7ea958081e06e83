#!/usr/bin/env bash
# run.sh [--fuzz] [--interop] [--cross] [SUITE...]
#
# Installs what the tests need, builds with ASan and UBSan, runs every suite (or those named: unit golden fuzz integration browser), and ends
# with `N passed, N failed`. With --fuzz also 60 seconds of libFuzzer on each target, with --interop also the register through LibreOffice, with --cross also all on arm64 and on
# s390x (big endian) under QEMU. Takes nothing from a terminal.
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
fuzz=
interop=
cross=
suites=()
while [ $# -gt 0 ]; do
	case $1 in
	--fuzz) fuzz=1 ;;
	--interop) interop=1 ;;
	--cross) cross=1 ;;
	-h | --help) sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 0 ;;
	-*) echo "run.sh: unknown option $1. See --help" >&2; exit 2 ;;
	*) suites+=(--suite "$1") ;;
	esac
	shift
done
mkdir -p "$top/build"
LOG=$top/build/tests.log
# shellcheck source=packaging/lib.sh
. "$top/packaging/lib.sh"

TEST_PACKAGES=(check systemd gettext libasan8 libubsan1 python3 rsyslog rsyslog-openssl rsyslog-relp graphviz tcpreplay tcpdump tshark iproute2 ethtool procps libcap2-bin openssl stunnel4 python3-jsonschema mandoc man-db groff prometheus apparmor nftables strace chromium sqlite3)
command -v npm >/dev/null || TEST_PACKAGES+=(nodejs npm)
[ -z "$fuzz" ] || TEST_PACKAGES+=(clang libclang-rt-dev)
[ -z "$interop" ] || TEST_PACKAGES+=(libreoffice-calc-nogui)
need_packages "${BUILD_PACKAGES[@]}" "${RUN_PACKAGES[@]}" "${TEST_PACKAGES[@]}"

# syslog-ng conflicts with rsyslog: unpacked, never installed
ng=$top/build/peers/syslog-ng
if ! command -v syslog-ng >/dev/null && [ ! -d "$ng" ]; then
	mkdir -p "${ng%/*}"
	unpack_package "$ng" syslog-ng-core || { apt-get update -qq >"$LOG" 2>&1 && unpack_package "$ng" syslog-ng-core; } ||
		say "syslog-ng cannot be had here: its test is absent"
fi

# A char is unsigned here, as on arm64; in the packages for amd64 it is signed. UBSan looks at alignment, too, which arm64 may insist on.
# At a fixed address, unlike in the packages: elsewhere what is in tables of the sanitizers is moved at each start, and the tests start thousands.
# What UBSan finds is an illegal instruction, of which ASan (handle_sigill) says function and line: with words of its own, UBSan has a piece of data for each
# check, 100,000 of them, which ASan enters into its tables at each start and looks through for leaks at each end. With the last option two checks
# do not share an instruction, and the line is theirs. Without these options UBSan says in words what it found.
# -O1 -g1 takes half the time to compile, and the tests run as long: sanitizers are what they wait for.
trap=-fsanitize-undefined-trap-on-error
say "building with ASan and UBSan in build/tests"
build "$top/build/tests" "$top" --buildtype=plain -Doptimization=1 -Db_sanitize=address,undefined -Db_lundef=false -Dwerror=true "-Dc_args=-g1 -funsigned-char $trap -fno-crossjumping" "-Dc_link_args=-no-pie $trap"

# from Meson 1.7 on, what only tests need is a target of its own
ninja -C "$top/build/tests" meson-test-prereq >"$LOG" 2>&1 || { tail -n 20 "$LOG" >&2; die "what the tests need could not be built"; }

say "running the tests"
export ASAN_OPTIONS=abort_on_error=1:detect_leaks=1:handle_sigill=1 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
code=0
meson test -C "$top/build/tests" --no-rebuild --print-errorlogs --num-processes "$(nproc)" "${suites[@]}" | tee "$LOG" || code=1
count() {
	sed -n "s/^$1: *\([0-9]*\).*/\1/p" "$LOG" | tail -n 1
}
passed=$(count Ok) failed=$(count Fail) timeout=$(count Timeout) skipped=$(count Skipped)
failed=$((${failed:-1} + ${timeout:-0}))

if [ -n "$fuzz" ]; then
	say "fuzzing each target for 60 seconds"
	"$top/tests/fuzz/run.sh" 60 && passed=$((passed + 1)) || failed=$((failed + 1))
fi
if [ -n "$cross" ]; then
	for arch in arm64 s390x; do
		say "the whole on $arch"
		"$top/tests/cross.sh" --install $arch && passed=$((passed + 1)) || failed=$((failed + 1))
	done
fi
if [ -n "$interop" ]; then
	say "the register through LibreOffice Calc"
	python3 "$top/tests/interop/libreoffice.py" "$top/build/tests/sekisho" && passed=$((passed + 1)) || failed=$((failed + 1))
fi
echo
echo "${passed:-0} passed, ${failed:-1} failed, ${skipped:-0} skipped"
[ "${failed:-1}" -eq 0 ] && [ "${passed:-0}" -gt 0 ] && [ $code -eq 0 ]
