#!/bin/bash
# Holds the recordings against what their README says of them, with tshark.
#
#   tests/lab/verify.sh [DIR]        default: tests/captures
#
# Prints one line a claim that fails; exit status 1 if any did.
set -euo pipefail
DIR=${1:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../captures" && pwd)}
PUBLIC=93.184.215.14
failed=0 checked=0

shark() { tshark -n -o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE -o udp.check_checksum:TRUE -r "$DIR/$1" "${@:2}" 2>/dev/null; }

# has FILE COUNT FILTER: exactly COUNT frames; "some": at least one
has() {
	local got
	got=$(shark "$1" -Y "$3" | wc -l) || got="no answer from tshark"
	checked=$((checked + 1))
	if [ "$2" = "$got" ] || { [ "$2" = some ] && [[ "$got" =~ ^[1-9] ]]; }; then return; fi
	echo "FAIL $1: $2 frames expected, found: $got; $3"
	failed=1
}

# In every recording: sound frames, each once, and no stranger.
ours='10.20.1.0/24,10.20.3.0/24,10.20.35.0/24,10.20.4.0/24,10.20.9.0/24,0.0.0.0/32,255.255.255.255/32'
last=0
while read -r file; do
	case $file in '#'* | '') continue ;; esac
	has "$file" 0 '_ws.malformed || ip.checksum.status == 0 || tcp.checksum.status == 0 || udp.checksum.status == 0'
	has "$file" 0 'ipv6 || icmp'
	has "$file" 0 '!vlan && !lldp && !cdp'
	has "$file" 0 'vlan && !(vlan.id in {101,103,104,109,135})'
	has "$file" 0 'frame.len < 60'
	public=0.0.0.0
	[ "$file" = plc-to-internet.pcap ] && public=$PUBLIC
	has "$file" 0 "ip && !((ip.src in {$ours} || ip.src == $public) && (ip.dst in {$ours} || ip.dst == $public))"
	# a routed packet is seen where it enters, so only the router and the internet have the router's MAC
	has "$file" 0 "ip && eth.src[0:3] == 00:1b:d4 && !(ip.src == $public || ip.src in {10.20.1.1,10.20.3.1,10.20.35.1,10.20.4.1,10.20.9.1})"
	first=$(shark "$file" -c 1 -T fields -e frame.time_epoch)
	awk -v a="$last" -v b="$first" 'BEGIN { exit !(b > a) }' || { echo "FAIL $file: begins before the scene in front of it ended"; failed=1; }
	last=$(shark "$file" -T fields -e frame.time_epoch | tail -1)
	awk -v a="$first" -v b="$last" 'BEGIN { exit !(b - a < 30) }' || { echo "FAIL $file: longer than 30 s"; failed=1; }
done <"$DIR/scenes.txt"

# The look-alikes: whole frames of ours, between the factory's devices; broken on purpose is one of them.
while read -r file; do
	case $file in '#'* | '') continue ;; esac
	file=lookalikes/$file
	has "$file" some 'eth'
	has "$file" 0 '_ws.malformed || ip.checksum.status == 0 || tcp.checksum.status == 0 || udp.checksum.status == 0'
	has "$file" 0 'ipv6 || !vlan || !(vlan.id in {101,103,104,109,135}) || frame.len < 60'
	has "$file" 0 "ip && !(ip.src in {$ours} && ip.dst in {$ours})"
done <"$DIR/lookalikes/scenes.txt"

f=normal.pcap
for fc in 1 2 3 4 5 6 15 16; do has $f some "modbus.func_code == $fc && ip.src == 10.20.3.10"; done
has $f 2 'modbus.exception_code' # an address no PLC has, a unit no gateway has
has $f some 'modbus.exception_code == 2'
has $f some 'modbus.exception_code == 11'
for service in 428 461 467 527 631 787 751 826 473; do has $f some "opcua.servicenodeid.numeric == $service"; done
has $f some 'opcua.security.spu == "http://opcfoundation.org/UA/SecurityPolicy#Basic256Sha256"'
has $f some 'smb2.cmd == 0 && smb2.flags.response == 1 && smb2.dialect == 0x0311'
has $f some 'smb2.cmd == 0 && smb2.flags.response == 1 && smb2.dialect == 0x0210'
has $f some 'smb.cmd == 0x72 && smb.flags.response == 1 && smb.dialect.index'
has $f some 'smb.cmd == 0x2f'
has $f some 'smb2.cmd == 9'
has $f some 'http.request.method == "GET" && ip.src == 10.20.4.51'
has $f some 'dns.flags.response == 1 && dns.a == 10.20.35.10'
has $f 2 'dhcp.option.dhcp == 5'
has $f some 'lldp.tlv.system.name == "core-sw"'
has $f some 'lldp.tlv.system.name == "hmi-1"'
has $f some 'lldp.tlv.system.name == "edge-1"'
has $f some 'cdp'
has $f some 'arp.opcode == 2'

f=unknown-laptop.pcap
has $f some 'dhcp.option.hostname == "LAPTOP-7Q2K"'
has $f 1 'modbus.func_code == 5 && ip.src == 10.20.1.200 && ip.dst == 10.20.1.11'
has $f 1 'modbus.func_code == 15 && ip.src == 10.20.1.200 && ip.dst == 10.20.1.11'
has $f 0 'mbtcp && ip.src == 10.20.3.10 && modbus.func_code >= 5'

f=office-to-plc.pcap
has $f 3 'mbtcp && ip.src == 10.20.4.52 && ip.dst == 10.20.1.11'
has $f 3 'mbtcp && ip.src == 10.20.1.11 && ip.dst == 10.20.4.52'
has $f 0 'modbus.func_code >= 5'

f=plc-to-internet.pcap
has $f 2 "http.request && ip.src == 10.20.1.12 && ip.dst == $PUBLIC"
has $f 2 "http.response && ip.src == $PUBLIC && ip.dst == 10.20.1.12"

f=maintenance.pcapng
has $f 0 'mbtcp && ip.src == 10.20.3.10 && modbus.func_code >= 5'
for fc in 3 4 5 6 16 22 23 43; do has $f some "modbus.func_code == $fc && ip.src == 10.20.9.10"; done

f=plc-stop.pcap
has $f 1 'modbus.func_code == 8 && tcp.payload[8:2] == 00:04 && ip.src == 10.20.3.30 && ip.dst == 10.20.1.12'
has $f 1 'modbus.func_code == 90 && tcp.payload[9:1] == 41 && ip.src == 10.20.3.30 && ip.dst == 10.20.1.11'
has $f 0 'modbus.func_code in {5,6,15,16,21,22,23}'

f=malformed.pcap
has $f 1 'tcp.dstport == 502 && tcp.payload[7:5] == 03:00:00:00:00'
has $f 1 'tcp.dstport == 502 && tcp.payload[7:5] == 03:00:00:00:7e'
has $f 1 'tcp.dstport == 502 && tcp.payload[7:1] == 83'
has $f 1 'tcp.dstport == 502 && tcp.payload[2:2] == 00:01'
has $f 2 'modbus.exception_code == 3'

bytes=$(du -cb "$DIR"/*.pcap "$DIR"/*.pcapng "$DIR"/lookalikes/*.pcap | awk 'END { print $1 }')
[ "$bytes" -le 4194304 ] || { echo "FAIL together $bytes bytes"; failed=1; }
[ $failed = 0 ] && echo "verify: $checked claims hold; $bytes bytes in all"
exit $failed
