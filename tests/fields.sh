#!/usr/bin/env bash
# fields.sh [--write] SEKISHO
#
# rules/FIELDS.md is what `sekisho decode --fields` prints (--write makes it anew), and every field of it is shown by some golden capture or, of
# records that only the daemon makes, by an alert of the bundled factory, but for those that tests/golden/not_shown.txt names and explains.
set -euo pipefail
write=
if [ "${1:-}" = --write ]; then
	write=1
	shift
fi
sekisho=$(realpath "${1:?which sekisho?}")
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fresh=$work/FIELDS.md
{
	echo "# The fields that rules can name"
	echo
	echo "Made by \`tests/fields.sh --write\` from \`sekisho decode --fields\`. \"key\": another value of it is news to the gate."
	"$sekisho" decode --fields
} >"$fresh"
if [ -n "$write" ]; then
	cp "$fresh" rules/FIELDS.md
elif ! cmp -s "$fresh" rules/FIELDS.md; then
	echo "rules/FIELDS.md is not what decode --fields prints. Make it anew: tests/fields.sh --write SEKISHO"
	exit 1
fi
# the factory's quiet morning with nobody in the register: each device is an alert, and each alert carries the record that raised it
cp tests/captures/factory.yaml "$work/"
head -n 1 tests/captures/register.csv >"$work/register.csv"
"$sekisho" replay --config "$work/factory.yaml" --state "$work/state" --no-sinks tests/captures/normal.pcap >"$work/log" 2>&1 || {
	echo "the factory cannot be replayed: $(tail -n 1 "$work/log")"
	exit 1
}
"$sekisho" alerts --state "$work/state" --json >"$work/alerts.jsonl"
python3 tests/fields_shown.py rules/FIELDS.md tests/golden "$work/alerts.jsonl"
