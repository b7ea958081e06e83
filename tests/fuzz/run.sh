#!/usr/bin/env bash
# run.sh SECONDS [NAME...]: libFuzzer (ASan, UBSan) on each target for so long, from its corpus; what it finds is kept in build/fuzz/found.
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
mkdir -p "$dir/found"
bad=0
for name in "${names[@]}"; do
	ninja -C "$dir" "tests/fuzz/fuzz_${name}_live" >/dev/null
	fresh=$(mktemp -d)
	if "$dir/tests/fuzz/fuzz_${name}_live" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
		-artifact_prefix="$dir/found/$name-" "$fresh" "tests/fuzz/corpus/$name" >"$dir/$name.log" 2>&1; then
		echo "fuzz $name: $(sed -n 's/stat::number_of_executed_units: *//p' "$dir/$name.log") runs, nothing found"
	else
		echo "fuzz $name: FOUND, see build/fuzz/found/$name-* and build/fuzz/$name.log"
		tail -n 20 "$dir/$name.log"
		bad=$((bad + 1))
	fi
	rm -rf "$fresh"
done
exit $((bad > 0))
