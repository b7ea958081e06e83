#!/usr/bin/env bash
# alerts_corpus.sh SEKISHO: holds the rules against captures whose attacks are known, with tests/corpus.yaml, where such a corpus lies beside the
# checkout; else says so and is skipped. What fires above low on its benign captures stands in docs/noise.md.
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
corpus=$top/../shared/corpus
if [ ! -f "$corpus/compare_alerts.py" ]; then
	echo "no corpus at ../shared/corpus: skipped"
	exit 77
fi
# both ask the same of most captures: what the program says to the first is kept for the second
export SEKISHO=$1 KEPT
KEPT=$(mktemp -d)
trap 'rm -rf "$KEPT"' EXIT
cat >"$KEPT/sekisho" <<'END'
#!/bin/sh
# replay ... CAPTURE, then alerts ...: as the program does it, and the alerts are kept under the path of the capture
if [ "$1" != alerts ]; then
	for last; do :; done
	printf '%s\n' "$last" >"$KEPT/capture"
	exec "$SEKISHO" "$@"
fi
read -r capture <"$KEPT/capture"
rm "$KEPT/capture"
mkdir -p "$KEPT/alerts${capture%/*}"
"$SEKISHO" "$@" >"$KEPT/said" || exit
mv "$KEPT/said" "$KEPT/alerts$capture"
exec cat "$KEPT/alerts$capture"
END
chmod +x "$KEPT/sekisho"
python3 "$corpus/compare_alerts.py" "$KEPT/sekisho" "$corpus/alerts.tsv" "$corpus/captures" --config "$top/tests/corpus.yaml"
python3 "$top/tests/noise.py" "$1" "$corpus/alerts.tsv" "$corpus/captures" "$top/docs/noise.md" "$KEPT/alerts"
