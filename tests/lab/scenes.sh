# shellcheck shell=bash
# What happens in the factory, one function a scene. Sourced by record.sh.
# The stories, and the alerts each must raise: tests/captures/README.md.

HMI_POLL="r3:0:10 r4:0:8 r1:0:16 r2:0:16"
OPCUA_URL=opc.tcp://10.20.1.30:4840

scene_normal() {
	local announcing=()
	lldp_once router vlan101 'Cisco IOS Software, C3560E Software, Version 15.0(2)SE' -l -cc -P 'cisco WS-C3560E' &
	announcing+=($!)
	lldp_once hmi eth0 'HMI-1 line A' &
	announcing+=($!)
	lldp_once edge eth0 'EdgeGateway NX102' &
	announcing+=($!)
	dhcp_lease pc1
	dhcp_lease pc2
	mb hmi 10.20.1.11 $HMI_POLL wait:1000 w6:100:1500 wait:1000 $HMI_POLL w16:110:1200,1210,1220 w5:3:1
	mb hmi 10.20.1.12 r3:0:20 r2:0:8 w15:16:1011
	# the gateway's units, one that is not there, and an address no PLC has
	mb hmi 10.20.1.20 unit:1 r3:0:4 unit:2 r3:0:4 unit:3 r4:0:4 unit:4 r3:0:4
	mb hmi 10.20.1.12 r3:4000:2
	mb edge 10.20.1.11 r3:0:6 wait:1000 r3:0:6
	on hist timeout 30 env LAB_WORK="$WORK/hist" node "$LAB_RUN/opcua_client.js" 10.20.3.20 historian $OPCUA_URL >>"$WORK/hist/log" 2>&1
	printf 'time,speed\n09:00,3000\n' >"$WORK/hist/speed.csv"
	smb hist historian SMB3 'put speed.csv speed.csv'
	on pc1 timeout 10 curl -s http://relay.factory.example/ >>"$WORK/pc1/log"
	on pc1 timeout 10 curl -s http://relay.factory.example/output.csv >>"$WORK/pc1/log"
	smb pc1 seisan SMB3 'ls; get report.csv' files.factory.example
	smb pc2 seisan SMB2 'get report.csv; put report.csv copy.csv'
	printf 'lot,result\n0401-01,OK\n' >"$WORK/oldpc/kensa.csv"
	smb oldpc kensa NT1 'ls; put kensa.csv; get report.csv'
	wait "${announcing[@]}"
}

scene_unknown_laptop() {
	mb hmi 10.20.1.11 $HMI_POLL
	dhcp_lease laptop
	mb laptop 10.20.1.11 r1:0:16 wait:1500 w5:3:0 wait:1500 w15:8:11110000
	mb hmi 10.20.1.11 $HMI_POLL
}

scene_office_to_plc() {
	dhcp_lease pc2
	on pc2 timeout 10 curl -s http://relay.factory.example/ >>"$WORK/pc2/log"
	mb pc2 10.20.1.11 r3:0:10 wait:1000 r3:100:20 wait:1000 r4:0:8
	mb hmi 10.20.1.11 $HMI_POLL
}

scene_plc_to_internet() {
	mb hmi 10.20.1.12 r3:0:20
	on plc2 timeout 10 curl -s -A 'plc-update/1.0' --resolve "fw.vendor.example:80:$INET" \
		'http://fw.vendor.example/output.csv' >>"$WORK/plc2/log"
	sleep 1
	on plc2 timeout 10 curl -s -A 'plc-update/1.0' --resolve "fw.vendor.example:80:$INET" \
		-d 'model=R08CPU&firmware=05' 'http://fw.vendor.example/index.html' >>"$WORK/plc2/log"
	mb hmi 10.20.1.12 r3:0:20
}

scene_maintenance() {
	dhcp_lease mpc
	# who are you; read; set a bit of a word; write; write and read back
	mb mpc 10.20.1.11 pdu:2b0e0100 r3:0:20 wait:1000 w22:20:0xfff0:0x0005 wait:500 w16:120:300,310 wait:500 w23:120:2:121:315 wait:500 w5:5:1
	mb mpc 10.20.1.12 pdu:2b0e0100 r4:0:8 wait:500 w6:40:77
	mb hmi 10.20.1.11 $HMI_POLL
}

scene_plc_stop() {
	mb hmi 10.20.1.11 $HMI_POLL
	mb hmi 10.20.1.12 r3:0:20
	# UMAS to the Schneider PLC: read id, take the reservation, STOP, release it
	mb ews 10.20.1.11 unit:0 pdu:5a0002 wait:500 pdu:5a001000000000 wait:500 pdu:5a0141ff00 wait:500 pdu:5a0111
	# the Mitsubishi PLC: echo, then Force Listen Only, which has no answer
	mb ews 10.20.1.12 pdu:08000012ab wait:500 say:0800040000 wait:300
	# what the HMI sees of it: it asks and hears nothing
	mb hmi 10.20.1.12 r3:0:20
}

scene_malformed() {
	mb hmi 10.20.1.11 $HMI_POLL
	# no registers; 126 of them; a request that claims to be an exception;
	# protocol id 1; and then a good one on the same connection
	mb hmi 10.20.1.11 pdu:0300000000 wait:500 pdu:030000007e wait:500 say:8300000001 wait:500 \
		adu:000900010006010300000002 wait:500 r3:0:4
}
