#!/usr/bin/env bash
# pictures.sh BUILD: makes the pictures of the README anew from what the bundled factory shows.
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
sekisho=$(realpath "${1:?which build directory?}")/sekisho
state=$(mktemp -d)
trap 'rm -rf "$state"' EXIT
cd "$top"
mapfile -t scenes < <(grep -v '^#' tests/captures/scenes.txt | sed 's|^|tests/captures/|')
"$sekisho" replay --config tests/captures/factory.yaml --state "$state" "${scenes[@]}" >/dev/null
for lang in en ja; do
	{
		echo "$ sekisho assets --by level"
		"$sekisho" assets --state "$state" --by level --lang $lang
		echo
		echo "$ sekisho tail"
		TZ=Asia/Tokyo "$sekisho" tail --state "$state" --last 100 --once --color always --lang $lang
	} | docs/terminal_svg.py >"docs/pictures/quickstart$([ $lang = en ] || echo .$lang).svg"
done
TZ=Asia/Tokyo "$sekisho" map --state "$state" --lang en --output docs/pictures/map.svg
TZ=Asia/Tokyo "$sekisho" map --state "$state" --lang ja --output docs/pictures/map.ja.svg
