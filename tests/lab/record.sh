#!/bin/bash
# Builds the lab factory and records its scenes into tests/captures/.
#
#   sudo tests/lab/record.sh [SCENE...]     all scenes when none is named
#
# Needs root, and what `record.sh --needs` prints. Everything happens between
# network namespaces called sks-lab-*; they are removed however this ends.
# It asks nothing and takes two minutes. Every step has its own time limit, and
# after ten minutes no further scene is begun.
# How and why: tests/lab/README.md.
set -euo pipefail

LAB=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
CAPTURES=${LAB_CAPTURES:-$LAB/../captures}
CACHE=${LAB_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/sekisho-lab}
LIMIT_S=600

# scene | file | how it is stored | start, UTC (09:00 JST is 00:00 UTC)
SCENES="
normal|normal.pcap|pcap|2026-04-01T00:00:00Z
unknown-laptop|unknown-laptop.pcap|pcap|2026-04-01T00:05:00Z
office-to-plc|office-to-plc.pcap|nsecpcap|2026-04-01T00:10:00Z
plc-to-internet|plc-to-internet.pcap|pcap|2026-04-01T00:15:00Z
maintenance|maintenance.pcapng|pcapng|2026-04-01T00:20:00Z
plc-stop|plc-stop.pcap|pcap|2026-04-01T00:25:00Z
malformed|malformed.pcap|pcap|2026-04-01T00:30:00Z
program-write|lookalikes/program-write.pcap|pcap|2026-04-01T01:00:00Z
unit-sweep|lookalikes/unit-sweep.pcap|pcap|2026-04-01T01:05:00Z
not-modbus|lookalikes/not-modbus.pcap|pcap|2026-04-01T01:10:00Z
opcua-guessing|lookalikes/opcua-guessing.pcap|pcap|2026-04-01T01:15:00Z
opcua-crawl|lookalikes/opcua-crawl.pcap|pcap|2026-04-01T01:20:00Z
opcua-channels|lookalikes/opcua-channels.pcap|pcap|2026-04-01T01:25:00Z
smb1-oddity|lookalikes/smb1-oddity.pcap|pcap|2026-04-01T01:30:00Z
renamed-files|lookalikes/renamed-files.pcap|pcap|2026-04-01T01:35:00Z
project-copied|lookalikes/project-copied.pcap|pcap|2026-04-01T01:40:00Z
smb-fan-out|lookalikes/smb-fan-out.pcap|pcap|2026-04-01T01:45:00Z
default-password|lookalikes/default-password.pcap|pcap|2026-04-01T01:50:00Z
firmware-upload|lookalikes/firmware-upload.pcap|pcap|2026-04-01T01:55:00Z
program-downloaded|lookalikes/program-downloaded.pcap|pcap|2026-04-01T02:00:00Z
arp-spoofing|lookalikes/arp-spoofing.pcap|pcap|2026-04-01T02:05:00Z
bot-like|lookalikes/bot-like.pcap|pcap|2026-04-01T02:10:00Z
connection-flood|lookalikes/connection-flood.pcap|pcap|2026-04-01T02:15:00Z
"

PACKAGES="iproute2 ethtool util-linux procps gcc libc6-dev libmodbus-dev pkg-config nodejs npm samba smbclient
samba-common-bin nginx-light curl openssl dnsmasq-base isc-dhcp-client lldpd dsniff hping3 tcpdump tcpreplay wireshark-common tshark"

say() { echo "record: $*"; }
die() {
	echo "record: $*" >&2
	exit 3
}

# wait_for WHAT COMMAND...: until it succeeds, forty seconds at most
wait_for() {
	local what=$1 i
	shift
	for i in $(seq 400); do
		"$@" 2>/dev/null && return 0
		sleep 0.1
	done
	die "$what did not start; its log is in $WORK"
}

. "$LAB/factory.sh"
. "$LAB/services.sh"
. "$LAB/scenes.sh"
. "$LAB/lookalikes.sh"

check_needs() {
	local tool missing=()
	[ "$(id -u)" = 0 ] || die "needs root, for network namespaces"
	for tool in ip ethtool unshare sysctl ss gcc node npm smbd smbclient pdbedit nginx curl openssl dnsmasq dhclient lldpd arpspoof hping3 \
		tcpdump tcprewrite editcap capinfos tshark flock; do
		command -v $tool >/dev/null || missing+=($tool)
	done
	[ ${#missing[@]} = 0 ] || die "missing: ${missing[*]}. On Debian: apt-get install $(echo $PACKAGES)"
}

helpers_build() {
	local tool
	mkdir -p "$WORK/bin"
	for tool in vlanswitch plc mbtool; do
		gcc -O1 -Wall -Wextra -o "$WORK/bin/$tool" "$LAB/$tool.c" $(pkg-config --cflags --libs libmodbus)
	done
	# node-opcua is a test tool: it lives in a cache, never in the tree
	LAB_RUN=$CACHE/run
	mkdir -p "$LAB_RUN"
	cp "$LAB"/package.json "$LAB"/opcua_*.js "$LAB_RUN"
	if ! (cd "$LAB_RUN" && node -e 'require("node-opcua")' >/dev/null 2>&1); then
		say "installing node-opcua into $LAB_RUN"
		(cd "$LAB_RUN" && timeout 240 npm install --no-audit --no-fund --loglevel=error) || die "npm could not install node-opcua"
	fi
}

services_start() {
	plcs_start
	dnsmasq_start
	nginx_start relay 'production report'
	nginx_start inet 'vendor update'
	samba_start
	opcua_start
}

# The devices forget each other, so that each scene shows its own ARP and DHCP.
forget() {
	local name
	for name in $(awk -F'|' 'NF { print $1 }' <<<"$HOSTS") router; do
		ns "$name" ip neigh flush all
	done
	for name in $(awk -F'|' '$3 == "dhcp" { print $1 }' <<<"$HOSTS"); do
		ns "$name" ip addr flush dev eth0
	done
}

record() { # scene, file, format, start
	local raw=$WORK/$1.raw precision=micro pid first
	[ "$3" = nsecpcap ] && precision=nano
	plcs_restart
	forget
	background sensor tcpdump -i span -s 0 -U --immediate-mode -w "$raw" --time-stamp-precision=$precision 2>"$raw.log" &
	pid=$!
	wait_for tcpdump grep -q 'listening on' "$raw.log"
	"scene_${1//-/_}" || die "scene $1 failed; the logs are in $WORK"
	sleep 0.5
	ip netns pids "${PREFIX}sensor" | xargs -r kill
	wait $pid || true

	if [ "$1" = plc-to-internet ]; then
		tcprewrite --pnat="$INET/32:$PUBLIC/32" --fixcsum --infile="$raw" --outfile="$raw.public"
		mv "$raw.public" "$raw"
	fi
	# the scenes follow one another on one morning
	first=$(tshark -r "$raw" -c 1 -T fields -e frame.time_epoch 2>/dev/null)
	editcap -F "$3" -t "$(awk -v a="$(date -d "$4" +%s)" -v b="${first%.*}" 'BEGIN { print a - b }')" "$raw" "$raw.out"
	mkdir -p "$(dirname "$CAPTURES/$2")"
	mv "$raw.out" "$CAPTURES/$2"
	say "$2: $(capinfos -Mc "$CAPTURES/$2" | awk '/packets/ { print $NF }') packets, $(stat -c %s "$CAPTURES/$2") bytes"
}

main() {
	local scene file format start
	helpers_build
	factory_build
	services_start
	while IFS='|' read -r scene file format start <&3; do
		[ -n "$scene" ] || continue
		[ $# = 0 ] || [[ " $* " == *" $scene "* ]] || continue
		[ $SECONDS -lt $LIMIT_S ] || die "took longer than $LIMIT_S s"
		record "$scene" "$file" "$format" "$start"
	done 3<<<"$SCENES"
}

finish() {
	local status=$?
	trap - EXIT
	factory_remove
	if [ $status = 0 ]; then rm -rf "$WORK"; else echo "record: left $WORK for a look" >&2; fi
	exit $status
}

case ${1:-} in
--needs) echo $PACKAGES && exit 0 ;;
-h | --help) sed -n '2,10s/^# \{0,1\}//p' "$0" && exit 0 ;;
-*) echo "record: unknown option $1" >&2 && exit 2 ;;
esac
for scene in "$@"; do
	grep -q "^$scene|" <<<"$SCENES" || { echo "record: no scene $scene" >&2 && exit 2; }
done
check_needs
exec 9>/run/sekisho-lab.lock
flock --wait 10 9 || die "another run is under way"
WORK=$(mktemp -d)
chmod 755 "$WORK" # nginx and smbd change user
trap finish EXIT
trap 'exit 143' TERM INT HUP
factory_remove # what a killed run may have left
main "$@" </dev/null
