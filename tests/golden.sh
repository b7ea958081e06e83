#!/usr/bin/env bash
# golden.sh SEKISHO [NAME...]          compares what `decode` says of tests/golden/NAME/input.pcap with NAME/expect.jsonl
# golden.sh --accept SEKISHO [NAME...] writes expect.jsonl anew: read the diff as if a colleague had written it
#
# NAME is a folder below tests/golden, such as modbus/write_single; without one: all. The scenes of the factory are held the same way
# (tests/golden/factory). What the statistics say of memory is left out: it is a matter of the build, and of the unit tests.
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
accept=
if [ "${1:-}" = --accept ]; then
	accept=1
	shift
fi
sekisho=$(realpath "${1:?which sekisho?}")
shift
cd "$top/tests/golden"
if [ $# -eq 0 ]; then
	mapfile -t names < <(find . -name 'input.pcap*' -printf '%h\n' | sed 's|^\./||' | sort)
else
	names=("$@")
fi
[ ${#names[@]} -gt 0 ] || { echo "golden.sh: no tests/golden/*/*/input.pcap" >&2; exit 1; }
got=$(mktemp)
trap 'rm -f "$got" "$got.err"' EXIT
failed=0
without_memory() {
	sed -E '/^\{"event_type":"stats"/s/("flow":\{"created":[0-9]+,"evicted":[0-9]+,"active":[0-9]+),[^{}]*(\{[^{}]*\}[^{}]*)*\}/\1}/' "$1"
}
for name in "${names[@]}"; do
	input=$(cd "$name" && ls input.pcap* | head -n 1)
	(cd "$name" && "$sekisho" decode "$input") >"$got" 2>"$got.err" || {
		echo "$name: decode ended with status $?: $(head -n 3 "$got.err")"
		failed=$((failed + 1))
		continue
	}
	if [ -n "$accept" ]; then
		cp "$got" "$name/expect.jsonl"
	elif ! diff -u --label "$name expected" --label "$name got" <(without_memory "$name/expect.jsonl") <(without_memory "$got") >"$got.err"; then
		head -n 40 "$got.err"
		failed=$((failed + 1))
	fi
done
echo "$((${#names[@]} - failed)) of ${#names[@]} golden captures agree"
[ $failed -eq 0 ]
