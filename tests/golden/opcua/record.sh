#!/usr/bin/env bash
# record.sh NODE_MODULES: records the sessions of record.js (node-opcua, see tests/lab/package.json) in a network
# namespace of their own, each into NAME/input.pcap beside this file. Run as root; afterwards tests/golden.sh --accept.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
modules=$(realpath "${1:?where is node_modules?}")
work=$(mktemp -d)
ns=golden-$$
ip netns add "$ns"
dump=
trap '[ -z "$dump" ] || kill "$dump"; ip netns del "$ns"; rm -rf "$work"' EXIT
ip -n "$ns" link set lo up
for kind in sign encrypt x509 pss; do
	mkdir -p "$here/real_$kind"
	ip netns exec "$ns" tcpdump -i lo -U -s 0 -w "$work/$kind.pcap" tcp port 4840 2>/dev/null &
	dump=$!
	sleep 1
	RECORD_WORK=$work/$kind NODE_PATH=$modules ip netns exec "$ns" timeout 60 node "$here/record.js" "$kind"
	sleep 1
	kill "$dump"
	wait "$dump" || true
	dump=
	mv "$work/$kind.pcap" "$here/real_$kind/input.pcap"
done
