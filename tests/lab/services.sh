# shellcheck shell=bash
# The factory's machines: what runs on them all day. Sourced by record.sh.

# In its own session: smbd, told to end, ends its whole process group.
start() { # name, command...: in the background, output to a log
	local name=$1
	shift
	{
		exec 9>&- # the lock is not theirs
		on "$name" setsid "$@"
	} >>"$WORK/$name/log" 2>&1 </dev/null &
}

plcs_start() {
	start plc1 "$WORK/bin/plc" schneider
	start plc2 "$WORK/bin/plc" mitsubishi
	start sgw "$WORK/bin/plc" gateway
	local host
	for host in plc1 plc2 sgw; do wait_for "$host" listens "$host" 502; done
}

# A new scene finds the PLCs as delivered (one may have been told to keep silent).
plcs_restart() {
	local host
	for host in plc1 plc2 sgw; do ip netns pids "$PREFIX$host" | xargs -r kill 2>/dev/null || true; done
	sleep 0.3
	plcs_start
}

listens() { ns "$1" ss -Hltn "sport = :$2" | grep -q .; }

# DHCP and DNS on the router's legs. Registered office and maintenance machines
# have fixed leases; the rest of cell A's range is .200-.209.
dnsmasq_start() {
	local vlan ip mac args=()
	while IFS='|' read -r vlan ip mac; do
		[ -n "$vlan" ] || continue
		args+=("--interface=vlan$vlan" "--dhcp-range=${ip%.1}.200,${ip%.1}.209,255.255.255.0,12h")
	done <<<"$LEGS"
	start router dnsmasq --keep-in-foreground --conf-file=/dev/null --bind-interfaces --user=root \
		--no-resolv --no-hosts --no-ping --dhcp-sequential-ip --dhcp-authoritative \
		--pid-file="$WORK/router/dnsmasq.pid" --dhcp-leasefile="$WORK/router/leases" \
		--domain=factory.example --local=/factory.example/ \
		--dhcp-host=18:03:73:40:00:51,10.20.4.51,seisan-pc1 \
		--dhcp-host=68:84:7e:40:00:52,10.20.4.52,seisan-pc2 \
		--dhcp-host=00:0b:97:90:00:10,10.20.9.10,hoshu-pc \
		--host-record=relay.factory.example,10.20.35.10 \
		--host-record=files.factory.example,10.20.35.20 "${args[@]}"
	wait_for dnsmasq listens router 53
}

# One lease, then no client is left running.
dhcp_lease() {
	local host=$1
	printf 'send host-name "%s";\nrequest subnet-mask, routers, domain-name, domain-name-servers, host-name;\ntimeout 10;\n' \
		"$(cat "$WORK/$host/hostname")" >"$WORK/$host/dhclient.conf"
	rm -f "$WORK/$host/dhclient.leases"
	on "$host" timeout 15 dhclient -1 -q -cf "$WORK/$host/dhclient.conf" -lf "$WORK/$host/dhclient.leases" \
		-pf "$WORK/$host/dhclient.pid" -sf "$LAB/dhclient-script" eth0
	kill "$(cat "$WORK/$host/dhclient.pid")" 2>/dev/null || true
}

nginx_start() { # name, text of the page
	local dir=$WORK/$1
	mkdir -p "$dir/www" "$dir/tmp"
	printf '<html><title>%s</title><body>%s</body></html>\n' "$1" "$2" >"$dir/www/index.html"
	printf 'time,line,count\n09:00,A,120\n10:00,A,118\n' >"$dir/www/output.csv"
	cat >"$dir/nginx.conf" <<-CONF
		daemon off; worker_processes 1; pid $dir/nginx.pid; error_log $dir/nginx.log;
		events { worker_connections 32; }
		http {
			access_log off; types { text/html html; text/csv csv; }
			client_body_temp_path $dir/tmp; proxy_temp_path $dir/tmp; fastcgi_temp_path $dir/tmp;
			uwsgi_temp_path $dir/tmp; scgi_temp_path $dir/tmp;
			server { listen 80; root $dir/www; error_page 405 =200 \$uri; }
		}
	CONF
	start "$1" nginx -c "$dir/nginx.conf"
	wait_for "nginx on $1" listens "$1" 80
}

# The file server speaks every dialect, as an old NAS does. Its three users are
# one account inside; on the wire each logs on by name.
samba_start() {
	local dir=$WORK/files
	mkdir -p "$dir"/{state,share}
	printf 'date,good,bad\n2026-03-31,4012,7\n' >"$dir/share/report.csv"
	chmod -R 777 "$dir/share"
	echo 'nobody = seisan historian kensa' >"$dir/users"
	cat >"$dir/smb.conf" <<-CONF
		[global]
		netbios name = FILES
		workgroup = FACTORY
		server string = file server
		server role = standalone server
		server min protocol = NT1
		smb ports = 445
		disable netbios = yes
		username map = $dir/users
		passdb backend = tdbsam:$dir/state/passdb.tdb
		private dir = $dir/state
		lock directory = $dir/state
		state directory = $dir/state
		cache directory = $dir/state
		pid directory = $dir/state
		ncalrpc dir = $dir/state/ncalrpc
		log file = $dir/smbd.log
		load printers = no
		disable spoolss = yes
		[quality]
		path = $dir/share
		read only = no
	CONF
	printf '%s\n%s\n' "$PASSWORD" "$PASSWORD" | on files timeout 10 pdbedit -s "$dir/smb.conf" -t -a -u nobody >/dev/null 2>&1
	start files smbd --foreground --no-process-group -s "$dir/smb.conf"
	wait_for smbd listens files 445
}

# smb HOST USER DIALECT COMMANDS [SERVER]; SMB_LEAST: the oldest dialect that it offers
smb() {
	printf '[global]\nname resolve order = host\nclient min protocol = %s\nworkgroup = FACTORY\nlock directory = %s\nstate directory = %s\ncache directory = %s\nprivate dir = %s\n' \
		"${SMB_LEAST:-NT1}" "$WORK/$1" "$WORK/$1" "$WORK/$1" "$WORK/$1" >"$WORK/$1/smb.conf"
	(cd "$WORK/$1" && on "$1" timeout 20 smbclient "//${5:-10.20.35.20}/quality" -s "$WORK/$1/smb.conf" \
		-p 445 -U "$2%$PASSWORD" -m "$3" -c "$4" --use-kerberos=off) >>"$WORK/$1/log" 2>&1
}

opcua_start() {
	start edge env LAB_WORK="$WORK/edge" node "$LAB_RUN/opcua_server.js" 10.20.1.30 edge-1
	wait_for "the OPC UA server" grep -q '^ready' "$WORK/edge/log"
}

# Each says once who it is, then is ended again.
lldp_once() { # name, interface, description, extra options
	local host=$1 interface=$2 description=$3
	shift 3
	mkdir -p /run/lldpd
	on "$host" bash -c 'echo $$ >"$0"; exec lldpd -d -I "$1" -S "$2" -u "$0.socket" "${@:3}"' \
		"$WORK/$host/lldpd" "$interface" "$description" "$@" >>"$WORK/$host/log" 2>&1 </dev/null &
	sleep 2.5
	kill "$(cat "$WORK/$host/lldpd")" 2>/dev/null || true
}

mb() { on "$1" timeout 20 "$WORK/bin/mbtool" "${@:2}" >>"$WORK/$1/log" 2>&1; }
