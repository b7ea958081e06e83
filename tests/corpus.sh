#!/usr/bin/env bash
# corpus.sh SEKISHO: holds the decoders against a corpus of real captures where one lies beside the checkout; else says so and is skipped.
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
corpus=$top/../shared/corpus
if [ ! -f "$corpus/compare.py" ]; then
	echo "no corpus at ../shared/corpus: skipped"
	exit 77
fi
exec python3 "$corpus/compare.py" "$1" "$corpus/truth.tsv" "$corpus/captures" -p modbus,hosts
