#!/usr/bin/env bash
# record.sh: records the session of record.c (libmodbus-dev) in a network namespace of its own into real_libmodbus/input.pcap.
# Run as root; afterwards tests/golden.sh --accept.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
ns=golden-$$
ip netns add "$ns"
dump=
trap '[ -z "$dump" ] || kill "$dump"; ip netns del "$ns"; rm -rf "$work"' EXIT
ip -n "$ns" link set lo up
# shellcheck disable=SC2046
cc -o "$work/record" "$here/record.c" $(pkg-config --cflags --libs libmodbus)
ip netns exec "$ns" tcpdump -i lo -U -s 0 -w "$work/input.pcap" tcp port 502 2>/dev/null &
dump=$!
sleep 1
timeout 60 ip netns exec "$ns" "$work/record"
sleep 1
kill "$dump"
wait "$dump" || true
dump=
mv "$work/input.pcap" "$here/real_libmodbus/input.pcap"
