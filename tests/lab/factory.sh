# shellcheck shell=bash
# The factory's walls: one network namespace a device, a VLAN switch in the
# middle, a sensor on its mirror port. Sourced by record.sh.
#
# Every namespace is called sks-lab-NAME. No veth leads outside, so nothing in
# here can reach any other network; the one "internet" host is a namespace too.

PREFIX=sks-lab-
PASSWORD=factory-lab # of the share and of nothing else

# name | vlan | address (dhcp: asks for one) | mac | host name
HOSTS="
plc1|101|10.20.1.11|00:80:f4:10:01:11|plc-1
plc2|101|10.20.1.12|58:52:8a:10:01:12|plc-2
sgw|101|10.20.1.20|00:90:e8:10:01:20|serial-gw
edge|101|10.20.1.30|00:00:0a:10:01:30|edge-1
hmi|103|10.20.3.10|00:26:55:20:03:10|hmi-1
hist|103|10.20.3.20|d4:ae:52:20:03:20|historian
ews|103|10.20.3.30|34:64:a9:20:03:30|ews-1
relay|135|10.20.35.10|f8:b1:56:35:00:10|relay
files|135|10.20.35.20|00:1d:73:35:00:20|files
oldpc|135|10.20.35.30|00:00:4c:35:00:30|kensa-xp
pc1|104|dhcp|18:03:73:40:00:51|seisan-pc1
pc2|104|dhcp|68:84:7e:40:00:52|seisan-pc2
mpc|109|dhcp|00:0b:97:90:00:10|hoshu-pc
laptop|101|dhcp|04:d4:c4:66:6e:01|LAPTOP-7Q2K
"

# The router: one leg a VLAN, each with its own MAC, as a layer-3 switch has.
# vlan | address | mac
LEGS="
101|10.20.1.1|00:1b:d4:00:01:01
103|10.20.3.1|00:1b:d4:00:01:03
135|10.20.35.1|00:1b:d4:00:01:35
104|10.20.4.1|00:1b:d4:00:01:04
109|10.20.9.1|00:1b:d4:00:01:09
"
# Stands for the internet behind the router; rewritten to PUBLIC afterwards.
INET=10.99.0.10
PUBLIC=93.184.215.14

ns() { ip netns exec "$PREFIX$1" "${@:2}"; }

# For what outlives the call (with &): becomes the command itself, and lets go of the lock.
background() {
	exec 9>&-
	exec ip netns exec "$PREFIX$1" "${@:2}"
}

# on NAME COMMAND...: run as that device, with its own host name, hosts file
# and resolver. The device asks the router for names, as its DHCP would say.
on() {
	local name=$1
	shift
	ip netns exec "$PREFIX$name" unshare --uts --mount -- bash -c '
		hostname "$(cat "$0/hostname")"
		mount --bind "$0/hosts" /etc/hosts
		mount --bind "$0/resolv.conf" /etc/resolv.conf
		exec "$@"' "$WORK/$name" "$@"
}

netns_add() {
	ip netns add "$PREFIX$1"
	ns "$1" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
	ns "$1" ip link set lo up
}

# wire A A_IF B B_IF [MAC of B]: a cable. Checksums are computed by the sender
# and no segment is larger than the wire, as if there were a real wire.
wire() {
	ip link add "skslab0" netns "$PREFIX$1" type veth peer name "skslab1" netns "$PREFIX$3"
	ns "$1" ip link set skslab0 name "$2"
	ns "$3" ip link set skslab1 name "$4" ${5:+address "$5"}
	local end
	for end in "$1 $2" "$3 $4"; do
		set -- $end
		ns "$1" ethtool -K "$2" tx off rx off tso off gso off gro off >/dev/null 2>&1 || true
		ns "$1" ip link set "$2" up
	done
}

host_files() { # name, host name, gateway
	mkdir -p "$WORK/$1"
	echo "$2" >"$WORK/$1/hostname"
	printf '127.0.0.1 localhost\n127.0.1.1 %s\n' "$2" >"$WORK/$1/hosts"
	printf 'nameserver %s\nsearch factory.example\noptions timeout:1 attempts:1\n' "$3" >"$WORK/$1/resolv.conf"
}

factory_build() {
	local name vlan ip mac hostname gateway ports=()
	netns_add switch
	netns_add sensor
	wire switch mirror sensor span
	netns_add router
	netns_add inet
	host_files router core-sw 127.0.0.1
	host_files inet inet 127.0.0.1
	ns router sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.send_redirects=0 \
		net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0

	while IFS='|' read -r vlan ip mac; do
		[ -n "$vlan" ] || continue
		wire switch "up$vlan" router "vlan$vlan" "$mac"
		ns router ip addr add "$ip/24" dev "vlan$vlan"
		ports+=("up$vlan:$vlan:up")
	done <<<"$LEGS"
	wire inet eth0 router wan 00:1b:d4:00:01:fe
	ns router ip addr add 10.99.0.1/24 dev wan
	ns inet ip addr add $INET/24 dev eth0
	ns inet ip route add default via 10.99.0.1

	while IFS='|' read -r name vlan ip mac hostname; do
		[ -n "$name" ] || continue
		gateway=$(awk -F'|' -v v="$vlan" '$1 == v { print $2 }' <<<"$LEGS")
		netns_add "$name"
		host_files "$name" "$hostname" "$gateway"
		wire switch "p-$name" "$name" eth0 "$mac"
		if [ "$ip" != dhcp ]; then
			ns "$name" ip addr add "$ip/24" dev eth0
			ns "$name" ip route add default via "$gateway"
		fi
		ports+=("p-$name:$vlan")
	done <<<"$HOSTS"

	background switch "$WORK/bin/vlanswitch" mirror "${ports[@]}" >"$WORK/switch.log" 2>&1 &
	wait_for "the switch" grep -q ready "$WORK/switch.log"
}

# What we started runs inside our namespaces, and only that does.
factory_remove() {
	local name
	for name in $(ip netns list | awk -v p="^$PREFIX" '$1 ~ p { print $1 }'); do
		ip netns pids "$name" | xargs -r kill 2>/dev/null || true
	done
	sleep 0.5
	for name in $(ip netns list | awk -v p="^$PREFIX" '$1 ~ p { print $1 }'); do
		ip netns pids "$name" | xargs -r kill -KILL 2>/dev/null || true
		ip netns del "$name" 2>/dev/null || true
	done
}
