/*
 * What the light OT protocols say on the wire and what their dissectors make of it: one row a case, with the section of
 * the specification that it is of. The script is that of dissect_harness.h; the lines are expected after the flow has
 * ended, with ' for ". Add a row, not a function.
 */
#ifndef SEKISHO_TESTS_OT_VECTORS_H
#define SEKISHO_TESTS_OT_VECTORS_H

#include <stdbool.h>

#include "ot/slmp.h"
#include "ot/fins.h"

static const struct dissector *const ot_all[] = {&slmp_dissector, &fins_dissector, &fins_udp_dissector};

struct ot_vector {
	const struct dissector *dissector;
	const char *name;
	const char *spec;
	const char *script;
	const char *expect;
	bool not_first; /* no flow begins so: it is read in known flows only */
	bool loose;     /* what is told depends on what went before */
};

static const struct ot_vector ot_vectors[] = {
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
			  "'model':'Q03UDECPU','model_code':616,'rtt_us':1000}}\n",
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
			  "'end_code':0,'model':'CJ2M-CPU33','firmware':'02.01','rtt_us':1000}}\n",
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
};

#endif
