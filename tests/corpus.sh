#!/usr/bin/env bash
# corpus.sh SEKISHO: holds the decoders, and what docs/peers.tsv says of their numbers, against a corpus of real captures where one lies beside the
# checkout; else says so and is skipped.
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
corpus=$top/../shared/corpus
if [ ! -f "$corpus/compare.py" ]; then
	echo "no corpus at ../shared/corpus: skipped"
	exit 77
fi
python3 "$corpus/compare.py" "$1" "$corpus/truth.tsv" "$corpus/captures" -p modbus,opcua,smb1,smb2,hosts
exec python3 "$top/tests/peers.py" "$1" "$corpus/peers.tsv" "$corpus/captures"
