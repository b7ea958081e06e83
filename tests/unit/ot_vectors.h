/*
 * What the light OT protocols say on the wire and what their dissectors make of it: one row a case, with the section of
 * the specification that it is of. The script is that of dissect_harness.h; the lines are expected after the flow has
 * ended, with ' for ". Add a row, not a function.
 */
#ifndef SEKISHO_TESTS_OT_VECTORS_H
#define SEKISHO_TESTS_OT_VECTORS_H

#include "vectors.h"

#include "ot/slmp.h"
#include "ot/fins.h"
#include "ot/s7comm.h"
#include "ot/enip.h"
#include "vectors.h"

static const struct dissector *const ot_all[] = {&slmp_dissector, &fins_dissector, &fins_udp_dissector, &s7comm_dissector, &enip_dissector};

static const struct vector ot_vectors[] = {
	{
		.dissector = &slmp_dissector,
		.name = "batch read of words, 3E binary",
		.spec = "SLMP 5.2",
		.script = "> [sub]5000 [net]00 [pc]FF [io]FF03 [drop]00 [len]0C00 [timer]1000 [cmd]0104 [sub]0000 [head]640000 [D]A8 [points]0300 "
			  "< [sub]D000 [net]00 [pc]FF [io]FF03 [drop]00 [len]0800 [end]0000 [data]0100 0200 0300",
		.expect = "{'complete':true,'slmp':{'framing':'3e_binary','network':0,'station':255,'module_io':1023,'multidrop':0,"
			  "'command_raw':1025,'command':'read','subcommand':0,'access_type':'read','device':'D','address':100,"
			  "'points':3,'end_code':0,'rtt_us':1000}}\n",
	},
	{
		.dissector = &slmp_dissector,
		.name = "batch read of bits, long device form",
		.spec = "SLMP 5.2",
		.script = "> 5000 00 FF FF03 00 0E00 1000 [cmd]0104 [sub]0300 [head]10000000 [M]9000 [points]0800 "
			  "< D000 00 FF FF03 00 0600 [end]0000 [bits]10101010",
		.expect = "{'complete':true,'slmp':{'framing':'3e_binary','network':0,'station':255,'module_io':1023,'multidrop':0,"
			  "'command_raw':1025,'command':'read','subcommand':3,'access_type':'read','device':'M','address':16,"
			  "'points':8,'end_code':0,'rtt_us':1000}}\n",
	},
	{
		.dissector = &slmp_dissector,
		.name = "batch write refused, 4E binary",
		.spec = "SLMP 4.1",
		.script = "> 5400 [serial]3412 [fixed]0000 [net]01 [pc]02 [io]E003 [drop]00 [len]0E00 [timer]0000 [cmd]0114 [sub]0000 [head]F40100 [W]B4 [points]0100 [data]FFFF "
			  "< D400 3412 0000 01 02 E003 00 [len]0B00 [end]51C0 [error info]01 02 E003 00 0114 0000",
		.expect = "{'complete':true,'slmp':{'framing':'4e_binary','serial':4660,'network':1,'station':2,'module_io':992,"
			  "'multidrop':0,'command_raw':5121,'command':'write','subcommand':0,'access_type':'write','device':'W',"
			  "'address':500,'points':1,'end_code':49233,'rtt_us':1000}}\n",
	},
	{
		.dissector = &slmp_dissector,
		.name = "remote stop by force",
		.spec = "SLMP 5.4",
		.script = "> 5000 00 FF FF03 00 0800 1000 [cmd]0210 [sub]0000 [mode]0300 "
			  "< D000 00 FF FF03 00 0200 [end]0000",
		.expect = "{'complete':true,'slmp':{'framing':'3e_binary','network':0,'station':255,'module_io':1023,'multidrop':0,"
			  "'command_raw':4098,'command':'remote_stop','subcommand':0,'access_type':'admin','forced':true,"
			  "'end_code':0,'rtt_us':1000}}\n",
	},
	{
		.dissector = &slmp_dissector,
		.name = "type name",
		.spec = "SLMP 5.4",
		.script = "> 5000 00 FF FF03 00 0600 1000 [cmd]0101 [sub]0000 "
			  "< D000 00 FF FF03 00 1400 [end]0000 [name]51303355 44454350 55202020 20202020 [code]6802",
		.expect = "{'complete':true,'slmp':{'framing':'3e_binary','network':0,'station':255,'module_io':1023,'multidrop':0,"
			  "'command_raw':257,'command':'read_type_name','subcommand':0,'access_type':'read','end_code':0,"
			  "'model':'Q03UDECPU','model_code':616,'rtt_us':1000}}\n"
			  "{'discovery':{'protocol':'slmp','vendor':'Mitsubishi Electric','model':'Q03UDECPU','role':'plc'}}\n",
	},
	{
		.dissector = &slmp_dissector,
		.name = "batch read, 3E ASCII",
		.spec = "SLMP 4.1",
		.script = "> [sub]35303030 [net]3030 [pc]4646 [io]30334646 [drop]3030 [len]30303138 [timer]30303130 [cmd]30343031 [sub]30303030 [D*]442A [head]303030313030 [points]30303032 "
			  "< [sub]44303030 [net]3030 [pc]4646 [io]30334646 [drop]3030 [len]30303043 [end]30303030 [data]31323334 30303032",
		.expect = "{'complete':true,'slmp':{'framing':'3e_ascii','network':0,'station':255,'module_io':1023,'multidrop':0,"
			  "'command_raw':1025,'command':'read','subcommand':0,'access_type':'read','device':'D','address':100,"
			  "'points':2,'end_code':0,'rtt_us':1000}}\n",
	},
	{
		.dissector = &slmp_dissector,
		.name = "batch write of bits, 4E ASCII, numbers of X in base 16",
		.spec = "SLMP 5.2",
		.script = "> [sub]35343030 [serial]31323334 [fixed]30303030 [net]3030 [pc]4646 [io]30334646 [drop]3030 [len]30303141 [timer]30303130 [cmd]31343031 [sub]30303031 [X]5820 [head]303030304646 [points]30303032 [data]3131 "
			  "< [sub]44343030 [serial]31323334 [fixed]30303030 [net]3030 [pc]4646 [io]30334646 [drop]3030 [len]30303034 [end]30303030",
		.expect = "{'complete':true,'slmp':{'framing':'4e_ascii','serial':4660,'network':0,'station':255,'module_io':1023,"
			  "'multidrop':0,'command_raw':5121,'command':'write','subcommand':1,'access_type':'write','device':'X',"
			  "'address':255,'points':2,'end_code':0,'rtt_us':1000}}\n",
	},
	{
		.dissector = &slmp_dissector,
		.name = "password unlock: the password is not told",
		.spec = "SLMP 5.6",
		.script = "> 5000 00 FF FF03 00 0C00 1000 [cmd]3016 [sub]0000 [length]0400 [password]31323334 "
			  "< D000 00 FF FF03 00 0200 [end]0000",
		.expect = "{'complete':true,'slmp':{'framing':'3e_binary','network':0,'station':255,'module_io':1023,'multidrop':0,"
			  "'command_raw':5680,'command':'remote_password_unlock','subcommand':0,'access_type':'admin','end_code':0,"
			  "'rtt_us':1000}}\n",
	},
	{
		.dissector = &slmp_dissector,
		.name = "a file is written; a command without a name",
		.spec = "SLMP 5.7",
		.script = "> 5000 00 FF FF03 00 0E00 1000 [cmd]2918 [sub]0000 [pointer]0000 [offset]00000000 [n]0000 "
			  "< D000 00 FF FF03 00 0400 0000 0000 "
			  "> 5000 00 FF FF03 00 0600 1000 [cmd]7777 [sub]0000 "
			  "< D000 00 FF FF03 00 0200 [end]59C0",
		.expect = "{'complete':true,'slmp':{'framing':'3e_binary','network':0,'station':255,'module_io':1023,'multidrop':0,"
			  "'command_raw':6185,'command':'write_file','subcommand':0,'access_type':'program','end_code':0,"
			  "'rtt_us':1000}}\n"
			  "{'complete':true,'slmp':{'framing':'3e_binary','network':0,'station':255,'module_io':1023,'multidrop':0,"
			  "'command_raw':30583,'command':'unknown_30583','subcommand':0,'access_type':'other','end_code':49241,"
			  "'rtt_us':1000}}\n",
	},
	{
		.dissector = &slmp_dissector,
		.name = "digits that are none",
		.spec = "SLMP 4.1",
		.script = "> 35303030 3030 4646 30334646 3030 30303138 30303130 [cmd]58343031 30303030 442A 303030313030 30303032",
		.expect = "{'anomaly':{'type':'malformed','reason':'not_hexadecimal','offset':18,'app_proto':'slmp'}}\n",
		.not_first = true,
	},
	{
		.dissector = &slmp_dissector,
		.name = "an answer alone",
		.spec = "SLMP 4.2",
		.script = "< D000 00 FF FF03 00 0400 [end]0000 0100",
		.expect = "{'complete':false,'slmp':{'framing':'3e_binary','network':0,'station':255,'module_io':1023,"
			  "'multidrop':0,'end_code':0}}\n",
	},
	{
		.dissector = &slmp_dissector,
		.name = "remote run without answer",
		.spec = "SLMP 5.4",
		.script = "> 5000 00 FF FF03 00 0A00 1000 [cmd]0110 [sub]0000 [mode]0100 [clear]0000",
		.expect = "{'complete':false,'slmp':{'framing':'3e_binary','network':0,'station':255,'module_io':1023,"
			  "'multidrop':0,'command_raw':4097,'command':'remote_run','subcommand':0,'access_type':'admin',"
			  "'forced':false,'waited_us':0}}\n",
	},
	{
		.dissector = &fins_dissector,
		.name = "handshake of FINS/TCP",
		.spec = "W421 7-4",
		.script = "> [FINS]46494E53 [len]0000000C [cmd]00000000 [err]00000000 [client]00000000 "
			  "< 46494E53 00000010 [cmd]00000001 00000000 [client]00000010 [server]00000020",
		.expect = "{'complete':true,'fins':{'framing':'tcp','tcp_command':'client_node_address','client_node':16,"
			  "'server_node':32,'rtt_us':1000}}\n",
	},
	{
		.dissector = &fins_dissector,
		.name = "memory read and write",
		.spec = "W342 5-3-2",
		.script = "> 46494E53 0000001A [frame]00000002 00000000 [icf]80 00 [gct]02 [dna]00 [da1]20 [da2]00 [sna]00 [sa1]10 [sa2]00 [sid]07 [mrc]01 [src]01 [dm]82 [addr]0064 [bit]00 [items]0002 "
			  "< 46494E53 0000001A 00000002 00000000 C0 00 02 00 10 00 00 20 00 07 0101 [end]0000 00010002 "
			  "> 46494E53 0000001C 00000002 00000000 80 00 02 00 20 00 00 10 00 08 0102 [cio bit]30 0000 05 0001 01 00 "
			  "< 46494E53 00000016 00000002 00000000 C0 00 02 00 10 00 00 20 00 08 0102 [write protected]2101",
		.expect = "{'complete':true,'fins':{'framing':'tcp','tcp_command':'frame','dest':{'network':0,'node':32,'unit':0},"
			  "'source':{'network':0,'node':16,'unit':0},'sid':7,'command_raw':257,'command':'memory_area_read',"
			  "'access_type':'read','area':'dm','address':100,'bit':0,'items':2,'end_code':0,'rtt_us':1000}}\n"
			  "{'complete':true,'fins':{'framing':'tcp','tcp_command':'frame','dest':{'network':0,'node':32,'unit':0},"
			  "'source':{'network':0,'node':16,'unit':0},'sid':8,'command_raw':258,'command':'memory_area_write',"
			  "'access_type':'write','area':'cio_bit','address':0,'bit':5,'items':1,'end_code':8449,'rtt_us':1000}}\n",
	},
	{
		.dissector = &fins_dissector,
		.name = "run and stop",
		.spec = "W342 5-3-15",
		.script = "> 46494E53 00000017 00000002 00000000 80 00 02 00 20 00 00 10 00 09 0401 [program]FFFF [monitor]02 "
			  "< 46494E53 00000016 00000002 00000000 C0 00 02 00 10 00 00 20 00 09 0401 [end, CPU error flag]0040 "
			  "> 46494E53 00000014 00000002 00000000 80 00 02 00 20 00 00 10 00 0A 0402",
		.expect = "{'complete':true,'fins':{'framing':'tcp','tcp_command':'frame','dest':{'network':0,'node':32,'unit':0},"
			  "'source':{'network':0,'node':16,'unit':0},'sid':9,'command_raw':1025,'command':'run',"
			  "'access_type':'admin','mode':'monitor','end_code':0,'rtt_us':1000}}\n"
			  "{'complete':false,'fins':{'framing':'tcp','tcp_command':'frame','dest':{'network':0,'node':32,'unit':0},"
			  "'source':{'network':0,'node':16,'unit':0},'sid':10,'command_raw':1026,'command':'stop',"
			  "'access_type':'admin','waited_us':0}}\n",
	},
	{
		.dissector = &fins_dissector,
		.name = "program read, refused frame",
		.spec = "W421 7-4",
		.script = "> 46494E53 00000014 00000002 00000000 81 00 02 00 20 00 00 10 00 0B [no answer wanted]0306 "
			  "< 46494E53 00000008 [frame error]00000003 [no node]00000022 "
			  "> 46494E53 00000008 [confirmation]00000006 00000000",
		.expect = "{'complete':false,'fins':{'framing':'tcp','tcp_command':'frame','dest':{'network':0,'node':32,'unit':0},"
			  "'source':{'network':0,'node':16,'unit':0},'sid':11,'command_raw':774,'command':'program_area_read',"
			  "'access_type':'program','waited_us':0}}\n"
			  "{'complete':false,'fins':{'framing':'tcp','tcp_command':'frame_error','tcp_error':34,'waited_us':0}}\n"
			  "{'complete':false,'fins':{'framing':'tcp','tcp_command':'connection_confirmation','waited_us':0}}\n",
	},
	{
		.dissector = &fins_udp_dissector,
		.name = "memory read over UDP",
		.spec = "W342 5-3-2",
		.script = "> 80 00 02 00 20 00 00 10 00 01 0101 B0 0000 00 0001 "
			  "< C0 00 02 00 10 00 00 20 00 01 0101 0000 1234",
		.expect = "{'complete':true,'fins':{'framing':'udp','dest':{'network':0,'node':32,'unit':0},'source':{'network':0,"
			  "'node':16,'unit':0},'sid':1,'command_raw':257,'command':'memory_area_read','access_type':'read',"
			  "'area':'cio','address':0,'bit':0,'items':1,'end_code':0,'rtt_us':1000}}\n",
	},
	{
		.dissector = &fins_udp_dissector,
		.name = "controller data",
		.spec = "W342 5-3-17",
		.script = "> 80 00 02 00 20 00 00 10 00 02 0501 "
			  "< C0 00 02 00 10 00 00 20 00 02 0501 0000 [model]434A324D2D435055333320202020202020202020 [version]30322E30312020202020202020202020 20202020",
		.expect = "{'complete':true,'fins':{'framing':'udp','dest':{'network':0,'node':32,'unit':0},'source':{'network':0,"
			  "'node':16,'unit':0},'sid':2,'command_raw':1281,'command':'controller_data_read','access_type':'read',"
			  "'end_code':0,'model':'CJ2M-CPU33','firmware':'02.01','rtt_us':1000}}\n"
			  "{'discovery':{'protocol':'fins','vendor':'OMRON','model':'CJ2M-CPU33','firmware':'02.01','role':'plc','detail':{'station':'0.32.0'}}}\n",
	},
	{
		.dissector = &fins_udp_dissector,
		.name = "no header; an answer alone",
		.spec = "W342 3-3",
		.script = "> 80 01 02 00 20 00 00 10 00 02 0501 "
			  "< C0 00 02 00 10 00 00 20 00 05 2203 0000",
		.expect = "{'anomaly':{'type':'malformed','reason':'fins_header_invalid','offset':0,'app_proto':'fins'}}\n"
			  "{'complete':false,'fins':{'framing':'udp','dest':{'network':0,'node':32,'unit':0},'source':{'network':0,"
			  "'node':16,'unit':0},'sid':5,'command_raw':8707,'command':'single_file_write','access_type':'program',"
			  "'end_code':0}}\n",
		.not_first = true,
	},
	{
		.dissector = &s7comm_dissector,
		.name = "connect, set up, read a data block",
		.spec = "S7",
		.script = "> [tpkt]0300 0016 [len]11 [CR]E0 0000 0001 00 [size]C0010A [calling]C1020100 [called: pg, rack 0 slot 2]C2020102 [tpkt]0300 0019 [DT]02 F0 80 [s7]32 [job]01 0000 [ref]0100 [p]0008 [d]0000 [setup]F0 00 0001 0001 01E0 "
			  "< 0300 0016 11 [CC]D0 0001 0002 00 C0010A C1020100 C2020102 0300 001B 02F080 32 [ack data]03 0000 0100 0008 0000 [err]0000 F0 00 0001 0001 00F0 "
			  "> 0300 001F 02F080 32 01 0000 0200 [p]000E [d]0000 [read]04 [n]01 [spec]12 0A 10 [byte]02 [count]0004 [db]0001 [area]84 [bit address]000050 "
			  "< 0300 001D 02F080 32 03 0000 0200 [p]0002 [d]0008 [err]0000 04 01 [done]FF [bits]04 0020 [data]DEADBEEF",
		.expect = "{'complete':true,'s7comm':{'variant':'s7comm','connection':'pg','rack':0,'slot':2,'pdu_type':'job',"
			  "'pdu_reference':256,'function_raw':240,'function':'setup_communication','access_type':'other',"
			  "'error_code':0,'rtt_us':1000}}\n"
			  "{'complete':true,'s7comm':{'variant':'s7comm','connection':'pg','rack':0,'slot':2,'pdu_type':'job',"
			  "'pdu_reference':512,'function_raw':4,'function':'read_var','access_type':'read',"
			  "'items':[{'area':'data_block','db':1,'address':10,'bit':0,'count':4}],'error_code':0,'rtt_us':1000}}\n",
		.loose = true,
	},
	{
		.dissector = &s7comm_dissector,
		.name = "write refused, several items",
		.spec = "S7",
		.script = "> 0300 0037 02F080 32 01 0000 0201 [p]001A [d]000C [write]05 [n]02 12 0A 10 [bit]01 0001 0000 [flags]83 000005 12 0A 10 [timer]1D 0002 0000 [timers]1D 000007 [values]00 03 0001 01 00 00 04 0020 0A0B "
			  "< 0300 0017 02F080 32 03 0000 0201 0002 0002 [err]0000 05 02 [done]FF [no such object]0A",
		.expect = "{'complete':true,'s7comm':{'variant':'s7comm','pdu_type':'job','pdu_reference':513,'function_raw':5,"
			  "'function':'write_var','access_type':'write','items':[{'area':'flags','address':0,'bit':5,'count':1},"
			  "{'area':'timers','address':7,'count':2}],'error_code':0,'return_code':10,'rtt_us':1000}}\n",
	},
	{
		.dissector = &s7comm_dissector,
		.name = "stop, then start by program invocation",
		.spec = "S7",
		.script = "> 0300 0021 02F080 32 01 0000 0300 [p]0010 [d]0000 [stop]29 0000000000 09 [P_PROGRAM]505F50524F4752414D "
			  "< 0300 0014 02F080 32 03 0000 0300 0001 0000 [err]0000 29 "
			  "> 0300 0025 02F080 32 01 0000 0301 [p]0014 [d]0000 [pi]28 000000000000FD [block]0000 09 505F50524F4752414D "
			  "< 0300 0014 02F080 32 03 0000 0301 0001 0000 [busy]8104 28",
		.expect = "{'complete':true,'s7comm':{'variant':'s7comm','pdu_type':'job','pdu_reference':768,'function_raw':41,"
			  "'function':'plc_stop','access_type':'admin','pi_service':'P_PROGRAM','error_code':0,'rtt_us':1000}}\n"
			  "{'complete':true,'s7comm':{'variant':'s7comm','pdu_type':'job','pdu_reference':769,'function_raw':40,"
			  "'function':'pi_service','access_type':'admin','pi_service':'P_PROGRAM','error_code':33028,"
			  "'rtt_us':1000}}\n",
	},
	{
		.dissector = &s7comm_dissector,
		.name = "a block is downloaded: the controller fetches it",
		.spec = "S7",
		.script = "> 0300 0031 02F080 32 01 0000 0400 [p]0020 [d]0000 [request download]1A 01 0000 00000000 09 [_0A00001P]5F30413030303031 50 0D 31 303030313034 303030303136 "
			  "< 0300 0014 02F080 32 03 0000 0400 0001 0000 0000 1A "
			  "< 0300 0023 02F080 32 [the server asks]01 0000 0500 [p]0012 [d]0000 [download block]1B 00 0000 00000000 09 5F30413030303031 50 "
			  "> 0300 001C 02F080 32 03 0000 0500 [p]0002 [d]0007 0000 1B 00 [data]0003 00FB 010203",
		.expect = "{'complete':true,'s7comm':{'variant':'s7comm','pdu_type':'job','pdu_reference':1024,'function_raw':26,"
			  "'function':'request_download','access_type':'program','block':{'type':'DB','number':1},'error_code':0,"
			  "'rtt_us':1000}}\n"
			  "{'complete':true,'s7comm':{'variant':'s7comm','by_server':true,'pdu_type':'job','pdu_reference':1280,"
			  "'function_raw':27,'function':'download_block','access_type':'program','block':{'type':'DB','number':1},"
			  "'error_code':0,'rtt_us':1000}}\n",
		.loose = true,
	},
	{
		.dissector = &s7comm_dissector,
		.name = "activate a block",
		.spec = "S7",
		.script = "> 0300 002B 02F080 32 01 0000 0402 [p]001A [d]0000 28 000000000000FD [block]000A 0100 3041303030303150 05 [_INSE]5F494E5345 "
			  "< 0300 0014 02F080 32 03 0000 0402 0001 0000 0000 28",
		.expect = "{'complete':true,'s7comm':{'variant':'s7comm','pdu_type':'job','pdu_reference':1026,'function_raw':40,"
			  "'function':'pi_service','access_type':'program','pi_service':'_INSE','error_code':0,'rtt_us':1000}}\n",
	},
	{
		.dissector = &s7comm_dissector,
		.name = "userdata: status list, refused; clock; password not told",
		.spec = "S7",
		.script = "> 0300 0021 02F080 32 [userdata]07 0000 0600 [p]0008 [d]0008 000112 04 11 [asks, cpu]44 [read szl]01 00 FF 09 0004 [id]0132 [index]0004 "
			  "< 0300 0021 02F080 32 07 0000 0600 [p]000C [d]0004 000112 08 12 [answers]84 01 01 00 00 [error]D401 0A000000 "
			  "> 0300 001D 02F080 32 07 0000 0601 0008 0004 000112 04 11 [time]47 [set]02 00 0A000000 "
			  "> 0300 0025 02F080 32 07 0000 0602 0008 000C 000112 04 11 [security]45 [password]01 00 FF 09 0008 6162636465666768 "
			  "< 0300 001D 02F080 32 07 0000 0700 0008 0004 000112 04 12 [the server tells]04 06 00 0A000000",
		.expect = "{'complete':true,'s7comm':{'variant':'s7comm','pdu_type':'userdata','pdu_reference':1536,"
			  "'function_raw':1025,'function':'read_szl','access_type':'read','szl_id':306,'szl_index':4,"
			  "'error_code':54273,'rtt_us':1000}}\n"
			  "{'complete':false,'s7comm':{'variant':'s7comm','by_server':true,'pdu_type':'userdata',"
			  "'pdu_reference':1792,'function_raw':1030,'function':'cpu_function','access_type':'other','waited_us':0}}\n"
			  "{'complete':false,'s7comm':{'variant':'s7comm','pdu_type':'userdata','pdu_reference':1537,"
			  "'function_raw':1794,'function':'set_clock','access_type':'admin','waited_us':2000}}\n"
			  "{'complete':false,'s7comm':{'variant':'s7comm','pdu_type':'userdata','pdu_reference':1538,"
			  "'function_raw':1281,'function':'plc_password','access_type':'admin','waited_us':1000}}\n",
	},
	{
		.dissector = &s7comm_dissector,
		.name = "a message in two TPDUs, an empty one between",
		.spec = "S7",
		.script = "> 0300 0015 02 F0 [goes on]00 32 01 0000 0800 [p]000E [d]0000 04 01 12 0A 0300 0011 02F080 10 02 0004 0001 84 000050 0300 0007 02F080",
		.expect = "{'complete':false,'s7comm':{'variant':'s7comm','pdu_type':'job','pdu_reference':2048,'function_raw':4,"
			  "'function':'read_var','access_type':'read','waited_us':0}}\n",
	},
	{
		.dissector = &s7comm_dissector,
		.name = "S7comm-plus is named once for each side",
		.spec = "S7",
		.script = "> 0300 0017 02F080 72 01 [len]0008 [request]31 0000 04CA 000000 [trailer]72010000 "
			  "< 0300 0017 02F080 72 01 0008 [response]32 0000 04CA 000000 72010000 "
			  "> 0300 0017 02F080 72 01 0008 31 0000 04CA 000001 72010000",
		.expect = "{'s7comm':{'variant':'s7comm_plus'}}\n"
			  "{'s7comm':{'variant':'s7comm_plus','by_server':true}}\n",
	},
	{
		.dissector = &s7comm_dissector,
		.name = "no function; an acknowledgement",
		.spec = "S7",
		.script = "> 0300 0011 02F080 32 01 0000 0900 0000 0000 "
			  "< 0300 0013 02F080 32 [ack]02 0000 0901 0000 0000 [err]8500",
		.expect = "{'anomaly':{'type':'malformed','reason':'no_function','offset':17,'app_proto':'s7comm'}}\n"
			  "{'complete':false,'s7comm':{'variant':'s7comm','pdu_type':'ack','pdu_reference':2305,"
			  "'error_code':34048}}\n",
	},
	{
		.dissector = &s7comm_dissector,
		.name = "a controller tells its order number and firmware",
		.spec = "SZL 0011",
		.script = "> [TPKT]0300 0021 [COTP]02 F0 80 32 07 0000 0200 0008 0008 [par]000112 04 11 44 01 00 [data]FF 09 0004 0011 0000 "
			  "< [TPKT]0300 0099 [COTP]02 F0 80 32 07 0000 0200 000C 007C [par]000112 08 12 84 01 01 00 00 0000 [done]FF 09 0078 [SZL]0011 0000 [bytes]001C [records]0004 0001 36455337203331352D32454831342D3041423020 00C0 0006 0001 0006 36455337203331352D32454831342D3041423020 00C0 0006 0001 0007 2020202020202020202020202020202020202020 00C0 56030206 0081 426F6F74204C6F61646572202020202020202020 00C0 41200909",
		.expect = "{'complete':true,'s7comm':{'variant':'s7comm','pdu_type':'userdata','pdu_reference':512,'function_raw':1025,"
			  "'function':'read_szl','access_type':'read','szl_id':17,'szl_index':0,'error_code':0,'rtt_us':1000}}\n"
			  "{'discovery':{'protocol':'s7_identification','vendor':'Siemens','model':'6ES7 315-2EH14-0AB0','firmware':'3.2.6','detail':{'bootloader':'A 32.9.9'}}}\n",
	},
	{
		.dissector = &s7comm_dissector,
		.name = "a controller tells its name and serial number",
		.spec = "SZL 001C",
		.script = "> [TPKT]0300 0021 [COTP]02 F0 80 32 07 0000 0200 0008 0008 [par]000112 04 11 44 01 00 [data]FF 09 0004 001C 0000 "
			  "< [TPKT]0300 0139 [COTP]02 F0 80 32 07 0000 0200 000C 011C [par]000112 08 12 84 01 01 00 00 0000 [done]FF 09 0118 [SZL]001C 0000 [bytes]0022 [records]0008 0001 5072657373206C696E6520320000000000000000000000000000000000000000 0002 504C435F31000000000000000000000000000000000000000000000000000000 0003 506C616E74203700000000000000000000000000000000000000000000000000 0004 4F726967696E616C205369656D656E732045717569706D656E74000000000000 0005 5320432D43345452313233343536373800000000000000000000000000000000 0007 435055203331352D3220504E2F44500000000000000000000000000000000000 0008 4D4D432035463241314330330000000000000000000000000000000000000000 000B 48616C6C20320000000000000000000000000000000000000000000000000000",
		.expect = "{'complete':true,'s7comm':{'variant':'s7comm','pdu_type':'userdata','pdu_reference':512,'function_raw':1025,"
			  "'function':'read_szl','access_type':'read','szl_id':28,'szl_index':0,'error_code':0,'rtt_us':1000}}\n"
			  "{'discovery':{'protocol':'s7_identification','name':'Press line 2','model':'CPU 315-2 PN/DP','serial':'S C-C4TR12345678','role':'plc','detail':{'product_name':'PLC_1','location':'Hall 2','plant':'Plant 7','memory_card_serial':'MMC 5F2A1C03'}}}\n",
	},
	{
		.dissector = &enip_dissector,
		.name = "a session is registered",
		.spec = "CIP2 2-4.4",
		.script = "> [cmd]6500 [len]0400 [session]00000000 [status]00000000 [context]0102030405060708 [options]00000000 [version]0100 [options]0000 "
			  "< [cmd]6500 [len]0400 [session]01000000 [status]00000000 [context]0102030405060708 [options]00000000 0100 0000",
		.expect = "{'complete':true,'enip':{'command_raw':101,'command':'register_session','session':1,'status':0,"
			  "'rtt_us':1000}}\n",
	},
	{
		.dissector = &enip_dissector,
		.name = "a controller tells its identity",
		.spec = "CIP2 2-4.2",
		.script = "> [cmd]6300 [len]0000 [session]00000000 [status]00000000 [context]00*8 [options]00000000 "
			  "< [cmd]6300 [len]2F00 [session]00000000 [status]00000000 [context]00*8 [options]00000000 [items]0100 [identity]0C00 2900 [version]0100 [family]0002 AF12 C0A80032 00*8 "
			  "[maker]0100 [type]0E00 [product]3600 [revision]14 0B [status]3060 [serial]78563412 [name]07 31373536 2D4C38 [state]03",
		.expect = "{'discovery':{'protocol':'enip_identity','ip':['192.168.0.50'],'model':'1756-L8','serial':'12345678','firmware':'20.11',"
			  "'role':'plc','detail':{'vendor_id':1,'device_type':14,'product_code':54}}}\n"
			  "{'complete':true,'enip':{'command_raw':99,'command':'list_identity','session':0,'status':0,'rtt_us':1000}}\n",
	},
	{
		.dissector = &enip_dissector,
		.name = "an identity beyond its end",
		.spec = "CIP2 2-4.2",
		.script = "< [cmd]6300 [len]0C00 [session]00000000 [status]00000000 [context]00*8 [options]00000000 0100 0C00 0600 0100 00000000",
		.expect = "{'anomaly':{'type':'malformed','reason':'identity_truncated','offset':24,'app_proto':'enip'}}\n"
			  "{'complete':false,'enip':{'command_raw':99,'command':'list_identity','session':0,'status':0}}\n",
	},
	{
		.dissector = &enip_dissector,
		.name = "attribute read and written, unconnected",
		.spec = "CIP1 A-4",
		.script = "> [cmd]6F00 [len]1800 [session]01000000 [status]00000000 [context]0102030405060708 [options]00000000 [interface]00000000 [timeout]0A00 [items]0200 [null]0000 0000 [unconnected]B200 0800 [get attribute single]0E 03 [class]20 01 [instance]24 01 [attribute]30 07 "
			  "< [cmd]6F00 [len]1900 [session]01000000 [status]00000000 [context]0102030405060708 [options]00000000 [interface]00000000 [timeout]0A00 [items]0200 [null]0000 0000 [unconnected]B200 0900 8E 00 [done]00 00 [data]0431323334 "
			  "> [cmd]6F00 [len]1E00 [session]01000000 [status]00000000 [context]0102030405060708 [options]00000000 [interface]00000000 [timeout]0A00 [items]0200 [null]0000 0000 [unconnected]B200 0E00 [set attribute single]10 04 [class, 16 bits]2100 F500 [instance]24 01 [attribute]30 05 C0A80101 "
			  "< [cmd]6F00 [len]1400 [session]01000000 [status]00000000 [context]0102030405060708 [options]00000000 [interface]00000000 [timeout]0A00 [items]0200 [null]0000 0000 [unconnected]B200 0400 90 00 [not settable]0E 00",
		.expect = "{'complete':true,'enip':{'command_raw':111,'command':'send_rr_data','session':1,'status':0,"
			  "'access_type':'read','connected':false,'cip':{'service_raw':14,'service':'get_attribute_single',"
			  "'class_id':1,'instance':1,'attribute':7,'status':0},'rtt_us':1000}}\n"
			  "{'complete':true,'enip':{'command_raw':111,'command':'send_rr_data','session':1,'status':0,"
			  "'access_type':'write','connected':false,'cip':{'service_raw':16,'service':'set_attribute_single',"
			  "'class_id':245,'instance':1,'attribute':5,'status':14},'rtt_us':1000}}\n",
	},
	{
		.dissector = &enip_dissector,
		.name = "tags over a connection",
		.spec = "DA 2",
		.script = "> [cmd]7000 [len]2200 [session]01000000 [status]00000000 [context]0000000000000000 [options]00000000 00000000 0000 0200 [address]A100 0400 11223344 [connected]B100 0E00 [seq]0100 [read tag]4C 04 [symbol]91 05 5370656564 00 0100 "
			  "< [cmd]7000 [len]2000 [session]01000000 [status]00000000 [own context]1122334455667788 [options]00000000 00000000 0000 0200 [address]A100 0400 11223344 [connected]B100 0C00 [seq]0100 CC 00 00 00 C400 01000000 "
			  "> [cmd]7000 [len]2800 [session]01000000 [status]00000000 [context]0000000000000000 [options]00000000 00000000 0000 0200 [address]A100 0400 11223344 [connected]B100 1400 [seq]0200 [write tag]4D 04 91 05 5370656564 00 C400 0100 2A000000 "
			  "< [cmd]7000 [len]1A00 [session]01000000 [status]00000000 [own context]1122334455667788 [options]00000000 00000000 0000 0200 [address]A100 0400 11223344 [connected]B100 0600 [seq]0200 CD 00 00 00",
		.expect = "{'complete':true,'enip':{'command_raw':112,'command':'send_unit_data','session':1,'status':0,"
			  "'access_type':'read','connected':true,'cip':{'service_raw':76,'service':'read_tag','symbol':'Speed',"
			  "'status':0},'rtt_us':1000}}\n"
			  "{'complete':true,'enip':{'command_raw':112,'command':'send_unit_data','session':1,'status':0,"
			  "'access_type':'write','connected':true,'cip':{'service_raw':77,'service':'write_tag','symbol':'Speed',"
			  "'status':0},'rtt_us':1000}}\n",
	},
	{
		.dissector = &enip_dissector,
		.name = "several services in one",
		.spec = "CIP1 A-4.10",
		.script = "> [cmd]7000 [len]3600 [session]01000000 [status]00000000 [context]0000000000000000 [options]00000000 00000000 0000 0200 [address]A100 0400 11223344 [connected]B100 2200 [seq]0300 [multiple]0A 02 20 02 24 01 [n]0200 [offsets]0600 0E00 [get attribute list]03 02 20 AC 24 01 0100 [write tag]4D 02 91 01 41 00 C400 0100 2A00 "
			  "< [cmd]7000 [len]2800 [session]01000000 [status]00000000 [context]0000000000000000 [options]00000000 00000000 0000 0200 [address]A100 0400 11223344 [connected]B100 1400 [seq]0300 8A 00 [partial]1E 00 0200 0600 0A00 8300 0000 CD00 0500",
		.expect = "{'complete':true,'enip':{'command_raw':112,'command':'send_unit_data','session':1,'status':0,"
			  "'access_type':'write','connected':true,'cip':{'service_raw':10,'service':'multiple_service_packet',"
			  "'class_id':2,'instance':1,'status':30},'services':[{'service_raw':3,'service':'get_attribute_list',"
			  "'class_id':172,'instance':1},{'service_raw':77,'service':'write_tag','symbol':'A'}],'rtt_us':1000}}\n",
	},
	{
		.dissector = &enip_dissector,
		.name = "routed reset; forward open",
		.spec = "CIP1 3-5.5",
		.script = "> [cmd]6F00 [len]2400 [session]01000000 [status]00000000 [context]0102030405060708 [options]00000000 [interface]00000000 [timeout]0A00 [items]0200 [null]0000 0000 [unconnected]B200 1400 [unconnected send]52 02 20 06 24 01 [tick]0A 0E [bytes]0600 [reset]05 02 20 01 24 01 [route]01 00 01 00 "
			  "< [cmd]6F00 [len]1400 [session]01000000 [status]00000000 [context]0102030405060708 [options]00000000 [interface]00000000 [timeout]0A00 [items]0200 [null]0000 0000 [unconnected]B200 0400 85 00 [device state]10 00 "
			  "> [cmd]6F00 [len]1A00 [session]01000000 [status]00000000 [context]0102030405060708 [options]00000000 [interface]00000000 [timeout]0A00 [items]0200 [null]0000 0000 [unconnected]B200 0A00 [forward open]54 02 20 06 24 01 0A0E0000 "
			  "< [cmd]6F00 [len]1600 [session]01000000 [status]00000000 [context]0102030405060708 [options]00000000 [interface]00000000 [timeout]0A00 [items]0200 [null]0000 0000 [unconnected]B200 0600 D4 00 [failed]01 01 0001",
		.expect = "{'complete':true,'enip':{'command_raw':111,'command':'send_rr_data','session':1,'status':0,"
			  "'access_type':'admin','connected':false,'routed':true,'cip':{'service_raw':5,'service':'reset',"
			  "'class_id':1,'instance':1,'status':16},'rtt_us':1000}}\n"
			  "{'complete':true,'enip':{'command_raw':111,'command':'send_rr_data','session':1,'status':0,"
			  "'access_type':'other','connected':false,'cip':{'service_raw':84,'service':'forward_open','class_id':6,"
			  "'instance':1,'status':1},'rtt_us':1000}}\n",
	},
	{
		.dissector = &enip_dissector,
		.name = "a file is fetched; the session ends",
		.spec = "CIP1 5-42",
		.script = "> [cmd]6F00 [len]1700 [session]01000000 [status]00000000 [context]0102030405060708 [options]00000000 [interface]00000000 [timeout]0A00 [items]0200 [null]0000 0000 [unconnected]B200 0700 [initiate upload]4B 02 20 37 24 C8 FF "
			  "> [cmd]6600 [len]0000 [session]01000000 [status]00000000 [context]0102030405060708 [options]00000000",
		.expect = "{'complete':false,'enip':{'command_raw':102,'command':'unregister_session','session':1,'waited_us':0}}\n"
			  "{'complete':false,'enip':{'command_raw':111,'command':'send_rr_data','session':1,"
			  "'access_type':'program','connected':false,'cip':{'service_raw':75,'service':'initiate_upload',"
			  "'class_id':55,'instance':200},'waited_us':1000}}\n",
	},
	{
		.dissector = &enip_dissector,
		.name = "refused by the encapsulation; list services; an answer alone",
		.spec = "CIP2 2-3.5",
		.script = "> [cmd]6F00 [len]1600 [session]01000000 [status]00000000 [context]0102030405060708 [options]00000000 [interface]00000000 [timeout]0A00 [items]0200 [null]0000 0000 [unconnected]B200 0600 01 02 20 01 24 01 "
			  "< [cmd]6F00 [len]0000 [session]01000000 [status]64000000 [context]0102030405060708 [options]00000000 "
			  "> [cmd]0400 [len]0000 [session]00000000 [status]00000000 [context]0102030405060708 [options]00000000 "
			  "< [cmd]6F00 [len]1500 [session]01000000 [status]00000000 [context]0102030405060708 [options]00000000 [interface]00000000 [timeout]0A00 [items]0200 [null]0000 0000 [unconnected]B200 0500 81 00 00 00 00",
		.expect = "{'complete':true,'enip':{'command_raw':111,'command':'send_rr_data','session':1,'status':100,"
			  "'access_type':'read','connected':false,'cip':{'service_raw':1,'service':'get_attributes_all',"
			  "'class_id':1,'instance':1},'rtt_us':1000}}\n"
			  "{'complete':false,'enip':{'command_raw':111,'command':'send_rr_data','session':1,'status':0,"
			  "'access_type':'other','connected':false,'cip':{'service_raw':1,'service':'get_attributes_all',"
			  "'status':0}}}\n"
			  "{'complete':false,'enip':{'command_raw':4,'command':'list_services','session':0,'waited_us':1000}}\n",
	},
	{
		.dissector = &enip_dissector,
		.name = "a path that leaves its message",
		.spec = "CIP1 C-1",
		.script = "> [cmd]6F00 [len]1800 [session]01000000 [status]00000000 [context]0102030405060708 [options]00000000 [interface]00000000 [timeout]0A00 [items]0200 [null]0000 0000 [unconnected]B200 0800 0E 7F 20 01 24 01 30 07",
		.expect = "{'anomaly':{'type':'malformed','reason':'cip_message_invalid','offset':24,'app_proto':'enip'}}\n",
		.not_first = true,
	},
};

#endif
