#!/usr/bin/env bash
# fields.sh [--write] SEKISHO
#
# rules/FIELDS.md and FIELDS.ja.md are what `sekisho decode --fields` prints (--write makes them anew), both say the same, and every field is shown by some golden capture or, of
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
{
	printf '# The fields that rules can name\n\n日本語: [FIELDS.ja.md](FIELDS.ja.md)\n\n'
	echo "Made by \`tests/fields.sh --write\` from \`sekisho decode --fields\`. \"key\": another value of it is news to the gate."
	"$sekisho" decode --fields --lang en
} >"$work/FIELDS.md"
{
	printf '# ルールで使えるフィールド\n\nEnglish: [FIELDS.md](FIELDS.md)\n\n'
	echo "\`tests/fields.sh --write\` が \`sekisho decode --fields\` から作る。「キー」: 値が変われば、ゲートにとって新しい事実になる。"
	"$sekisho" decode --fields --lang ja
} >"$work/FIELDS.ja.md"
for page in FIELDS.md FIELDS.ja.md; do
	if [ -n "$write" ]; then
		cp "$work/$page" rules/$page
	elif ! cmp -s "$work/$page" rules/$page; then
		echo "rules/$page is not what decode --fields prints. Make it anew: tests/fields.sh --write SEKISHO"
		exit 1
	fi
done
python3 tests/fields_words.py "$sekisho"
# the factory's quiet morning with nobody in the register: each device is an alert, and each alert carries the record that raised it
cp tests/captures/factory.yaml "$work/"
head -n 1 tests/captures/register.csv >"$work/register.csv"
"$sekisho" replay --config "$work/factory.yaml" --state "$work/state" --no-sinks tests/captures/normal.pcap >"$work/log" 2>&1 || {
	echo "the factory cannot be replayed: $(tail -n 1 "$work/log")"
	exit 1
}
"$sekisho" alerts --state "$work/state" --json >"$work/alerts.jsonl"
python3 tests/fields_shown.py rules/FIELDS.md tests/golden "$work/alerts.jsonl"
