#!/usr/bin/env bash
# fields.sh [--write] SEKISHO
#
# rules/FIELDS.md is what `sekisho decode --fields` prints (--write makes it anew), and every field of it is shown by some golden capture,
# but for those that tests/golden/not_shown.txt names and explains.
set -euo pipefail
write=
if [ "${1:-}" = --write ]; then
	write=1
	shift
fi
sekisho=$(realpath "${1:?which sekisho?}")
cd "$(dirname "$0")/.."
fresh=$(mktemp)
trap 'rm -f "$fresh"' EXIT
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
exec python3 tests/fields_shown.py rules/FIELDS.md tests/golden
