#!/usr/bin/env bash
# run.sh: how fast is it, beside the others, on this machine?
#
#   run.sh [--quick] [--profiles A,B] [--runs N] [--out DIR] [--no-growth] [--no-pairs] [--kit DIR]
#
# Builds with -O3, LTO and without assertions in build/bench; lets the benchmark kit (shared/bench beside the project, or --kit)
# measure sekisho and its peers in turn on all four profiles, with bench.yaml; measures memory at scale 1, 2 and 4; two
# workers beside one, and all rules beside none (speed.py); says which goals are met and by how much the others are missed
# (goals.py). Tables go to the terminal and, with everything measured, as JSON to build/bench/out (--out).
#
#   --quick        a tenth of the packets, one run, no growth: minutes less, and figures to look at, not to quote
# A busy machine is no place for it: the load is printed, and only ratios of one run mean anything.
set -euo pipefail
top=$(cd "$(dirname "$0")/../.." && pwd)
here=$top/tests/bench
LOG=$top/build/bench.log
# shellcheck source=packaging/lib.sh
. "$top/packaging/lib.sh"

profiles=modbus-poll,ot-mix,smb-http-bulk,many-hosts runs=3 scale=1 growth=1 pairs=1
out=$top/build/bench/out kit=
while [ $# -gt 0 ]; do
	case $1 in
	--quick) runs=1 scale=0.1 growth= ;;
	--profiles) profiles=$2; shift ;;
	--runs) runs=$2; shift ;;
	--out) out=$2; shift ;;
	--kit) kit=$2; shift ;;
	--no-growth) growth= ;;
	--no-pairs) pairs= ;;
	-h | --help) sed -n '2,14s/^# \{0,1\}//p' "$0"; exit 0 ;;
	*) echo "run.sh: unknown option $1 (see --help)" >&2; exit 2 ;;
	esac
	shift
done
for d in ${kit:+"$kit"} "$top/../shared/bench" "$(git -C "$top" rev-parse --git-common-dir 2>/dev/null)/../../shared/bench"; do
	[ -r "$d/bench.py" ] && kit=$(cd "$d" && pwd) && break
done
mkdir -p "$top/build" "$out"

say "building with -O3 and LTO in build/bench"
build "$top/build/bench/release" "$top" --buildtype=release -Doptimization=3 -Db_lto=true -Db_ndebug=true -Dtests=false
sekisho=$top/build/bench/release/sekisho

if [ -z "$kit" ] || [ ! -r "$kit/bench.py" ]; then
	die "the benchmark kit is missing: shared/bench (bench.py, otgen.py, yardstick/) is expected beside the project, or name it with --kit.
What needs no kit: tests/bench/speed.py --sekisho $sekisho CAPTURE..., build/.../tests/bench/micro, tests/bench/rules.py"
fi
for tool in ndpiReader suricata; do
	command -v $tool >/dev/null || echo "run.sh: $tool is not installed: its rows and the goals beside it are absent ($kit/peers.sh install)"
done
echo "load of the machine: $(cut -d' ' -f1-3 /proc/loadavg)"

made() { find "$out" -maxdepth 1 -name "$1-*.json" -newer "$out/.begun" | sort | tail -n 1; }
touch "$out/.begun"
say "beside the peers: $profiles at scale $scale, $runs runs"
python3 "$kit/bench.py" --sekisho "$sekisho" --config "$here/bench.yaml" --profiles "$profiles" --runs "$runs" --scale "$scale" --out "$out"
args=(--result "$(made result)")
if [ -n "$growth" ]; then
	say "memory as the traffic grows"
	python3 "$kit/bench.py" --growth --sekisho "$sekisho" --config "$here/bench.yaml" --profiles many-hosts,modbus-poll --only 'sekisho replay|touch' --out "$out"
	args+=(--growth "$(made growth)")
fi
if [ -n "$pairs" ]; then
	say "two workers beside one, all rules beside none"
	python3 "$here/speed.py" --sekisho "$sekisho" --runs "$runs" --json "$out/pairs.json" "$out/captures/"{modbus-poll,ot-mix}"-x$scale.pcap"
	args+=(--pairs "$out/pairs.json")
fi
say "the goals"
python3 "$here/goals.py" "${args[@]}" --json "$out/goals.json"
