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

# Pages, by a browser: what a report or the console looks like on a screen.
browser=$(command -v chromium || command -v chromium-browser) || { echo "pictures.sh: without Chromium the pictures of pages stay as they are" >&2; exit 0; }
shot() { # NAME WIDTH HEIGHT ADDRESS
	timeout 60 "$browser" --headless --no-sandbox --disable-gpu --hide-scrollbars --force-device-scale-factor=1 --virtual-time-budget=4000 \
		--user-data-dir="$state/browser" --window-size="$2,$3" --screenshot="$top/docs/pictures/$1.png" "$4" >"$state/browser.log" 2>&1 ||
		{ tail -n 3 "$state/browser.log" >&2; exit 1; }
}
export TZ=Asia/Tokyo
for lang in en ja; do
	end=$([ $lang = en ] || echo .$lang)
	"$sekisho" report daily --day 2026-04-01 --state "$state" --lang $lang --output "$state/daily.html"
	shot "daily$end" 900 1150 "file://$state/daily.html"
	"$sekisho" report meti --fiscal-year 2026 --state "$state" --lang $lang --output "$state/meti.html"
	shot "meti$end" 900 1000 "file://$state/meti.html"
done
mkdir "$state/shots"
# The console follows alerts for as long as it is open, so its own test takes its picture.
SEKISHO_BUILD=$(dirname "$sekisho") SEKISHO_SHOTS=$state/shots python3 tests/browser/test_console.py >"$state/console.log" || [ $? -eq 77 ] || { tail -n 5 "$state/console.log" >&2; exit 1; }
for lang in en ja; do
	[ ! -f "$state/shots/console-alerts-light-$lang.png" ] || cp "$state/shots/console-alerts-light-$lang.png" "docs/pictures/console$([ $lang = en ] || echo .$lang).png"
done
