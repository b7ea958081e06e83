#!/usr/bin/env bash
# run.sh SECONDS [NAME...]: libFuzzer (ASan, UBSan) on each target for so long; what it finds is kept in build/fuzz/found.
#
# Without its entropic schedule: for targets of thousands of features that costs many times what the runs do.
#
# It starts from the target's corpus and from the frames of real captures, made into seeds at run time (seeds.py): those of
# tests/golden and tests/captures, and of CAPTURES (a folder; unless set, ../shared/corpus/captures where that exists).
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
seconds=${1:?how many seconds for each target?}
shift
dir=$top/build/fuzz
cd "$top"
[ -f "$dir/build.ninja" ] || CC=clang meson setup "$dir" -Dfuzzing=true -Db_lundef=false -Db_sanitize=address,undefined \
	-Dc_args=-fsanitize=fuzzer-no-link >/dev/null
names=("$@")
[ ${#names[@]} -gt 0 ] || mapfile -t names < <(sed -n "s/^  \['\([a-z0-9_]*\)', .*/\1/p" tests/fuzz/meson.build)
captures=(tests/golden tests/captures)
other=${CAPTURES-../shared/corpus/captures}
[ -z "$other" ] || [ ! -d "$other" ] || captures+=("$other")
mkdir -p "$dir/found"
echo "fuzzing $(git rev-parse --short HEAD 2>/dev/null || echo 'what is here'), ${seconds} s each, from the corpus and ${captures[*]}"
bad=0
for name in "${names[@]}"; do
	ninja -C "$dir" "tests/fuzz/fuzz_${name}_live" >/dev/null
	fresh=$(mktemp -d)
	mkdir "$fresh/new" "$fresh/seeds"
	python3 tests/fuzz/seeds.py "$name" "$fresh/seeds" "${captures[@]}" >/dev/null
	# reading many seeds takes time of its own: no longer than this in any case
	if timeout -k 10 $((seconds + 300)) "$dir/tests/fuzz/fuzz_${name}_live" -max_total_time="$seconds" -entropic=0 -timeout=30 -rss_limit_mb=2048 -print_final_stats=1 \
		-artifact_prefix="$dir/found/$name-" "$fresh/new" "$fresh/seeds" "tests/fuzz/corpus/$name" >"$dir/$name.log" 2>&1; then
		echo "fuzz $name: $(sed -n 's/stat::number_of_executed_units: *//p' "$dir/$name.log") runs, nothing found"
	else
		echo "fuzz $name: FOUND, see build/fuzz/found/$name-* and build/fuzz/$name.log"
		tail -n 20 "$dir/$name.log" | cut -c1-300
		bad=$((bad + 1))
	fi
	rm -rf "$fresh"
done
exit $((bad > 0))
