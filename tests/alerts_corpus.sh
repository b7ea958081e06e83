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
python3 "$corpus/compare_alerts.py" "$1" "$corpus/alerts.tsv" "$corpus/captures" --config "$top/tests/corpus.yaml"
exec python3 "$top/tests/noise.py" "$1" "$corpus/alerts.tsv" "$corpus/captures" "$top/docs/noise.md"
