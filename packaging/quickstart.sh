#!/usr/bin/env bash
# quickstart.sh [--lang ja|en]
#
# The main job in one command: installs what is missing, builds sekisho, replays the bundled factory through the whole daemon into a
# ledger and a Redis of its own, and shows what came out. Everything it makes lies in one directory that the next run replaces.
set -euo pipefail
top=$(cd "$(dirname "$0")/.." && pwd)
lang=en
case "${LC_ALL:-${LC_MESSAGES:-${LANG:-}}}" in ja*) lang=ja ;; esac
while [ $# -gt 0 ]; do
	case $1 in
	--lang) lang=${2:?--lang needs ja or en}; shift 2 ;;
	-h | --help) sed -n '2,6s/^# \{0,1\}//p' "$0"; exit 0 ;;
	*) echo "quickstart.sh: unknown option $1. See --help" >&2; exit 2 ;;
	esac
done
state=${TMPDIR:-/tmp}/sekisho-quickstart-$(id -u)
build_dir=$top/build/quickstart
mkdir -p "$top/build"
LOG=$top/build/quickstart.log
# shellcheck source=packaging/lib.sh
. "$top/packaging/lib.sh"

need_packages "${BUILD_PACKAGES[@]}" "${RUN_PACKAGES[@]}"

say "building (optimised) in build/quickstart"
build "$build_dir" "$top" --buildtype=release -Dtests=false -Db_lto=true
sekisho() {
	"$build_dir/sekisho" "$@" --lang "$lang"
}

# a Redis of our own: no port, one socket in our directory
if [ -e "$state" ]; then
	[ -O "$state" ] && [ -f "$state/.sekisho-quickstart" ] || die "$state is in the way and not ours. Remove it"
	rm -rf "$state"
fi
mkdir -m 700 "$state" "$state/redis"
touch "$state/.sekisho-quickstart"
redis_pid=
finish() {
	[ -z "$redis_pid" ] || kill "$redis_pid" 2>/dev/null || :
}
trap finish EXIT
redis-server --port 0 --unixsocket "$state/redis.sock" --unixsocketperm 700 --dir "$state/redis" --appendonly yes --save '' \
	--loglevel warning >"$state/redis.log" 2>&1 &
redis_pid=$!
for _ in $(seq 100); do
	[ -S "$state/redis.sock" ] && break
	kill -0 $redis_pid 2>/dev/null || die "redis-server ended: $(tail -n 1 "$state/redis.log")"
	sleep 0.1
done
[ -S "$state/redis.sock" ] || die "redis-server did not open its socket in 10 s"

cp "$top/tests/captures/register.csv" "$state/"
{
	cat "$top/tests/captures/factory.yaml"
	printf '\nredis:\n  url: unix://%s/redis.sock\n' "$state"
} >"$state/sekisho.yaml"

say "replaying one morning of the factory (tests/captures) through the whole daemon"
mapfile -t scenes < <(grep -v '^#' "$top/tests/captures/scenes.txt" | sed "s|^|$top/tests/captures/|")
sekisho replay --config "$state/sekisho.yaml" --state "$state/data" "${scenes[@]}"

say "the ledger by Purdue level"
sekisho assets --state "$state/data" --by level
say "the ledger by factory zone"
sekisho assets --state "$state/data" --by fa
say "the alerts, read back from the Redis stream sekisho:{factory-1}:alerts"
sekisho tail --redis "unix://$state/redis.sock" --sensor factory-1 --last 100 --once

say "the same, live, on the interface at your mirror port (here: eth1)"
cat <<TXT
  cp $top/configs/sekisho.yaml my-plant.yaml     # then write your interface and zones into it
  sudo $build_dir/sekishod --config my-plant.yaml --check
  sudo $build_dir/sekishod --config my-plant.yaml
  sudo $build_dir/sekisho tail --config my-plant.yaml     # in a second terminal
TXT
