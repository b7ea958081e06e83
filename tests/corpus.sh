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
# A long list of the truth ends in "...(608 in all)" in place of its rest; compare.py knows that mark as "…" only.
truth=$(mktemp -d)
trap 'rm -rf "$truth"' EXIT
sed 's/\.\.\.([0-9]* in all)/…/g' "$corpus/truth.tsv" >"$truth/truth.tsv"
cp "$corpus/overrides.tsv" "$corpus/decode_as.tsv" "$truth/"
python3 "$corpus/compare.py" "$1" "$truth/truth.tsv" "$corpus/captures"
python3 "$top/tests/peers.py" "$1" "$corpus/peers.tsv" "$corpus/captures"
