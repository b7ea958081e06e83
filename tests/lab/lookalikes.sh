# shellcheck shell=bash
# Harmless look-alikes of what the morning does not show, one function a scene, with real clients against the lab's
# own machines. Sourced by record.sh. What each must raise: tests/captures/lookalikes/README.md.

# A web page of a device: asks for a password, takes what is put there. Ends with the device's other programs.
device_web() { # name, port
	local dir=$WORK/$1
	mkdir -p "$dir/www/firmware" "$dir/tmp"
	printf 'admin:%s\n' "$(openssl passwd -apr1 admin)" >"$dir/htpasswd"
	printf '<html><title>device</title><body>ok</body></html>\n' | tee "$dir/www/index.html" >"$dir/www/firmware/upload"
	printf 'MZ this is no program, only its first two letters\n' >"$dir/www/setup.exe"
	cat >"$dir/device.conf" <<-CONF
		daemon off; worker_processes 1; pid $dir/nginx.pid; error_log $dir/nginx.log;
		events { worker_connections 32; }
		http {
			access_log off; types { text/html html; }
			client_body_temp_path $dir/tmp; proxy_temp_path $dir/tmp; fastcgi_temp_path $dir/tmp;
			uwsgi_temp_path $dir/tmp; scgi_temp_path $dir/tmp;
			server {
				listen $2; root $dir/www; error_page 405 =200 \$uri;
				location /admin/ { alias $dir/www/; auth_basic "device"; auth_basic_user_file $dir/htpasswd; }
			}
		}
	CONF
	start "$1" nginx -c "$dir/device.conf"
	wait_for "the page of $1" listens "$1" "$2"
}

# end_of NAME PROGRAM...: what a scene started there
end_of() {
	local pid program
	for pid in $(ip netns pids "$PREFIX$1"); do
		program=$(cat "/proc/$pid/comm" 2>/dev/null) || continue
		case " ${*:2} " in *" $program "*) kill "$pid" 2>/dev/null || true ;; esac
	done
}

fetch() { on "$1" timeout 20 curl -s -o "$WORK/$1/fetched" "${@:2}" >>"$WORK/$1/log" 2>&1 || true; }

opcua_lookalike() { # what
	on hist timeout 90 env LAB_WORK="$WORK/hist" node "$LAB_RUN/opcua_lookalike.js" 10.20.3.20 historian $OPCUA_URL "$1" >>"$WORK/hist/log" 2>&1
}

# The PDUs are ours, as no free program writes a PLC's program; libmodbus holds the connection.
scene_program_write() {
	mb ews 10.20.1.11 unit:0 pdu:5a0002 wait:200 pdu:5a001000000000 wait:200 pdu:5a01300001 wait:200 \
		pdu:5a0131000100000010000102030405060708090a0b0c0d0e0f wait:200 pdu:5a01310001001000100f0e0d0c0b0a09080706050403020100 \
		wait:200 pdu:5a01320001 wait:500 pdu:5a0140ff00 wait:200 pdu:5a0111
}

scene_unit_sweep() {
	local unit steps=()
	for unit in 1 2 3 4 5 6 7 8 9 10 11 12; do steps+=("unit:$unit" r3:0:1 wait:100); done
	mb hmi 10.20.1.20 "${steps[@]}"
}

scene_not_modbus() {
	device_web edge 502
	fetch sgw http://10.20.1.30:502/
	start edge "$WORK/bin/plc" gateway 1502
	wait_for "the second Modbus port" listens edge 1502
	mb hmi 10.20.1.30:1502 r3:0:4 wait:200 r4:0:4
	end_of edge nginx plc
}

scene_opcua_guessing() { opcua_lookalike guess; }
scene_opcua_crawl() { opcua_lookalike crawl; }
scene_opcua_channels() { opcua_lookalike channels; }

# Negotiated by smbclient; then, by hand, a command that no client sends (0x42), to which Samba answers with an error.
scene_smb1_oddity() {
	on oldpc timeout 10 bash -c '
		exec 3<>/dev/tcp/10.20.35.20/445
		printf "\x00\x00\x00\x2f\xffSMB\x72\x00\x00\x00\x00\x18\x01\x28\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x10\x00\x00\x00\x01\x00\x00\x0c\x00\x02NT LM 0.12\x00" >&3
		sleep 0.5
		printf "\x00\x00\x00\x23\xffSMB\x42\x00\x00\x00\x00\x18\x01\x28\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x10\x00\x00\x00\x02\x00\x00\x00\x00" >&3
		sleep 0.5' >>"$WORK/oldpc/log" 2>&1 || true
}

scene_renamed_files() {
	local i commands=
	dhcp_lease pc2
	for i in $(seq -w 1 55); do
		echo "lot $i" >"$WORK/files/share/lot$i.csv"
		commands+="rename lot$i.csv lot$i.csv.x7k2q; "
	done
	chmod 666 "$WORK"/files/share/lot*.csv
	SMB_LEAST=SMB2_02 smb pc2 seisan SMB3 "$commands"
	rm -f "$WORK"/files/share/lot*
}

scene_project_copied() {
	dhcp_lease pc1
	head -c 3000 /dev/zero >"$WORK/files/share/line1.gx3"
	SMB_LEAST=SMB2_02 smb pc1 seisan SMB3 'get line1.gx3'
	rm -f "$WORK/files/share/line1.gx3"
}

# Twenty-two addresses of the relay's card stand for as many computers; none of them shares files.
scene_smb_fan_out() {
	local i
	for i in $(seq 101 122); do ns relay ip addr add "10.20.35.$i/24" dev eth0; done
	for i in $(seq 101 122); do
		SMB_LEAST=SMB2_02 smb oldpc kensa SMB3 'ls' "10.20.35.$i" || true
	done
	for i in $(seq 101 122); do ns relay ip addr del "10.20.35.$i/24" dev eth0; done
}

scene_default_password() {
	device_web plc2 80
	fetch edge -u admin:admin http://10.20.1.12/admin/
}

scene_firmware_upload() {
	device_web plc2 80
	head -c 66000 /dev/zero >"$WORK/edge/fw.bin"
	fetch edge -F "file=@$WORK/edge/fw.bin" http://10.20.1.12/firmware/upload
}

scene_program_downloaded() {
	device_web ews 80
	fetch hmi http://10.20.3.30/setup.exe
	end_of ews nginx
}

# The edge gateway says to PLC-1 that the router's address is its own. Told to end, arpspoof puts it right.
scene_arp_spoofing() {
	mb hmi 10.20.1.11 $HMI_POLL
	on edge timeout -s INT 9 arpspoof -i eth0 -t 10.20.1.11 10.20.1.1 >>"$WORK/edge/log" 2>&1 || true
	mb hmi 10.20.1.11 $HMI_POLL
}

number_of() { awk -F. '{ printf "%d", (($1 * 256 + $2) * 256 + $3) * 256 + $4 }' <<<"$1"; }

# SYNs numbered with the address that they go to, as Mirai's kind does.
scene_bot_like() {
	local to
	for to in 10.20.1.11 10.20.1.12 10.20.1.20; do
		on edge timeout 5 hping3 -q -c 1 -S -p 23 -M "$(number_of $to)" $to >>"$WORK/edge/log" 2>&1 || true
	done
}

# PLC-1 may not answer, which halves what there is to keep.
scene_connection_flood() {
	ns plc1 ip route add blackhole 10.20.1.30/32
	on edge timeout 60 hping3 -q -c 3100 -i u5000 -S -p 502 10.20.1.11 >>"$WORK/edge/log" 2>&1 || true
	ns plc1 ip route del blackhole 10.20.1.30/32
}
