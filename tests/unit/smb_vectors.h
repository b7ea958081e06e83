/*
 * What SMB and DCE/RPC say on the wire and what the dissectors make of it: one row a case, with the section of the specification that it is of.
 * The script is that of dissect_harness.h; the lines are expected after the flow has ended, with ' for ". Add a row, not a function.
 */
#ifndef SEKISHO_TESTS_SMB_VECTORS_H
#define SEKISHO_TESTS_SMB_VECTORS_H


#include "smb/smb.h"
#include "vectors.h"

static const struct vector smb_vectors[] = {
	{
		.name = "negotiate 3.1.1",
		.spec = "SMB2 2.2.3, 2.2.4",
		.dissector = &smb_dissector,
		.script =
			"> [nbss]000000bc [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0000 [credits]0100 [flags]00000000 [next]00000000 "
			"[message id]0000000000000000 [tree]fffe000000000000 [session]0000000000000000 [signature]00000000000000000000000000000000 [size]2400 [dialects]0500 "
			"[security]01000000 [capabilities]7f000000 [client GUID]00000010000000000000000000000010 [contexts]7000000004000000 [dialect]0202 [dialect]1002 "
			"[dialect]0003 [dialect]0203 [dialect]1103 [padding]0000 [context]01000600000000000100000001000000 [context]02000800000000000300020001000400 "
			"[context]03000c000000000002000000000000000100030000000000 [context]05000c0000000000660069006c00650073003100"
			"< [nbss]000000b2 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0000 [credits]0100 [flags]01000000 [next]00000000 "
			"[message id]0000000000000000 [tree]fffe000000000000 [session]0000000000000000 [signature]00000000000000000000000000000000 [size]4100 [security]0300 "
			"[dialect]1103 [contexts]0300 [server GUID]00000020000000000000000000000020 [capabilities]2f000000 [max]000080000000800000008000 [time]004ceab1475bdc01"
			" [start]00e425503f5bdc01 [blob]80000000 [contexts at]80000000 [context]01000600000000000100000001000000 [context]02000400000000000100020000000000 "
			"[context]03000a000000000001000000000000000100",
		.expect = "{'complete':true,'smb':{'id':1,'version':3,'dialect':'3.11','command':'SMB2_COMMAND_NEGOTIATE_PROTOCOL','command_raw':0,'status':'STATUS_SUC"
			  "CESS','status_code':0,'session_id':0,'tree_id':0,'message_id':0,'rtt_us':1000,'async':false,'signed':false,'negotiate':{'client_dialects':['"
			  "2.02','2.10','3.00','3.02','3.11'],'client_guid':'10000000-0000-0000-0000-000000000010','client_signing_required':false,'server_guid':'20000"
			  "000-0000-0000-0000-000000000020','signing_required':true,'system_time':'2025-11-22T00:34:00.000000+0000','server_start':'2025-11-21T23:34:00"
			  ".000000+0000','server':'files1','ciphers':['AES-128-GCM','AES-128-CCM','AES-256-GCM','AES-128-GCM'],'compression':['LZNT1','LZ77+Huffman','L"
			  "ZNT1']}}}\n"
			  "{'discovery':{'protocol':'smb','detail':{'uuid':'20000000-0000-0000-0000-000000000020','dialect':'3.11'}}}\n",
	},
	{
		.name = "negotiate in SMB 1, answered in SMB 2",
		.spec = "SMB2 3.3.5.3.1",
		.dissector = &smb_dissector,
		.script =
			"> [nbss]0000003a [SMB1]ff534d42 [command]72 [status]00000000 [flags]18 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0000 [pid]fffe"
			" [uid]0000 [mid]0000 [words]00 [bytes]1700 [dialects]024e54204c4d20302e31320002534d4220322e3f3f3f00"
			"< [nbss]00000080 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0000 [credits]0100 [flags]01000000 [next]00000000 "
			"[message id]0000000000000000 [tree]fffe000000000000 [session]0000000000000000 [signature]00000000000000000000000000000000 [size]4100 [security]0100 "
			"[dialect]ff02 [contexts]0000 [server GUID]00000020000000000000000000000020 [capabilities]2f000000 [max]000080000000800000008000 [time]004ceab1475bdc01"
			" [start]00e425503f5bdc01 [blob]80000000 [contexts at]00000000",
		.expect = "{'complete':true,'smb':{'id':1,'version':1,'command':'SMB1_COMMAND_NEGOTIATE_PROTOCOL','command_raw':114,'session_id':0,'tree_id':0,'process"
			  "_id':65279,'multiplex_id':0,'rtt_us':1000,'signed':false,'negotiate':{'client_dialects':['NT LM 0.12','SMB 2.\?\?\?']}}}\n"
			  "{'complete':false,'smb':{'id':2,'version':2,'dialect':'2.\?\?','command':'SMB2_COMMAND_NEGOTIATE_PROTOCOL','command_raw':0,'status':'STATUS_SU"
			  "CCESS','status_code':0,'session_id':0,'tree_id':0,'message_id':0,'async':false,'signed':false,'negotiate':{'server_guid':'20000000-0000-0000"
			  "-0000-000000000020','signing_required':false,'system_time':'2025-11-22T00:34:00.000000+0000','server_start':'2025-11-21T23:34:00.000000+0000"
			  "'}}}\n"
			  "{'discovery':{'protocol':'smb','detail':{'uuid':'20000000-0000-0000-0000-000000000020'}}}\n",
	},
	{
		.name = "NTLM logon refused",
		.spec = "SMB2 2.2.5, NLMP 2.2.1.3",
		.dissector = &smb_dissector,
		.script =
			"> [nbss]000000d7 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0100 [credits]0100 [flags]00000000 [next]00000000 "
			"[message id]0200000000000000 [tree]fffe000000000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]1900 "
			"[flags, security]0001 [capabilities]0100000000000000 [blob]58007f00 [previous]0000000000000000 "
			"[security blob]a17d307ba0030a0101a10c060a2b06010401823702020aa26604644e544c4d5353500003000000180018004c00000000000000640000000000000048000000000000004"
			"800000004000400480000000000000064000000158288e20a0063450000000f50004300222222222222222222222222222222222222222222222222"
			"< [nbss]00000049 [SMB2]fe534d42 [size]4000 [charge]0100 [status]6d0000c0 [command]0100 [credits]0100 [flags]01000000 [next]00000000 "
			"[message id]0200000000000000 [tree]fffe000000000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]090000000000000000",
		.expect =
			"{'complete':true,'smb':{'id':1,'version':2,'command':'SMB2_COMMAND_SESSION_SETUP','command_raw':1,'status':'STATUS_LOGON_FAILURE','status_co"
			"de':3221225581,'session_id':4398046511105,'tree_id':0,'message_id':2,'rtt_us':1000,'async':false,'signed':false,'mechanism':'ntlmssp','ntlms"
			"sp':{'type':'authenticate','domain':'','user':'','host':'PC','ntlm_version':'lm','version':'10.0.17763'}}}\n",
	},
	{
		.name = "raw NTLMSSP without SPNEGO",
		.spec = "SMB2 2.2.5",
		.dissector = &smb_dissector,
		.script =
			"> [nbss]000000d6 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0100 [credits]0100 [flags]00000000 [next]00000000 "
			"[message id]0200000000000000 [tree]fffe000000000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]1900 "
			"[flags, security]0001 [capabilities]0100000000000000 [blob]58007e00 [previous]0000000000000000 "
			"[security blob]4e544c4d5353500003000000180018004e00000018001800660000000200020048000000020002004a000000020002004c000000000000007e000000158288e20a00634"
			"50000000f440075004800222222222222222222222222222222222222222222222222333333333333333333333333333333333333333333333333"
			"< [nbss]00000048 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0100 [credits]0100 [flags]01000000 [next]00000000 "
			"[message id]0200000000000000 [tree]fffe000000000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]0900 "
			"[session flags]0100 [blob]48000000",
		.expect = "{'complete':true,'smb':{'id':1,'version':2,'command':'SMB2_COMMAND_SESSION_SETUP','command_raw':1,'status':'STATUS_SUCCESS','status_code':0,"
			  "'session_id':4398046511105,'tree_id':0,'message_id':2,'rtt_us':1000,'async':false,'signed':false,'mechanism':'ntlmssp','ntlmssp':{'type':'au"
			  "thenticate','domain':'D','user':'u','host':'H','ntlm_version':'v1','version':'10.0.17763'},'guest':true,'anonymous':false}}\n"
			  "{'discovery':{'protocol':'ntlm','name':'H','os':'Windows 10.0.17763'}}\n",
	},
	{
		.name = "Kerberos logon",
		.spec = "RFC 4120 5.5.1",
		.dissector = &smb_dissector,
		.script =
			"> [nbss]000000d6 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0100 [credits]0100 [flags]00000000 [next]00000000 "
			"[message id]0100000000000000 [tree]fffe000000000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]1900 "
			"[flags, security]0001 [capabilities]0100000000000000 [blob]58007e00 [previous]0000000000000000 "
			"[security blob]607c06062b0601050502a0723070a00d300b06092a864886f712010202a25f045d605b06092a864886f71201020201006e4c304aa003020105a10302010ea2070305000"
			"0000000a33561333031a003020105a10b1b09412e4558414d504c45a2163014a003020102a10d300b1b04636966731b036e6173a3053003020117"
			"< [nbss]00000048 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0100 [credits]0100 [flags]01000000 [next]00000000 "
			"[message id]0100000000000000 [tree]fffe000000000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]0900 "
			"[session flags]0000 [blob]48000000",
		.expect =
			"{'complete':true,'smb':{'id':1,'version':2,'command':'SMB2_COMMAND_SESSION_SETUP','command_raw':1,'status':'STATUS_SUCCESS','status_code':0,"
			"'session_id':4398046511105,'tree_id':0,'message_id':1,'rtt_us':1000,'async':false,'signed':false,'mechanism':'kerberos','kerberos':{'realm':"
			"'A.EXAMPLE','snames':['cifs','nas']},'guest':false,'anonymous':false}}\n",
	},
	{
		.name = "create, write a program, close",
		.spec = "SMB2 2.2.13, 2.2.21, 2.2.15",
		.dissector = &smb_dissector,
		.script =
			"> [nbss]00000058 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0300 [credits]0100 [flags]00000000 [next]00000000 "
			"[message id]0300000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]09000000 "
			"[path]48001000 [\\\\nas\\c$]5c005c006e00610073005c0063002400"
			"< [nbss]00000050 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0300 [credits]0100 [flags]01000000 [next]00000000 "
			"[message id]0300000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]1000 [share type]0100 "
			"[flags]0000000000000000ff011f00"
			"> [nbss]00000086 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0500 [credits]0100 [flags]00000000 [next]00000000 "
			"[message id]0400000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]3900 [oplock]0000 "
			"[impersonation]0200000000000000000000000000000000000000 [access]9f011200 [attributes, share]8000000007000000 [disposition]05000000 [options]40000000 "
			"[name]78000e000000000000000000 [t\\x.exe]74005c0078002e00650078006500"
			"< [nbss]00000098 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0500 [credits]0100 [flags]01000000 [next]00000000 "
			"[message id]0400000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]59000000 "
			"[action]02000000 [times]0006278e475bdc01805befae475bdc0100c556ae475bdc01802ebead475bdc01 [allocated]0010000000000000 [length]0000000000000000 "
			"[attributes]8000000000000000 [file id]01000000000000005100000000000000 [contexts]0000000000000000"
			"> [nbss]000000b4 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0900 [credits]0100 [flags]00000000 [next]00000000 "
			"[message id]0500000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]31007000 "
			"[length]44000000 [offset]0000000000000000 [file id]01000000000000005100000000000000 [rest]00000000000000000000000000000000 "
			"[data]4d5a900000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000050450000"
			"< [nbss]00000050 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0900 [credits]0100 [flags]01000000 [next]00000000 "
			"[message id]0500000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]11000000 "
			"[count]440000000000000000000000"
			"> [nbss]00000058 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0600 [credits]0100 [flags]00000000 [next]00000000 "
			"[message id]0600000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]1800010000000000 "
			"[file id]01000000000000005100000000000000"
			"< [nbss]0000007c [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0600 [credits]0100 [flags]01000000 [next]00000000 "
			"[message id]0600000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]3c00010000000000 "
			"[times]0006278e475bdc01004ceab1475bdc01004ceab1475bdc01004ceab1475bdc01 [allocated]0010000000000000 [length]4400000000000000 [attributes]80000000",
		.expect =
			"{'complete':true,'smb':{'id':1,'version':2,'command':'SMB2_COMMAND_TREE_CONNECT','command_raw':3,'status':'STATUS_SUCCESS','status_code':0,'"
			  "session_id':4398046511105,'tree_id':5,'message_id':3,'rtt_us':1000,'async':false,'signed':false,'share':'\\\\\\\\n"
			  "as\\\\c$','share_type':'FILE'}}\n"
			  "{'complete':true,'smb':{'id':2,'version':2,'command':'SMB2_COMMAND_CREATE','command_raw':5,'status':'STATUS_SUCCESS','status_code':0,'sessio"
			  "n_id':4398046511105,'tree_id':5,'message_id':4,'rtt_us':1000,'async':false,'signed':false,'share':'\\\\\\\\n"
			  "as\\\\c$','filename':'t\\\\x.exe','disposition':'FILE_OVERWRITE_IF','access':'normal','access_mask':1180063,'delete_on_close':false,'directo"
			  "ry':false,'create_action':'created','created':'2025-11-22T00:33:00.000000+0000','accessed':'2025-11-22T00:33:55.000000+0000','modified':'202"
			  "5-11-22T00:33:54.000000+0000','changed':'2025-11-22T00:33:53.000000+0000','size':0,'fuid':'00000001-0000-0000-5100-000000000000','folder':'t"
			  "','file':{'executable':true,'class':'pe'}}}\n"
			  "{'complete':true,'smb':{'id':3,'version':2,'command':'SMB2_COMMAND_WRITE','command_raw':9,'status':'STATUS_SUCCESS','status_code':0,'session"
			  "_id':4398046511105,'tree_id':5,'message_id':5,'rtt_us':1000,'async':false,'signed':false,'share':'\\\\\\\\n"
			  "as\\\\c$','fuid':'00000001-0000-0000-5100-000000000000','filename':'t\\\\x.exe','write':{'offset':0,'length':68},'file':{'mime':'application"
			  "/x-dosexec','executable':true,'class':'pe'}}}\n"
			  "{'complete':true,'smb':{'id':4,'version':2,'command':'SMB2_COMMAND_CLOSE','command_raw':6,'status':'STATUS_SUCCESS','status_code':0,'session"
			  "_id':4398046511105,'tree_id':5,'message_id':6,'rtt_us':1000,'async':false,'signed':false,'share':'\\\\\\\\n"
			  "as\\\\c$','fuid':'00000001-0000-0000-5100-000000000000','filename':'t\\\\x.exe','created':'2025-11-22T00:33:00.000000+0000','accessed':'2025"
			  "-11-22T00:34:00.000000+0000','modified':'2025-11-22T00:34:00.000000+0000','changed':'2025-11-22T00:34:00.000000+0000','size':68}}\n",
	},
	{
		.name = "read of an unknown handle",
		.spec = "SMB2 2.2.19",
		.dissector = &smb_dissector,
		.script =
			"> [nbss]00000071 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0800 [credits]0100 [flags]00000000 [next]00000000 "
			"[message id]0400000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]31005000 "
			"[length]04000000 [offset]0000000000000000 [file id]01000000000000005100000000000000 [rest]0100000000000000000000000000000000"
			"< [nbss]00000054 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0800 [credits]0100 [flags]01000000 [next]00000000 "
			"[message id]0400000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]11005000 "
			"[length]040000000000000000000000 [data]7f454c46",
		.expect =
			"{'complete':true,'smb':{'id':1,'version':2,'command':'SMB2_COMMAND_READ','command_raw':8,'status':'STATUS_SUCCESS','status_code':0,'session_"
			"id':4398046511105,'tree_id':5,'message_id':4,'rtt_us':1000,'async':false,'signed':false,'fuid':'00000001-0000-0000-5100-000000000000','filen"
			"ame':'fid:00000001-0000-0000-5100-000000000000','read':{'offset':0,'length':4},'file':{'mime':'application/x-executable','executable':true,'"
			"class':'elf'}}}\n",
	},
	{
		.name = "rename and delete",
		.spec = "FSCC 2.4.43.2, 2.4.11",
		.dissector = &smb_dissector,
		.script =
			"> [nbss]00000058 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0300 [credits]0100 [flags]00000000 [next]00000000 "
			"[message id]0300000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]09000000 "
			"[path]48001000 [\\\\nas\\c$]5c005c006e00610073005c0063002400"
			"< [nbss]00000050 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0300 [credits]0100 [flags]01000000 [next]00000000 "
			"[message id]0300000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]1000 [share type]0100 "
			"[flags]0000000000000000ff011f00"
			"> [nbss]0000007a [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0500 [credits]0100 [flags]00000000 [next]00000000 "
			"[message id]0400000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]3900 [oplock]0000 "
			"[impersonation]0200000000000000000000000000000000000000 [access]89001200 [attributes, share]8000000007000000 [disposition]01000000 [options]40000000 "
			"[name]780002000000000000000000 [a]6100"
			"< [nbss]00000098 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0500 [credits]0100 [flags]01000000 [next]00000000 "
			"[message id]0400000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]59000000 "
			"[action]01000000 [times]0006278e475bdc01805befae475bdc0100c556ae475bdc01802ebead475bdc01 [allocated]0010000000000000 [length]0000000000000000 "
			"[attributes]8000000000000000 [file id]01000000000000005100000000000000 [contexts]0000000000000000"
			"> [nbss]00000084 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]1100 [credits]0100 [flags]00000000 [next]00000000 "
			"[message id]0500000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]2100 [type, class]010a"
			" [length]24000000 [offset]6000000000000000 [file id]01000000000000005100000000000000 "
			"[info]000000000000000000000000000000001000000061002e006c006f0063006b0065006400"
			"< [nbss]00000042 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]1100 [credits]0100 [flags]01000000 [next]00000000 "
			"[message id]0500000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]0200"
			"> [nbss]00000061 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]1100 [credits]0100 [flags]00000000 [next]00000000 "
			"[message id]0600000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]2100 [type, class]010d"
			" [length]01000000 [offset]6000000000000000 [file id]01000000000000005100000000000000 [info]01"
			"< [nbss]00000042 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]1100 [credits]0100 [flags]01000000 [next]00000000 "
			"[message id]0600000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]0200",
		.expect =
			"{'complete':true,'smb':{'id':1,'version':2,'command':'SMB2_COMMAND_TREE_CONNECT','command_raw':3,'status':'STATUS_SUCCESS','status_code':0,'"
			  "session_id':4398046511105,'tree_id':5,'message_id':3,'rtt_us':1000,'async':false,'signed':false,'share':'\\\\\\\\n"
			  "as\\\\c$','share_type':'FILE'}}\n"
			  "{'complete':true,'smb':{'id':2,'version':2,'command':'SMB2_COMMAND_CREATE','command_raw':5,'status':'STATUS_SUCCESS','status_code':0,'sessio"
			  "n_id':4398046511105,'tree_id':5,'message_id':4,'rtt_us':1000,'async':false,'signed':false,'share':'\\\\\\\\n"
			  "as\\\\c$','filename':'a','disposition':'FILE_OPEN','access':'normal','access_mask':1179785,'delete_on_close':false,'directory':false,'create"
			  "_action':'opened','created':'2025-11-22T00:33:00.000000+0000','accessed':'2025-11-22T00:33:55.000000+0000','modified':'2025-11-22T00:33:54.0"
			  "00000+0000','changed':'2025-11-22T00:33:53.000000+0000','size':0,'fuid':'00000001-0000-0000-5100-000000000000'}}\n"
			  "{'complete':true,'smb':{'id':3,'version':2,'command':'SMB2_COMMAND_SET_INFO','command_raw':17,'status':'STATUS_SUCCESS','status_code':0,'ses"
			  "sion_id':4398046511105,'tree_id':5,'message_id':5,'rtt_us':1000,'async':false,'signed':false,'share':'\\\\\\\\n"
			  "as\\\\c$','fuid':'00000001-0000-0000-5100-000000000000','filename':'a','info':{'type':'file','class':10,'name':'Rename'},'rename':{'from':'a"
			  "','to':'a.locked'},'new_extension':'locked'}}\n"
			  "{'complete':true,'smb':{'id':4,'version':2,'command':'SMB2_COMMAND_SET_INFO','command_raw':17,'status':'STATUS_SUCCESS','status_code':0,'ses"
			  "sion_id':4398046511105,'tree_id':5,'message_id':6,'rtt_us':1000,'async':false,'signed':false,'share':'\\\\\\\\n"
			  "as\\\\c$','fuid':'00000001-0000-0000-5100-000000000000','filename':'a','info':{'type':'file','class':13,'name':'Disposition'},'access':'dele"
			  "te on close','delete_on_close':true}}\n",
	},
	{
		.name = "find and query",
		.spec = "SMB2 2.2.33, 2.2.37",
		.dissector = &smb_dissector,
		.script =
			"> [nbss]00000062 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0e00 [credits]0100 [flags]00000000 [next]00000000 "
			"[message id]0400000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]2100 "
			"[class, flags]250000000000 [file id]01000000000000005100000000000000 [name]6000020000000100 [*]2a00"
			"< [nbss]00000060 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0e00 [credits]0100 [flags]01000000 [next]00000000 "
			"[message id]0400000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]0900480018000000 "
			"[info]000000000000000000000000000000000000000000000000"
			"> [nbss]00000068 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]1000 [credits]0100 [flags]00000000 [next]00000000 "
			"[message id]0500000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]2900 [type, class]0205"
			" [output]00100000 [input]0000000000000000 [more]0000000000000000 [file id]01000000000000005100000000000000"
			"< [nbss]00000060 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]1000 [credits]0100 [flags]01000000 [next]00000000 "
			"[message id]0500000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]0900480018000000 "
			"[info]000000000000000000000000000000000000000000000000"
			"> [nbss]00000068 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]1000 [credits]0100 [flags]00000000 [next]00000000 "
			"[message id]0600000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]2900 [type, class]0300"
			" [output]00100000 [input]0000000000000000 [more]0000000000000000 [file id]01000000000000005100000000000000"
			"< [nbss]00000060 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]1000 [credits]0100 [flags]01000000 [next]00000000 "
			"[message id]0600000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]0900480018000000 "
			"[info]000000000000000000000000000000000000000000000000",
		.expect =
			"{'complete':true,'smb':{'id':1,'version':2,'command':'SMB2_COMMAND_FIND','command_raw':14,'status':'STATUS_SUCCESS','status_code':0,'session"
			"_id':4398046511105,'tree_id':5,'message_id':4,'rtt_us':1000,'async':false,'signed':false,'fuid':'00000001-0000-0000-5100-000000000000','info"
			"':{'class':37},'find':{'pattern':'*'}}}\n"
			"{'complete':true,'smb':{'id':2,'version':2,'command':'SMB2_COMMAND_GET_INFO','command_raw':16,'status':'STATUS_SUCCESS','status_code':0,'ses"
			"sion_id':4398046511105,'tree_id':5,'message_id':5,'rtt_us':1000,'async':false,'signed':false,'fuid':'00000001-0000-0000-5100-000000000000','"
			"info':{'type':'filesystem','class':5,'name':'FsAttribute'}}}\n"
			"{'complete':true,'smb':{'id':3,'version':2,'command':'SMB2_COMMAND_GET_INFO','command_raw':16,'status':'STATUS_SUCCESS','status_code':0,'ses"
			"sion_id':4398046511105,'tree_id':5,'message_id':6,'rtt_us':1000,'async':false,'signed':false,'fuid':'00000001-0000-0000-5100-000000000000','"
			"info':{'type':'security','class':0}}}\n",
	},
	{
		.name = "asynchronous answer",
		.spec = "SMB2 3.3.4.2",
		.dissector = &smb_dissector,
		.script =
			"> [nbss]00000044 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0d00 [credits]0100 [flags]00000000 [next]00000000 "
			"[message id]1000000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]04000000"
			"< [nbss]00000049 [SMB2]fe534d42 [size]4000 [charge]0100 [status]03010000 [command]0d00 [credits]0100 [flags]03000000 [next]00000000 "
			"[message id]1000000000000000 [tree]4d00000000000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]090000000000000000"
			"< [nbss]00000044 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0d00 [credits]0100 [flags]03000000 [next]00000000 "
			"[message id]1000000000000000 [tree]4d00000000000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]04000000",
		.expect =
			"{'complete':true,'smb':{'id':1,'version':2,'command':'SMB2_COMMAND_KEEPALIVE','command_raw':13,'status':'STATUS_SUCCESS','status_code':0,'se"
			"ssion_id':4398046511105,'tree_id':5,'message_id':16,'rtt_us':2000,'async':true,'signed':false}}\n",
	},
	{
		.name = "cancel has no answer",
		.spec = "SMB2 2.2.30",
		.dissector = &smb_dissector,
		.script =
			"> [nbss]00000044 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0c00 [credits]0100 [flags]02000000 [next]00000000 "
			"[message id]1000000000000000 [tree]4d00000000000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]04000000",
		.expect =
			"{'complete':false,'smb':{'id':1,'version':2,'command':'SMB2_COMMAND_CANCEL','command_raw':12,'session_id':4398046511105,'tree_id':0,'message"
			"_id':16,'waited_us':0,'async':false,'signed':false}}\n",
	},
	{
		.name = "compound of related requests",
		.spec = "SMB2 3.2.4.1.4",
		.dissector = &smb_dissector,
		.script =
			"> [nbss]00000160 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0500 [credits]0100 [flags]00000000 [next]88000000 "
			"[message id]1100000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]3900 [oplock]0000 "
			"[impersonation]0200000000000000000000000000000000000000 [access]9f011200 [attributes, share]8000000007000000 [disposition]03000000 [options]40000000 "
			"[name]78000a000000000000000000 [a.ps1]61002e00700073003100 [padding]000000000000 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0900"
			" [credits]0100 [flags]04000000 [next]80000000 [message id]1200000000000000 [tree]fffe0000ffffffff [session]ffffffffffffffff "
			"[signature]00000000000000000000000000000000 [size]31007000 [length]0b000000 [offset]0000000000000000 [file id]ffffffffffffffffffffffffffffffff "
			"[rest]00000000000000000000000000000000 [data]4765742d50726f63657373 [padding]0000000000 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 "
			"[command]0600 [credits]0100 [flags]04000000 [next]00000000 [message id]1300000000000000 [tree]fffe0000ffffffff [session]ffffffffffffffff "
			"[signature]00000000000000000000000000000000 [size]1800010000000000 [file id]ffffffffffffffffffffffffffffffff"
			"< [nbss]00000164 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0500 [credits]0100 [flags]01000000 [next]98000000 "
			"[message id]1100000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]59000000 "
			"[action]02000000 [times]0006278e475bdc01805befae475bdc0100c556ae475bdc01802ebead475bdc01 [allocated]0010000000000000 [length]0000000000000000 "
			"[attributes]8000000000000000 [file id]04000000000000005400000000000000 [contexts]0000000000000000 [SMB2]fe534d42 [size]4000 [charge]0100 "
			"[status]00000000 [command]0900 [credits]0100 [flags]05000000 [next]50000000 [message id]1200000000000000 [tree]fffe000005000000 "
			"[session]0100000000040000 [signature]00000000000000000000000000000000 [size]11000000 [count]0b0000000000000000000000 [SMB2]fe534d42 [size]4000 "
			"[charge]0100 [status]00000000 [command]0600 [credits]0100 [flags]05000000 [next]00000000 [message id]1300000000000000 [tree]fffe000005000000 "
			"[session]0100000000040000 [signature]00000000000000000000000000000000 [size]3c00010000000000 "
			"[times]0006278e475bdc01004ceab1475bdc01004ceab1475bdc01004ceab1475bdc01 [allocated]0010000000000000 [length]0b00000000000000 [attributes]80000000",
		.expect =
			"{'complete':true,'smb':{'id':1,'version':2,'command':'SMB2_COMMAND_CREATE','command_raw':5,'status':'STATUS_SUCCESS','status_code':0,'sessio"
			  "n_id':4398046511105,'tree_id':5,'message_id':17,'rtt_us':1000,'async':false,'signed':false,'filename':'a.ps1','disposition':'FILE_OPEN_IF','"
			  "access':'normal','access_mask':1180063,'delete_on_close':false,'directory':false,'create_action':'created','created':'2025-11-22T00:33:00.00"
			  "0000+0000','accessed':'2025-11-22T00:33:55.000000+0000','modified':'2025-11-22T00:33:54.000000+0000','changed':'2025-11-22T00:33:53.000000+0"
			  "000','size':0,'fuid':'00000004-0000-0000-5400-000000000000','folder':'','file':{'executable':true,'class':'script'}}}\n"
			  "{'complete':true,'smb':{'id':2,'version':2,'command':'SMB2_COMMAND_WRITE','command_raw':9,'status':'STATUS_SUCCESS','status_code':0,'session"
			  "_id':4398046511105,'tree_id':5,'message_id':18,'rtt_us':1000,'async':false,'signed':false,'related':true,'fuid':'00000004-0000-0000-5400-000"
			  "000000000','filename':'a.ps1','write':{'offset':0,'length':11},'file':{'executable':true,'class':'script'}}}\n"
			  "{'complete':true,'smb':{'id':3,'version':2,'command':'SMB2_COMMAND_CLOSE','command_raw':6,'status':'STATUS_SUCCESS','status_code':0,'session"
			  "_id':4398046511105,'tree_id':5,'message_id':19,'rtt_us':1000,'async':false,'signed':false,'related':true,'fuid':'00000004-0000-0000-5400-000"
			  "000000000','filename':'a.ps1','created':'2025-11-22T00:33:00.000000+0000','accessed':'2025-11-22T00:34:00.000000+0000','modified':'2025-11-2"
			  "2T00:34:00.000000+0000','changed':'2025-11-22T00:34:00.000000+0000','size':11}}\n",
	},
	{
		.name = "pipe: bind, answer, call, fault",
		.spec = "C706 12.6.4",
		.dissector = &smb_dissector,
		.script =
			"> [nbss]0000005c [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0300 [credits]0100 [flags]00000000 [next]00000000 "
			"[message id]0300000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]09000000 "
			"[path]48001400 [\\\\nas\\IPC$]5c005c006e00610073005c004900500043002400"
			"< [nbss]00000050 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0300 [credits]0100 [flags]01000000 [next]00000000 "
			"[message id]0300000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]1000 [share type]0200 "
			"[flags]0000000000000000ff011f00"
			"> [nbss]00000082 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0500 [credits]0100 [flags]00000000 [next]00000000 "
			"[message id]0400000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]3900 [oplock]0000 "
			"[impersonation]0200000000000000000000000000000000000000 [access]9f011200 [attributes, share]8000000007000000 [disposition]01000000 [options]40000000 "
			"[name]78000a000000000000000000 [atsvc]61007400730076006300"
			"< [nbss]00000098 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0500 [credits]0100 [flags]01000000 [next]00000000 "
			"[message id]0400000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]59000000 "
			"[action]01000000 [times]0006278e475bdc01805befae475bdc0100c556ae475bdc01802ebead475bdc01 [allocated]0010000000000000 [length]0000000000000000 "
			"[attributes]8000000000000000 [file id]01000000000000005100000000000000 [contexts]0000000000000000"
			"> [nbss]000000b8 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0900 [credits]0100 [flags]00000000 [next]00000000 "
			"[message id]0500000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]31007000 "
			"[length]48000000 [offset]0000000000000000 [file id]01000000000000005100000000000000 [rest]00000000000000000000000000000000 [rpc version]0500 [type]0b "
			"[flags]03 [little endian]10000000 [fragment]4800 [auth]0000 [call]01000000 [max]b810b81000000000 [contexts]01000000 [context]00000100 "
			"[interface]8206f71f510ae830076d740be8cee98b [version]01000000 [transfer syntax]045d888aeb1cc9119fe808002b10486002000000"
			"< [nbss]00000050 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0900 [credits]0100 [flags]01000000 [next]00000000 "
			"[message id]0500000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]11000000 "
			"[count]480000000000000000000000"
			"> [nbss]00000071 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0800 [credits]0100 [flags]00000000 [next]00000000 "
			"[message id]0600000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]31005000 "
			"[length]00040000 [offset]0000000000000000 [file id]01000000000000005100000000000000 [rest]0100000000000000000000000000000000"
			"< [nbss]00000094 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0800 [credits]0100 [flags]01000000 [next]00000000 "
			"[message id]0600000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]11005000 "
			"[length]440000000000000000000000 [rpc version]0500 [type]0c [flags]03 [little endian]10000000 [fragment]4400 [auth]0000 [call]01000000 "
			"[max]b810b810f0530000 [port]0d00 [name]5c504950455c73766363746c0000 [results]0100000000000000 [syntax]045d888aeb1cc9119fe808002b10486002000000"
			"> [nbss]00000098 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0b00 [credits]0100 [flags]00000000 [next]00000000 "
			"[message id]0700000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]39000000 "
			"[code]17c01100 [file id]01000000000000005100000000000000 [input]7800000020000000 [room]000000000000000000000000b8100000 [flags]0100000000000000 "
			"[rpc version]0500 [type]00 [flags]03 [little endian]10000000 [fragment]2000 [auth]0000 [call]02000000 [hint]08000000 [context]0000 [opnum]0000 "
			"[stub]0000000000000000"
			"< [nbss]00000090 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0b00 [credits]0100 [flags]01000000 [next]00000000 "
			"[message id]0700000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]31000000 "
			"[code]17c01100 [file id]01000000000000005100000000000000 [input]7000000000000000 [output]7000000020000000 [flags]0000000000000000 [rpc version]0500 "
			"[type]03 [flags]03 [little endian]10000000 [fragment]2000 [auth]0000 [call]02000000 [hint]00000000 [context]00000000 [status]0500000000000000",
		.expect =
			"{'complete':true,'smb':{'id':1,'version':2,'command':'SMB2_COMMAND_TREE_CONNECT','command_raw':3,'status':'STATUS_SUCCESS','status_code':0,'"
			"session_id':4398046511105,'tree_id':5,'message_id':3,'rtt_us':1000,'async':false,'signed':false,'named_pipe':'\\\\\\\\nas\\\\IPC$','share_type':'P"
			"IPE'}}\n"
			"{'complete':true,'smb':{'id':2,'version':2,'command':'SMB2_COMMAND_CREATE','command_raw':5,'status':'STATUS_SUCCESS','status_code':0,'sessio"
			"n_id':4398046511105,'tree_id':5,'message_id':4,'rtt_us':1000,'async':false,'signed':false,'named_pipe':'\\\\\\\\nas\\\\IPC$','filename':'atsvc','d"
			"isposition':'FILE_OPEN','access':'normal','access_mask':1180063,'delete_on_close':false,'directory':false,'create_action':'opened','created'"
			":'2025-11-22T00:33:00.000000+0000','accessed':'2025-11-22T00:33:55.000000+0000','modified':'2025-11-22T00:33:54.000000+0000','changed':'2025"
			"-11-22T00:33:53.000000+0000','size':0,'fuid':'00000001-0000-0000-5100-000000000000'}}\n"
			"{'complete':true,'smb':{'id':3,'version':2,'command':'SMB2_COMMAND_WRITE','command_raw':9,'status':'STATUS_SUCCESS','status_code':0,'session"
			"_id':4398046511105,'tree_id':5,'message_id':5,'rtt_us':1000,'async':false,'signed':false,'named_pipe':'\\\\\\\\nas\\\\IPC$','fuid':'00000001-0000-"
			"0000-5100-000000000000','filename':'atsvc','write':{'offset':0,'length':72},'dcerpc':{'type':'bind','call_id':1,'uuid':'1ff70682-0a51-30e8-0"
			"76d-740be8cee98b','service':'atsvc','version':'1.0'}}}\n"
			"{'complete':true,'smb':{'id':4,'version':2,'command':'SMB2_COMMAND_READ','command_raw':8,'status':'STATUS_SUCCESS','status_code':0,'session_"
			"id':4398046511105,'tree_id':5,'message_id':6,'rtt_us':1000,'async':false,'signed':false,'named_pipe':'\\\\\\\\nas\\\\IPC$','fuid':'00000001-0000-0"
			"000-5100-000000000000','filename':'atsvc','read':{'offset':0,'length':68},'dcerpc':{'type':'bind_ack','call_id':1}}}\n"
			"{'complete':true,'smb':{'id':5,'version':2,'command':'SMB2_COMMAND_IOCTL','command_raw':11,'status':'STATUS_SUCCESS','status_code':0,'sessio"
			"n_id':4398046511105,'tree_id':5,'message_id':7,'rtt_us':1000,'async':false,'signed':false,'named_pipe':'\\\\\\\\nas\\\\IPC$','fuid':'00000001-0000"
			"-0000-5100-000000000000','filename':'atsvc','ioctl':{'raw':1163287,'code':'FSCTL_PIPE_TRANSCEIVE'},'dcerpc':{'type':'request','call_id':2,'u"
			"uid':'1ff70682-0a51-30e8-076d-740be8cee98b','service':'atsvc','version':'1.0','opnum':0,'procedure':'JobAdd','fault':5}}}\n",
	},
	{
		.name = "pipe: only the client is seen",
		.spec = "C706 12.6.4",
		.dissector = &smb_dissector,
		.script =
			"> [nbss]000000b8 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0900 [credits]0100 [flags]00000000 [next]00000000 "
			"[message id]0500000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]31007000 "
			"[length]48000000 [offset]0000000000000000 [file id]01000000000000005100000000000000 [rest]00000000000000000000000000000000 [rpc version]0500 [type]0b "
			"[flags]03 [little endian]10000000 [fragment]4800 [auth]0000 [call]01000000 [max]b810b81000000000 [contexts]01000000 [context]00000100 "
			"[interface]81bb7a364498f135ad3298f038001003 [version]02000000 [transfer syntax]045d888aeb1cc9119fe808002b10486002000000"
			"> [nbss]000000a8 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0b00 [credits]0100 [flags]00000000 [next]00000000 "
			"[message id]0700000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]39000000 "
			"[code]17c01100 [file id]01000000000000005100000000000000 [input]7800000030000000 [room]000000000000000000000000b8100000 [flags]0100000000000000 "
			"[rpc version]0500 [type]00 [flags]83 [little endian]10000000 [fragment]3000 [auth]0000 [call]02000000 [hint]08000000 [context]0000 [opnum]1300 "
			"[object]33057171babe37498319b5dbef9ccc36 [stub]0000000000000000",
		.expect =
			"{'complete':false,'smb':{'id':1,'version':2,'command':'SMB2_COMMAND_WRITE','command_raw':9,'session_id':4398046511105,'tree_id':5,'message_i"
			"d':5,'waited_us':1000,'async':false,'signed':false,'fuid':'00000001-0000-0000-5100-000000000000','filename':'fid:00000001-0000-0000-5100-000"
			"000000000','write':{'offset':0,'length':72},'dcerpc':{'type':'bind','call_id':1,'uuid':'367abb81-9844-35f1-ad32-98f038001003','service':'svc"
			"ctl','version':'2.0'}}}\n"
			"{'complete':false,'smb':{'id':2,'version':2,'command':'SMB2_COMMAND_IOCTL','command_raw':11,'session_id':4398046511105,'tree_id':5,'message_"
			"id':7,'waited_us':0,'async':false,'signed':false,'fuid':'00000001-0000-0000-5100-000000000000','ioctl':{'raw':1163287,'code':'FSCTL_PIPE_TRA"
			"NSCEIVE'},'dcerpc':{'type':'request','call_id':2,'uuid':'367abb81-9844-35f1-ad32-98f038001003','service':'svcctl','version':'2.0','opnum':19"
			",'procedure':'StartServiceW'}}}\n",
	},
	{
		.name = "transform header, twice",
		.spec = "SMB2 2.2.41",
		.dissector = &smb_dissector,
		.script =
			"> [nbss]00000094 [transform]fd534d42 [signature, nonce]0000000000000000000000000000000000000000000000000000000000000000 [size]6000000000000100 "
			"[session]0100000000040000 "
			"[secret]0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
			"00000000000000000000000000000000000000000000000000"
			"> [nbss]00000094 [transform]fd534d42 [signature, nonce]0000000000000000000000000000000000000000000000000000000000000000 [size]6000000000000100 "
			"[session]0100000000040000 "
			"[secret]0000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000"
			"00000000000000000000000000000000000000000000000000",
		.expect =
			"{'smb':{'id':1,'version':3,'session_id':4398046511105,'encrypted':true}}\n",
	},
	{
		.name = "compression header, sound",
		.spec = "SMB2 2.2.42.1",
		.dissector = &smb_dissector,
		.script =
			"> [nbss]00000050 [compressed]fc534d42 [original]00100000 [algorithm, flags]01000000 [offset]00000000 "
			"[content]00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000",
		.expect =
			"{'smb':{'id':1,'version':3,'compressed':true,'compression':{'algorithm':'LZNT1','chained':false,'original_size':4096,'offset':0,'consistent'"
			":true}}}\n",
	},
	{
		.name = "compressed message in parts",
		.spec = "SMB2 2.2.42.2",
		.dissector = &smb_dissector,
		.script =
			"> [nbss]00000064 [compressed]fc534d42 [original]44000000 [algorithm, flags]00000100 [length]40000000 "
			"[SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0d00 [credits]0100 [flags]00000000 [next]00000000 "
			"[message id]0400000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 "
			"[algorithm, flags]02000000 [length]0c000000 [original size]04000000 [packed]00000000 04000000",
		.expect =
			"{'smb':{'id':1,'version':3,'compressed':true,'compression':{'algorithm':'none','chained':true,'original_size':68,'offset':64,'consistent':tr"
			"ue}}}\n"
			"{'complete':false,'smb':{'id':2,'version':3,'command':'SMB2_COMMAND_KEEPALIVE','command_raw':13,'session_id':4398046511105,'tree_id':5,'messa"
			"ge_id':4,'waited_us':0,'async':false,'signed':false}}\n",
	},
	{
		.name = "compression header, CVE-2020-0796",
		.spec = "SMB2 2.2.42.1",
		.dissector = &smb_dissector,
		.script =
			"> [nbss]00000050 [compressed]fc534d42 [original]ffffffff [algorithm, flags]01000000 [offset]10000000 "
			"[content]00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000",
		.expect =
			"{'smb':{'id':1,'version':3,'compressed':true,'compression':{'algorithm':'LZNT1','chained':false,'original_size':4294967295,'offset':16,'cons"
			"istent':false}}}\n"
			"{'anomaly':{'type':'malformed','reason':'compression_sizes','offset':4,'app_proto':'smb'}}\n",
	},
	{
		.name = "response alone",
		.spec = "events.md",
		.dissector = &smb_dissector,
		.script =
			"< [nbss]00000098 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0500 [credits]0100 [flags]01000000 [next]00000000 "
			"[message id]0400000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]59000000 "
			"[action]01000000 [times]0006278e475bdc01805befae475bdc0100c556ae475bdc01802ebead475bdc01 [allocated]0010000000000000 [length]0000000000000000 "
			"[attributes]8000000000000000 [file id]01000000000000005100000000000000 [contexts]0000000000000000",
		.expect =
			"{'complete':false,'smb':{'id':1,'version':2,'command':'SMB2_COMMAND_CREATE','command_raw':5,'status':'STATUS_SUCCESS','status_code':0,'sessi"
			"on_id':4398046511105,'tree_id':5,'message_id':4,'async':false,'signed':false,'directory':false,'create_action':'opened','created':'2025-11-2"
			"2T00:33:00.000000+0000','accessed':'2025-11-22T00:33:55.000000+0000','modified':'2025-11-22T00:33:54.000000+0000','changed':'2025-11-22T00:3"
			"3:53.000000+0000','size':0,'fuid':'00000001-0000-0000-5100-000000000000'}}\n",
	},
	{
		.name = "oplock break of the server",
		.spec = "SMB2 2.2.23.1",
		.dissector = &smb_dissector,
		.script =
			"< [nbss]00000058 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]1200 [credits]0100 [flags]01000000 [next]00000000 "
			"[message id]ffffffffffffffff [tree]fffe000000000000 [session]0000000000000000 [signature]00000000000000000000000000000000 [size]1800000000000000 "
			"[file id]01000000000000005100000000000000",
		.expect =
			"{'complete':false,'smb':{'id':1,'version':2,'command':'SMB2_COMMAND_OPLOCK_BREAK','command_raw':18,'status':'STATUS_SUCCESS','status_code':0"
			",'session_id':0,'tree_id':0,'message_id':18446744073709551615,'async':false,'signed':false}}\n",
	},
	{
		.name = "session request, keep-alive",
		.spec = "RFC 1002 4.3",
		.dissector = &smb_dissector,
		.script =
			"> [nbss]81000044 [called]20454f4544434e444144464341434143414341434143414341434143414341434100 "
			"[calling]204549454e454a434e44414448434143414341434143414341434143414341414100"
			"< [nbss]82000000"
			"> [nbss]85000000",
		.expect =
			"{'smb':{'netbios':{'called':'NC-05<20>','calling':'HMI-07<00>'}}}\n",
	},
	{
		.name = "session refused",
		.spec = "RFC 1002 4.3.4",
		.dissector = &smb_dissector,
		.script =
			"> [nbss]81000044 [called]20454f4544434e4441444a4341434143414341434143414341434143414341434100 "
			"[calling]204549454e454a434e44414448434143414341434143414341434143414341414100"
			"< [nbss]83000001 [not present]82",
		.expect =
			"{'smb':{'netbios':{'called':'NC-09<20>','calling':'HMI-07<00>'}}}\n"
			"{'smb':{'netbios':{'error':130}}}\n",
	},
	{
		.name = "SMB 1: names in UTF-16 for who does not ask for it",
		.spec = "CIFS 2.2.4.52.2: CAP_UNICODE",
		.dissector = &smb_dissector,
		.script =
			"> [nbss]0000002f [SMB1]ff534d42 [command]72 [status]00000000 [flags]18 [flags2]0140 [pid high]0000 [signature]00000000000000000000 [tid]0000 [pid]fffe"
			" [uid]0000 [mid]0100 [words]00 [bytes]0c00 [dialects]024e54204c4d20302e313200"
			"< [nbss]00000065 [SMB1]ff534d42 [command]72 [status]00000000 [flags]98 [flags2]0140 [pid high]0000 [signature]00000000000000000000 [tid]0000 [pid]fffe"
			" [uid]0000 [mid]0100 [words]11 [dialect]0000 [mode]03 [mpx, vcs]32000100 [buffer, raw, key]044100000000010000000000 [capabilities]fd030000 "
			"[time]004ceab1475bdc01 [zone]e4fd [challenge]08 [bytes]2000 [challenge]0001020304050607 "
			"[domain, server]50004c0041004e00540000004e0043002d00300035000000",
		.expect = "{'complete':true,'smb':{'id':1,'version':1,'dialect':'NT LM 0.12','command':'SMB1_COMMAND_NEGOTIATE_PROTOCOL','command_raw':114,'status':'ST"
			  "ATUS_SUCCESS','status_code':0,'session_id':0,'tree_id':0,'process_id':65279,'multiplex_id':1,'response_multiplex_id':1,'rtt_us':1000,'signed"
			  "':false,'negotiate':{'client_dialects':['NT LM 0.12'],'signing_required':false,'clear_passwords':false,'extended_security':false"
			  ",'system_time':'2025-11-22T00:34:00.000000+0000','domain':'PLANT','server':'NC-05'}}}\n"
			  "{'discovery':{'protocol':'smb','name':'NC-05','detail':{'domain':'PLANT','dialect':'NT LM 0.12'}}}\n",
	},
	{
		.name = "SMB 1: names in the OEM character set",
		.spec = "CIFS 2.2.4.52.2: CAP_UNICODE",
		.dissector = &smb_dissector,
		.script =
			"> [nbss]0000002f [SMB1]ff534d42 [command]72 [status]00000000 [flags]18 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0000 [pid]fffe"
			" [uid]0000 [mid]0100 [words]00 [bytes]0c00 [dialects]024e54204c4d20302e313200"
			"< [nbss]00000059 [SMB1]ff534d42 [command]72 [status]00000000 [flags]98 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0000 [pid]fffe"
			" [uid]0000 [mid]0100 [words]11 [dialect]0000 [mode]03 [mpx, vcs]32000100 [buffer, raw, key]044100000000010000000000 [capabilities]f9030000 "
			"[time]004ceab1475bdc01 [zone]e4fd [challenge]08 [bytes]1400 [challenge]0001020304050607 "
			"[domain, server]504c414e54004e432d303500",
		.expect = "{'complete':true,'smb':{'id':1,'version':1,'dialect':'NT LM 0.12','command':'SMB1_COMMAND_NEGOTIATE_PROTOCOL','command_raw':114,'status':'ST"
			  "ATUS_SUCCESS','status_code':0,'session_id':0,'tree_id':0,'process_id':65279,'multiplex_id':1,'response_multiplex_id':1,'rtt_us':1000,'signed"
			  "':false,'negotiate':{'client_dialects':['NT LM 0.12'],'signing_required':false,'clear_passwords':false,'extended_security':false"
			  ",'system_time':'2025-11-22T00:34:00.000000+0000','domain':'PLANT','server':'NC-05'}}}\n"
			  "{'discovery':{'protocol':'smb','name':'NC-05','detail':{'domain':'PLANT','dialect':'NT LM 0.12'}}}\n",
	},
	{
		.name = "SMB 1: negotiate and logon",
		.spec = "CIFS 2.2.4.52, 2.2.4.53",
		.dissector = &smb_dissector,
		.script =
			"> [nbss]0000003a [SMB1]ff534d42 [command]72 [status]00000000 [flags]18 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0000 [pid]fffe"
			" [uid]0000 [mid]0100 [words]00 [bytes]1700 [dialects]024c414e4d414e322e3100024e54204c4d20302e313200"
			"< [nbss]00000065 [SMB1]ff534d42 [command]72 [status]00000000 [flags]98 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0000 [pid]fffe"
			" [uid]0000 [mid]0100 [words]11 [dialect]0100 [mode]03 [mpx, vcs]32000100 [buffer, raw, key]044100000000010000000000 [capabilities]fd030000 "
			"[time]004ceab1475bdc01 [zone]e4fd [challenge]08 [bytes]2000 [challenge]0001020304050607 "
			"[domain, server]50004c0041004e00540000004e0043002d00300035000000"
			"> [nbss]000000d2 [SMB1]ff534d42 [command]73 [status]00000000 [flags]18 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0000 [pid]fffe"
			" [uid]0200 [mid]0200 [words]0d [andx]ff000000 [buffer, mpx, vc, key]04410200010000000000 [OEM password]1800 [UTF-16 password]1800 "
			"[reserved, capabilities]00000000d4000000 [bytes]9500 "
			"[passwords]444444444444444444444444444444444444444444444444555555555555555555555555555555555555555555555555 [pad]00 "
			"[texts]6f00700065007200610074006f007200000050004c0041004e0054000000570069006e0064006f007700730020003200300030003000200032003100390035000000570069006e0"
			"064006f007700730020003200300030003000200035002e0030000000"
			"< [nbss]00000074 [SMB1]ff534d42 [command]73 [status]00000000 [flags]98 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0000 [pid]fffe"
			" [uid]0200 [mid]0200 [words]03 [andx]ff000000 [action]0100 [bytes]4b00 "
			"[texts]00570069006e0064006f0077007300200035002e0031000000570069006e0064006f00770073002000320030003000300020004c0041004e0020004d0061006e006100670065007"
			"2000000",
		.expect = "{'complete':true,'smb':{'id':1,'version':1,'dialect':'NT LM 0.12','command':'SMB1_COMMAND_NEGOTIATE_PROTOCOL','command_raw':114,'status':'ST"
			  "ATUS_SUCCESS','status_code':0,'session_id':0,'tree_id':0,'process_id':65279,'multiplex_id':1,'response_multiplex_id':1,'rtt_us':1000,'signed"
			  "':false,'negotiate':{'client_dialects':['LANMAN2.1','NT LM 0.12'],'signing_required':false,'clear_passwords':false,'extended_security':false"
			  ",'system_time':'2025-11-22T00:34:00.000000+0000','domain':'PLANT','server':'NC-05'}}}\n"
			  "{'discovery':{'protocol':'smb','name':'NC-05','detail':{'domain':'PLANT','dialect':'NT LM 0.12'}}}\n"
			  "{'complete':true,'smb':{'id':2,'version':1,'dialect':'NT LM 0.12','command':'SMB1_COMMAND_SESSION_SETUP_ANDX','command_raw':115,'status':'ST"
			  "ATUS_SUCCESS','status_code':0,'session_id':2,'tree_id':0,'process_id':65279,'multiplex_id':2,'response_multiplex_id':2,'rtt_us':1000,'signed"
			  "':false,'guest':true,'anonymous':false,'account':{'user':'operator','domain':'PLANT','proof':'v1'},'request':{'native_os':'Windows 2000 2195"
			  "','native_lm':'Windows 2000 5.0'},'response':{'native_os':'Windows 5.1','native_lm':'Windows 2000 LAN Manager'}}}\n"
			  "{'discovery':{'protocol':'smb','os':'Windows 5.1'}}\n",
	},
	{
		.name = "SMB 1: clear text password",
		.spec = "CIFS 2.2.4.53.1",
		.dissector = &smb_dissector,
		.script =
			"> [nbss]00000056 [SMB1]ff534d42 [command]73 [status]00000000 [flags]18 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0000 [pid]fffe"
			" [uid]0200 [mid]0200 [words]0d [andx]ff000000 [buffer, mpx, vc, key]04410200010000000000 [OEM password]0500 [UTF-16 password]0000 "
			"[reserved, capabilities]00000000d4000000 [bytes]1900 [passwords]4444444444 [texts]7500730065007200000000006100000062000000"
			"< [nbss]00000036 [SMB1]ff534d42 [command]73 [status]00000000 [flags]98 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0000 [pid]fffe"
			" [uid]0200 [mid]0200 [words]03 [andx]ff000000 [action]0000 [bytes]0d00 [texts]006f00730000006c006d000000",
		.expect =
			"{'complete':true,'smb':{'id':1,'version':1,'command':'SMB1_COMMAND_SESSION_SETUP_ANDX','command_raw':115,'status':'STATUS_SUCCESS','status_c"
			"ode':0,'session_id':2,'tree_id':0,'process_id':65279,'multiplex_id':2,'response_multiplex_id':2,'rtt_us':1000,'signed':false,'guest':false,'"
			"anonymous':false,'account':{'user':'user','domain':'','proof':'clear_text'},'request':{'native_os':'a','native_lm':'b'},'response':{'native_"
			"os':'os','native_lm':'lm'}}}\n"
			"{'discovery':{'protocol':'smb','os':'os'}}\n",
	},
	{
		.name = "SMB 1: share, create, write, read, close",
		.spec = "CIFS 2.2.4.55, 2.2.4.64, 2.2.4.43",
		.dissector = &smb_dissector,
		.script =
			"> [nbss]0000004c [SMB1]ff534d42 [command]75 [status]00000000 [flags]18 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 [pid]fffe"
			" [uid]0200 [mid]0300 [words]04 [andx]ff000000 [flags, password]08000100 [bytes]2100 [path]005c005c004e0043002d00300035005c00500052004f0047000000 "
			"[service]3f3f3f3f3f00"
			"< [nbss]00000036 [SMB1]ff534d42 [command]75 [status]00000000 [flags]98 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 [pid]fffe"
			" [uid]0200 [mid]0300 [words]03 [andx]ff000000 [support]0100 [bytes]0d00 [service]413a004e005400460053000000"
			"> [nbss]00000068 [SMB1]ff534d42 [command]a2 [status]00000000 [flags]18 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 [pid]fffe"
			" [uid]0200 [mid]0400 [words]18 [andx]ff000000 [reserved]00 [name length]1400 [flags, root]1600000000000000 [access]9f010200 [size]0000000000000000 "
			"[attributes, share]8000000003000000 [disposition]05000000 [options]40000000 [impersonation, flags]0200000003 [bytes]1500 [pad]00 "
			"[\\O1234.MPF]5c004f0031003200330034002e004d0050004600"
			"< [nbss]00000067 [SMB1]ff534d42 [command]a2 [status]00000000 [flags]98 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 [pid]fffe"
			" [uid]0200 [mid]0400 [words]22 [andx]ff000000 [oplock]00 [fid]0140 [action]01000000 "
			"[times]004ceab1475bdc01004ceab1475bdc01004ceab1475bdc01004ceab1475bdc01 [attributes]80000000 [allocated]0000000000000000 [length]0000000000000000 "
			"[type, state, directory]0000070000 [bytes]0000"
			"> [nbss]0000004a [SMB1]ff534d42 [command]2f [status]00000000 [flags]18 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 [pid]fffe"
			" [uid]0200 [mid]0500 [words]0e [andx]ff000000 [fid]0140 [offset]00000000 [timeout]00000000 [mode, remaining]00000000 [length]00000a00 [data at]4000 "
			"[offset high]00000000 [bytes]0b00 [pad]00 [data]25313233340a4739300a"
			"< [nbss]0000002f [SMB1]ff534d42 [command]2f [status]00000000 [flags]98 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 [pid]fffe"
			" [uid]0200 [mid]0500 [words]06 [andx]ff000000 [count]0a00000000000000 [bytes]0000"
			"> [nbss]0000003b [SMB1]ff534d42 [command]2e [status]00000000 [flags]18 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 [pid]fffe"
			" [uid]0200 [mid]0600 [words]0c [andx]ff000000 [fid]0140 [offset]00000000 [max]40004000000000000000 [offset high]00000000 [bytes]0000"
			"< [nbss]00000048 [SMB1]ff534d42 [command]2e [status]00000000 [flags]98 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 [pid]fffe"
			" [uid]0200 [mid]0600 [words]0d [andx]ff000000 [available]000000000000 [length]0a00 [data at]3c00 [rest]000000000000000000000000 [bytes]0b00 [pad]00 "
			"[data]25313233340a4739300a"
			"> [nbss]00000029 [SMB1]ff534d42 [command]04 [status]00000000 [flags]18 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 [pid]fffe"
			" [uid]0200 [mid]0700 [words]03 [fid]014000000000 [bytes]0000"
			"< [nbss]00000023 [SMB1]ff534d42 [command]04 [status]00000000 [flags]98 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 [pid]fffe"
			" [uid]0200 [mid]0700 [words]00 [bytes]0000",
		.expect =
			"{'complete':true,'smb':{'id':1,'version':1,'command':'SMB1_COMMAND_TREE_CONNECT_ANDX','command_raw':117,'status':'STATUS_SUCCESS','status_co"
			"de':0,'session_id':2,'tree_id':1,'process_id':65279,'multiplex_id':3,'response_multiplex_id':3,'rtt_us':1000,'signed':false,'share':'\\\\\\\\NC-"
			"05\\\\PROG','share_type':'FILE'}}\n"
			"{'complete':true,'smb':{'id':2,'version':1,'command':'SMB1_COMMAND_NT_CREATE_ANDX','command_raw':162,'status':'STATUS_SUCCESS','status_code'"
			":0,'session_id':2,'tree_id':1,'process_id':65279,'multiplex_id':4,'response_multiplex_id':4,'rtt_us':1000,'signed':false,'share':'\\\\\\\\NC-05\\"
			"\\PROG','filename':'\\\\O1234.MPF','disposition':'FILE_OVERWRITE_IF','access':'normal','access_mask':131487,'delete_on_close':false,'directory'"
			":false,'fid':16385,'create_action':'opened','created':'2025-11-22T00:34:00.000000+0000','accessed':'2025-11-22T00:34:00.000000+0000','modifi"
			"ed':'2025-11-22T00:34:00.000000+0000','changed':'2025-11-22T00:34:00.000000+0000','size':0,'file':{'executable':false,'class':'plc_project'}"
			"}}\n"
			"{'complete':true,'smb':{'id':3,'version':1,'command':'SMB1_COMMAND_WRITE_ANDX','command_raw':47,'status':'STATUS_SUCCESS','status_code':0,'s"
			"ession_id':2,'tree_id':1,'process_id':65279,'multiplex_id':5,'response_multiplex_id':5,'rtt_us':1000,'signed':false,'share':'\\\\\\\\NC-05\\\\PROG"
			"','fid':16385,'filename':'\\\\O1234.MPF','write':{'offset':0,'length':10},'file':{'executable':false,'class':'plc_project'}}}\n"
			"{'complete':true,'smb':{'id':4,'version':1,'command':'SMB1_COMMAND_READ_ANDX','command_raw':46,'status':'STATUS_SUCCESS','status_code':0,'se"
			"ssion_id':2,'tree_id':1,'process_id':65279,'multiplex_id':6,'response_multiplex_id':6,'rtt_us':1000,'signed':false,'share':'\\\\\\\\NC-05\\\\PROG'"
			",'fid':16385,'filename':'\\\\O1234.MPF','read':{'offset':0,'length':10},'file':{'executable':false,'class':'plc_project'}}}\n"
			"{'complete':true,'smb':{'id':5,'version':1,'command':'SMB1_COMMAND_CLOSE','command_raw':4,'status':'STATUS_SUCCESS','status_code':0,'session"
			"_id':2,'tree_id':1,'process_id':65279,'multiplex_id':7,'response_multiplex_id':7,'rtt_us':1000,'signed':false,'share':'\\\\\\\\NC-05\\\\PROG','fid"
			"':16385,'filename':'\\\\O1234.MPF'}}\n",
	},
	{
		.name = "SMB 1: rename and path commands",
		.spec = "CIFS 2.2.4.8, 2.2.4.17",
		.dissector = &smb_dissector,
		.script =
			"> [nbss]00000054 [SMB1]ff534d42 [command]07 [status]00000000 [flags]18 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 [pid]fffe"
			" [uid]0200 [mid]0800 [words]01 [search]0600 [bytes]2f00 [old]045c004f0031003200330034002e004d00500046000000 "
			"[new]04005c004f0031003200330034002e00420041004b000000"
			"< [nbss]00000023 [SMB1]ff534d42 [command]07 [status]00000000 [flags]98 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 [pid]fffe"
			" [uid]0200 [mid]0800 [words]00 [bytes]0000"
			"> [nbss]0000002c [SMB1]ff534d42 [command]06 [status]00000000 [flags]18 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 [pid]fffe"
			" [uid]0200 [mid]0900 [words]01 [search]0600 [bytes]0700 [path]045c0061000000"
			"< [nbss]00000023 [SMB1]ff534d42 [command]06 [status]00000000 [flags]98 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 [pid]fffe"
			" [uid]0200 [mid]0900 [words]00 [bytes]0000"
			"> [nbss]0000002e [SMB1]ff534d42 [command]10 [status]00000000 [flags]18 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 [pid]fffe"
			" [uid]0200 [mid]0b00 [words]00 [bytes]0b00 [path]045c004f004c0044000000"
			"< [nbss]00000023 [SMB1]ff534d42 [command]10 [status]01000300 [flags]98 [flags2]0180 [pid high]0000 [signature]00000000000000000000 [tid]0100 [pid]fffe"
			" [uid]0200 [mid]0b00 [words]00 [bytes]0000",
		.expect =
			"{'complete':true,'smb':{'id':1,'version':1,'command':'SMB1_COMMAND_RENAME','command_raw':7,'status':'STATUS_SUCCESS','status_code':0,'sessio"
			  "n_id':2,'tree_id':1,'process_id':65279,'multiplex_id':8,'response_multiplex_id':8,'rtt_us':1000,'signed':false,'filename':'\\\\O1234.MPF','r"
			  "ename':{'from':'\\\\O1234.MPF','to':'\\\\O1234.BAK'},'new_extension':'bak'}}\n"
			  "{'complete':true,'smb':{'id':2,'version':1,'command':'SMB1_COMMAND_DELETE','command_raw':6,'status':'STATUS_SUCCESS','status_code':0,'sessio"
			  "n_id':2,'tree_id':1,'process_id':65279,'multiplex_id':9,'response_multiplex_id':9,'rtt_us':1000,'signed':false,'filename':'\\\\a','delete_on"
			  "_close':true}}\n"
			  "{'complete':true,'smb':{'id':3,'version':1,'command':'SMB1_COMMAND_CHECK_DIRECTORY','command_raw':16,'status':'DOS_BADPATH','status_code':3,"
			  "'error_class':1,'session_id':2,'tree_id':1,'process_id':65279,'multiplex_id':11,'response_multiplex_id':11,'rtt_us':1000,'signed':false,'fil"
			  "ename':'\\\\OLD'}}\n",
	},
	{
		.name = "SMB 1: TRANSACTION2",
		.spec = "CIFS 2.2.6.2, 2.2.6.7",
		.dissector = &smb_dissector,
		.script =
			"> [nbss]0000005e [SMB1]ff534d42 [command]32 [status]00000000 [flags]18 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 [pid]fffe"
			" [uid]0200 [mid]0900 [words]0f [total]1a000000 [max]000000040000 [flags]0000 [timeout]00000000 [reserved]0000 [parameters]1a004400 [data]00005e00 "
			"[setups]0100 [setup]0100 [bytes]1d00 [name]00 [pad]0000 [parameters]1600640006000401000000005c002a002e004d00500046000000"
			"< [nbss]0000003f [SMB1]ff534d42 [command]32 [status]00000000 [flags]98 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 [pid]fffe"
			" [uid]0200 [mid]0900 [words]0a [total]00000800 [reserved]0000 [parameters]000000000000 [data]080037000000 [setups]0000 [bytes]0800 "
			"[data]0000000000000000"
			"> [nbss]00000061 [SMB1]ff534d42 [command]32 [status]00000000 [flags]18 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 [pid]fffe"
			" [uid]0200 [mid]0a00 [words]0f [total]1c000100 [max]000000040000 [flags]0000 [timeout]00000000 [reserved]0000 [parameters]1c004400 [data]01006000 "
			"[setups]0100 [setup]0600 [bytes]2000 [name]00 [pad]0000 [parameters]f503000000005c004f0031003200330034002e00420041004b000000 [data]01"
			"< [nbss]00000037 [SMB1]ff534d42 [command]32 [status]00000000 [flags]98 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 [pid]fffe"
			" [uid]0200 [mid]0a00 [words]0a [total]00000000 [reserved]0000 [parameters]000000000000 [data]000037000000 [setups]0000 [bytes]0000",
		.expect =
			"{'complete':true,'smb':{'id':1,'version':1,'command':'SMB1_COMMAND_TRANS2','command_raw':50,'status':'STATUS_SUCCESS','status_code':0,'sessi"
			"on_id':2,'tree_id':1,'process_id':65279,'multiplex_id':9,'response_multiplex_id':9,'rtt_us':1000,'signed':false,'timeout':0,'subcommand':{'r"
			"aw':1,'code':'FIND_FIRST2'},'find':{'pattern':'\\\\*.MPF'}}}\n"
			"{'complete':true,'smb':{'id':2,'version':1,'command':'SMB1_COMMAND_TRANS2','command_raw':50,'status':'STATUS_SUCCESS','status_code':0,'sessi"
			"on_id':2,'tree_id':1,'process_id':65279,'multiplex_id':10,'response_multiplex_id':10,'rtt_us':1000,'signed':false,'timeout':0,'subcommand':{"
			"'raw':6,'code':'SET_PATH_INFORMATION'},'filename':'\\\\O1234.BAK','info':{'class':1013,'name':'Disposition'},'access':'delete "
			"on close','delete_on_close':true}}\n",
	},
	{
		.name = "SMB 1: NT_TRANSACT names its file",
		.spec = "CIFS 2.2.7.1 to 2.2.7.4",
		.dissector = &smb_dissector,
		.script =
			"> [nbss]00000096 [SMB1]ff534d42 [command]a0 [status]00000000 [flags]18 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]1000 [words]13 [max setup]000000 [total]4a00000000000000 [max]6500000000000000 [parameters]4a0000004c000000 "
			"[data]0000000000000000 [setups]00 [function]0100 [bytes]4d00 [pad]000000 [flags]00000000 [root]00000000 [access]9f011200 [size]0000000000000000 "
			"[attributes]80000000 [share]00000000 [disposition]05000000 [options]00100000 [descriptor]00000000 [ea]00000000 [name length]14000000 "
			"[impersonation]02000000 [security]00 [pad]00 [name]5c004f0031003200330034002e004d0050004600"
			"< [nbss]0000008d [SMB1]ff534d42 [command]a0 [status]00000000 [flags]98 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]1000 [words]12 [reserved]000000 [total]4500000000000000 [parameters]450000004800000000000000 [data]000000000000000000000000 "
			"[setups]00 [bytes]4600 [pad]00 [oplock]0000 [handle]0140 [action]02000000 [error]00000000 "
			"[times]006cae1f785bdc01006cae1f785bdc01006cae1f785bdc01006cae1f785bdc01 [attributes]20000000 [allocated]0000000000000000 [size]0000000000000000 "
			"[type]0000 [state]0000 [directory]00"
			"> [nbss]00000054 [SMB1]ff534d42 [command]a0 [status]00000000 [flags]18 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]1100 [words]17 [max setup]000000 [total]0000000000000000 [max]6500000000000000 [parameters]0000000000000000 "
			"[data]0000000000000000 [setups]04 [function]0200 [control]a4000900 [handle]0140 [is control]0100 [bytes]0300 [pad]000000"
			"< [nbss]00000048 [SMB1]ff534d42 [command]a0 [status]00000000 [flags]98 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]1100 [words]12 [reserved]000000 [total]0000000000000000 [parameters]000000004800000000000000 [data]000000000000000000000000 "
			"[setups]00 [bytes]0100 [pad]00"
			"> [nbss]00000054 [SMB1]ff534d42 [command]a0 [status]00000000 [flags]18 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]1200 [words]13 [max setup]000000 [total]0800000000000000 [max]6500000000000000 [parameters]080000004c000000 "
			"[data]0000000000000000 [setups]00 [function]0300 [bytes]0b00 [pad]000000 [handle]0140 [reserved]0000 [information]04000000"
			"< [nbss]00000048 [SMB1]ff534d42 [command]a0 [status]00000000 [flags]98 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]1200 [words]12 [reserved]000000 [total]0000000000000000 [parameters]000000004800000000000000 [data]000000000000000000000000 "
			"[setups]00 [bytes]0100 [pad]00"
			"> [nbss]00000054 [SMB1]ff534d42 [command]a0 [status]00000000 [flags]18 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]1300 [words]17 [max setup]000000 [total]0000000000000000 [max]6500000000000000 [parameters]0000000000000000 "
			"[data]0000000000000000 [setups]04 [function]0400 [filter]03000000 [handle]0140 [tree]0100 [bytes]0300 [pad]000000"
			"< [nbss]00000048 [SMB1]ff534d42 [command]a0 [status]00000000 [flags]98 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]1300 [words]12 [reserved]000000 [total]0000000000000000 [parameters]000000004800000000000000 [data]000000000000000000000000 "
			"[setups]00 [bytes]0100 [pad]00",
		.expect =
			"{'complete':true,'smb':{'id':1,'version':1,'command':'SMB1_COMMAND_NT_TRANS','command_raw':160,'status':'STATUS_SUCCESS','status_code':0,'se"
			"ssion_id':2,'tree_id':1,'process_id':65279,'multiplex_id':16,'response_multiplex_id':16,'rtt_us':1000,'signed':false,'subcommand':{'raw':1,'"
			"code':'CREATE'},'filename':'\\\\O1234.MPF','disposition':'FILE_OVERWRITE_IF','access':'delete on close','access_mask':1180063,'delete_on_clo"
			"se':true,'directory':false,'fid':16385,'create_action':'created','created':'2025-11-22T06:20:40.000000+0000','accessed':'2025-11-22T06:20:40"
			".000000+0000','modified':'2025-11-22T06:20:40.000000+0000','changed':'2025-11-22T06:20:40.000000+0000','size':0,'folder':'','file':{'executa"
			"ble':false,'class':'plc_project'}}}\n"
			"{'complete':true,'smb':{'id':2,'version':1,'command':'SMB1_COMMAND_NT_TRANS','command_raw':160,'status':'STATUS_SUCCESS','status_code':0,'se"
			"ssion_id':2,'tree_id':1,'process_id':65279,'multiplex_id':17,'response_multiplex_id':17,'rtt_us':1000,'signed':false,'subcommand':{'raw':2,'"
			"code':'IOCTL'},'fid':16385,'filename':'\\\\O1234.MPF','ioctl':{'raw':589988,'code':'FSCTL_SET_REPARSE_POINT'}}}\n"
			"{'complete':true,'smb':{'id':3,'version':1,'command':'SMB1_COMMAND_NT_TRANS','command_raw':160,'status':'STATUS_SUCCESS','status_code':0,'se"
			"ssion_id':2,'tree_id':1,'process_id':65279,'multiplex_id':18,'response_multiplex_id':18,'rtt_us':1000,'signed':false,'subcommand':{'raw':3,'"
			"code':'SET_SECURITY_DESC'},'fid':16385,'filename':'\\\\O1234.MPF'}}\n"
			"{'complete':true,'smb':{'id':4,'version':1,'command':'SMB1_COMMAND_NT_TRANS','command_raw':160,'status':'STATUS_SUCCESS','status_code':0,'se"
			"ssion_id':2,'tree_id':1,'process_id':65279,'multiplex_id':19,'response_multiplex_id':19,'rtt_us':1000,'signed':false,'subcommand':{'raw':4,'"
			"code':'NOTIFY_CHANGE'},'fid':16385,'filename':'\\\\O1234.MPF'}}\n",
	},
	{
		.name = "SMB 1: TRANSACTION2 opens a file",
		.spec = "CIFS 2.2.6.1",
		.dissector = &smb_dissector,
		.script =
			"> [nbss]00000076 [SMB1]ff534d42 [command]32 [status]00000000 [flags]18 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]1400 [words]0f [total]32000000 [max]1e0000000000 [flags]0000 [timeout]00000000 [reserved]0000 [parameters]32004400 "
			"[data]00000000 [setups]0100 [setup]0000 [bytes]3500 [name]00 [pad]0000 [flags]0100 [mode]4200 [search]0000 [attributes]0000 [time]00000000 "
			"[function]1100 [size]00000000 [reserved]00000000000000000000 [name]5c004f0031003200330034002e004d00500046000000"
			"< [nbss]00000056 [SMB1]ff534d42 [command]32 [status]00000000 [flags]98 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]1400 [words]0a [total]1e000000 [reserved]0000 [parameters]1e0038000000 [data]000000000000 [setups]0000 [bytes]1f00 [pad]00 "
			"[handle]0240 [attributes]0000 [time]00000000 [size]bc020000 [mode]4200 [type]0000 [state]0000 [action]0100 [reserved]00000000 [ea]000000000000"
			"> [nbss]00000029 [SMB1]ff534d42 [command]04 [status]00000000 [flags]18 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]1500 [words]03 [handle]0240 [time]00000000 [bytes]0000"
			"< [nbss]00000023 [SMB1]ff534d42 [command]04 [status]00000000 [flags]98 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]1500 [words]00 [bytes]0000",
		.expect =
			"{'complete':true,'smb':{'id':1,'version':1,'command':'SMB1_COMMAND_TRANS2','command_raw':50,'status':'STATUS_SUCCESS','status_code':0,'sessi"
			"on_id':2,'tree_id':1,'process_id':65279,'multiplex_id':20,'response_multiplex_id':20,'rtt_us':1000,'signed':false,'timeout':0,'subcommand':{"
			"'raw':0,'code':'OPEN2'},'filename':'\\\\O1234.MPF','disposition':'FILE_OPEN_IF','access':'normal','access_mask':66,'delete_on_close':false,'"
			"fid':16386,'size':700,'file':{'executable':false,'class':'plc_project'}}}\n"
			"{'complete':true,'smb':{'id':2,'version':1,'command':'SMB1_COMMAND_CLOSE','command_raw':4,'status':'STATUS_SUCCESS','status_code':0,'session"
			"_id':2,'tree_id':1,'process_id':65279,'multiplex_id':21,'response_multiplex_id':21,'rtt_us':1000,'signed':false,'fid':16386,'filename':'"
			"\\\\O1234.MPF'}}\n",
	},
	{
		.name = "SMB 1: raw data answers READ_RAW and follows WRITE_RAW",
		.spec = "CIFS 2.2.4.22, 2.2.4.25",
		.dissector = &smb_dissector,
		.script =
			"> [nbss]00000025 [SMB1]ff534d42 [command]05 [status]00000000 [flags]18 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]1f00 [words]01 [handle]0340 [bytes]0000"
			"< [nbss]00000023 [SMB1]ff534d42 [command]05 [status]00000000 [flags]98 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]1f00 [words]00 [bytes]0000"
			"> [nbss]00000037 [SMB1]ff534d42 [command]1a [status]00000000 [flags]18 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]2000 [words]0a [handle]0340 [offset]00020000 [max]0010 [min]0000 [timeout]00000000 [reserved]0000 [offset high]00000000 "
			"[bytes]0000"
			"< [nbss]0000000b [data]4e31302047312058300d0a"
			"> [nbss]00000033 [SMB1]ff534d42 [command]1a [status]00000000 [flags]18 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]2100 [words]08 [handle]0340 [offset]0b020000 [max]0010 [min]0000 [timeout]00000000 [reserved]0000 [bytes]0000"
			"< [nbss]00000000"
			"> [nbss]00000040 [SMB1]ff534d42 [command]1d [status]00000000 [flags]18 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]2200 [words]0c [handle]0340 [count]0900 [reserved]0000 [offset]00000000 [timeout]00000000 [mode]0100 [reserved]00000000 "
			"[length]0400 [data offset]3c00 [bytes]0500 [pad]00 [data]4e313020"
			"< [nbss]00000025 [SMB1]ff534d42 [command]1d [status]00000000 [flags]98 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]2200 [words]01 [remaining]ffff [bytes]0000"
			"> [nbss]00000005 [data]4d33300d0a"
			"< [nbss]00000025 [SMB1]ff534d42 [command]20 [status]00000000 [flags]98 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]2200 [words]01 [count]0900 [bytes]0000",
		.expect =
			"{'complete':true,'smb':{'id':1,'version':1,'command':'SMB1_COMMAND_FLUSH','command_raw':5,'status':'STATUS_SUCCESS','status_code':0,'session"
			"_id':2,'tree_id':1,'process_id':65279,'multiplex_id':31,'response_multiplex_id':31,'rtt_us':1000,'signed':false,'fid':16387}}\n"
			"{'complete':true,'smb':{'id':2,'version':1,'command':'SMB1_COMMAND_READ_RAW','command_raw':26,'session_id':2,'tree_id':1,'process_id':65279,"
			"'multiplex_id':32,'rtt_us':1000,'signed':false,'fid':16387,'read':{'offset':512,'length':11}}}\n"
			"{'complete':true,'smb':{'id':3,'version':1,'command':'SMB1_COMMAND_READ_RAW','command_raw':26,'session_id':2,'tree_id':1,'process_id':65279,"
			"'multiplex_id':33,'rtt_us':1000,'signed':false,'fid':16387,'read':{'offset':523,'length':0}}}\n"
			"{'complete':true,'smb':{'id':4,'version':1,'command':'SMB1_COMMAND_WRITE_RAW','command_raw':29,'status':'STATUS_SUCCESS','status_code':0,'se"
			"ssion_id':2,'tree_id':1,'process_id':65279,'multiplex_id':34,'response_multiplex_id':34,'rtt_us':3000,'signed':false,'fid':16387,'write':{'o"
			"ffset':0,'length':9}}}\n",
	},
	{
		.name = "SMB 1: PeekNamedPipe probe",
		.spec = "CIFS 2.2.5.5",
		.dissector = &smb_dissector,
		.script =
			"> [nbss]00000054 [SMB1]ff534d42 [command]25 [status]00000000 [flags]18 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 [pid]fffe"
			" [uid]0200 [mid]4100 [words]10 [total]00000000 [max]000000040000 [flags]0000 [timeout]00000000 [reserved]0000 [parameters]00005400 [data]00005400 "
			"[setups]0200 [setup]2300 [setup]0000 [bytes]1100 [pad]00 [name]5c0050004900500045005c000000 [pad]0000"
			"< [nbss]00000023 [SMB1]ff534d42 [command]25 [status]050200c0 [flags]98 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 [pid]fffe"
			" [uid]0200 [mid]4100 [words]00 [bytes]0000",
		.expect =
			"{'complete':true,'smb':{'id':1,'version':1,'command':'SMB1_COMMAND_TRANS','command_raw':37,'status':'STATUS_INSUFF_SERVER_RESOURCES','status"
			"_code':3221225989,'session_id':2,'tree_id':1,'process_id':65279,'multiplex_id':65,'response_multiplex_id':65,'rtt_us':1000,'signed':false,'t"
			"imeout':0,'transaction_name':'\\\\PIPE\\\\','subcommand':{'raw':35,'code':'PEEK_NMPIPE'},'fid':0}}\n",
	},
	{
		.name = "SMB 1: DoublePulsar",
		.spec = "CIFS 2.2.6.15",
		.dissector = &smb_dissector,
		.script =
			"> [nbss]00000050 [SMB1]ff534d42 [command]32 [status]00000000 [flags]18 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 [pid]fffe"
			" [uid]0200 [mid]4100 [words]0f [total]0c000000 [max]000000040000 [flags]0000 [timeout]77bfed00 [reserved]0000 [parameters]0c004400 [data]00005000 "
			"[setups]0100 [setup]0e00 [bytes]0f00 [name]00 [pad]0000 [parameters]000000000000000000000000"
			"< [nbss]00000023 [SMB1]ff534d42 [command]32 [status]020000c0 [flags]98 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 [pid]fffe"
			" [uid]0200 [mid]5100 [words]00 [bytes]0000",
		.expect =
			"{'complete':true,'smb':{'id':1,'version':1,'command':'SMB1_COMMAND_TRANS2','command_raw':50,'status':'STATUS_NOT_IMPLEMENTED','status_code':"
			"3221225474,'session_id':2,'tree_id':1,'process_id':65279,'multiplex_id':65,'response_multiplex_id':81,'multiplex_id_changed':true,'rtt_us':1"
			"000,'signed':false,'timeout':15581047,'timeout_sum':35,'subcommand':{'raw':14,'code':'SESSION_SETUP'}}}\n",
	},
	{
		.name = "SMB 1: secondary request of another kind",
		.spec = "CIFS 2.2.4.47",
		.dissector = &smb_dissector,
		.script =
			"> [nbss]0000006a [SMB1]ff534d42 [command]a0 [status]00000000 [flags]18 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 [pid]fffe"
			" [uid]0200 [mid]4200 [words]14 [max setup]010000 [total]1e000000d0030100 [max]1e00000000000000 [parameters]1e0000004b000000 [data]0000000068000000 "
			"[setups]01 [function]0500 [setup]0000 [bytes]1f00 [pad]00000000000000000000000000000000000000000000000000000000000000"
			"< [nbss]00000023 [SMB1]ff534d42 [command]a0 [status]00000000 [flags]98 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 [pid]fffe"
			" [uid]0200 [mid]4200 [words]00 [bytes]0000"
			"> [nbss]00000045 [SMB1]ff534d42 [command]33 [status]00000000 [flags]18 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 [pid]fffe"
			" [uid]0200 [mid]4200 [words]09 [total]00000010 [parameters]000000000000 [data]1000350000000000 [bytes]1000 [data]00000000000000000000000000000000",
		.expect =
			"{'complete':false,'smb':{'id':2,'version':1,'command':'SMB1_COMMAND_TRANS2_SECONDARY','command_raw':51,'session_id':2,'tree_id':1,'process_i"
			"d':65279,'multiplex_id':66,'waited_us':0,'signed':false,'opened_by':'SMB1_COMMAND_NT_TRANS'}}\n"
			"{'complete':false,'smb':{'id':1,'version':1,'command':'SMB1_COMMAND_NT_TRANS','command_raw':160,'session_id':2,'tree_id':1,'process_id':6527"
			"9,'multiplex_id':66,'waited_us':2000,'signed':false,'subcommand':{'raw':5,'code':'RENAME'}}}\n",
	},
	{
		.name = "SMB 1: AndX chain of three",
		.spec = "CIFS 2.2.3.4",
		.dissector = &smb_dissector,
		.script =
			"> [nbss]00000067 [SMB1]ff534d42 [command]24 [status]00000000 [flags]18 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 [pid]fffe"
			" [uid]0200 [mid]0600 [words]08 [andx]2f003f00 [fid]0240 [type, oplock]0000 [timeout]00000000 [counts]00000000 [bytes]0c00 "
			"[pad]000000000000000000000000 [words]0c [andx]04005e00 [fid]0240 [offset, timeout]0000000000000000 [mode, remaining]00000000 [length]000004005a00 "
			"[bytes]0400 [data]4d5a9000 [words]03 [fid, time]024000000000 [bytes]0000"
			"< [nbss]00000039 [SMB1]ff534d42 [command]24 [status]00000000 [flags]98 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 [pid]fffe"
			" [uid]0200 [mid]0600 [words]02 [andx]2f002700 [bytes]0000 [words]06 [andx]04003600 [count]0400000000000000 [bytes]0000 [words]00 [bytes]0000",
		.expect =
			"{'complete':true,'smb':{'id':1,'version':1,'command':'SMB1_COMMAND_LOCKING_ANDX','command_raw':36,'status':'STATUS_SUCCESS','status_code':0,"
			"'session_id':2,'tree_id':1,'process_id':65279,'multiplex_id':6,'response_multiplex_id':6,'rtt_us':1000,'signed':false,'fid':16386}}\n"
			"{'complete':true,'smb':{'id':1,'version':1,'command':'SMB1_COMMAND_WRITE_ANDX','command_raw':47,'status':'STATUS_SUCCESS','status_code':0,'s"
			"ession_id':2,'tree_id':1,'process_id':65279,'multiplex_id':6,'response_multiplex_id':6,'rtt_us':1000,'signed':false,'fid':16386,'write':{'of"
			"fset':0,'length':4},'file':{'mime':'application/x-dosexec','executable':true,'class':'pe'}}}\n"
			"{'complete':true,'smb':{'id':1,'version':1,'command':'SMB1_COMMAND_CLOSE','command_raw':4,'status':'STATUS_SUCCESS','status_code':0,'session"
			"_id':2,'tree_id':1,'process_id':65279,'multiplex_id':6,'response_multiplex_id':6,'rtt_us':1000,'signed':false,'fid':16386}}\n",
	},
	{
		.name = "SMB 1: AndX chain that points back",
		.spec = "CIFS 2.2.3.4",
		.dissector = &smb_dissector,
		.script =
			"> [nbss]00000027 [SMB1]ff534d42 [command]74 [status]00000000 [flags]18 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 [pid]fffe"
			" [uid]0200 [mid]0700 [words]02 [andx]74002000 [bytes]0000",
		.expect =
			"{'complete':false,'smb':{'id':1,'version':1,'command':'SMB1_COMMAND_LOGOFF_ANDX','command_raw':116,'session_id':2,'tree_id':1,'process_id':6"
			"5279,'multiplex_id':7,'waited_us':0,'signed':false}}\n",
	},
	{
		.name = "SMB 1: echo answered twice",
		.spec = "CIFS 2.2.4.39",
		.dissector = &smb_dissector,
		.script =
			"> [nbss]00000026 [SMB1]ff534d42 [command]2b [status]00000000 [flags]18 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0000 [pid]fffe"
			" [uid]0000 [mid]0800 [words]01 [echoes]0200 [bytes]0100 [data]78"
			"< [nbss]00000026 [SMB1]ff534d42 [command]2b [status]00000000 [flags]98 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0000 [pid]fffe"
			" [uid]0000 [mid]0800 [words]01 [number]0100 [bytes]0100 [data]78"
			"< [nbss]00000026 [SMB1]ff534d42 [command]2b [status]00000000 [flags]98 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0000 [pid]fffe"
			" [uid]0000 [mid]0800 [words]01 [number]0200 [bytes]0100 [data]78",
		.expect =
			"{'complete':true,'smb':{'id':1,'version':1,'command':'SMB1_COMMAND_ECHO','command_raw':43,'status':'STATUS_SUCCESS','status_code':0,'session"
			"_id':0,'tree_id':0,'process_id':65279,'multiplex_id':8,'response_multiplex_id':8,'rtt_us':1000,'signed':false}}\n",
	},
	{
		.name = "SMB 1: words cut off",
		.spec = "CIFS 2.2.3.2",
		.dissector = &smb_dissector,
		.script =
			"> [nbss]00000029 [SMB1]ff534d42 [command]25 [status]00000000 [flags]18 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 [pid]fffe"
			" [uid]0200 [mid]4300 [words]14 [too few]0000000000000000",
		.expect =
			"{'complete':false,'smb':{'id':1,'version':1,'command':'SMB1_COMMAND_TRANS','command_raw':37,'session_id':2,'tree_id':1,'process_id':65279,'m"
			"ultiplex_id':67,'waited_us':0,'signed':false,'malformed':'truncated_words'}}\n"
			"{'anomaly':{'type':'malformed','reason':'truncated_words','offset':32,'app_proto':'smb'}}\n",
	},
	{
		.name = "SMB 2: body cut off",
		.spec = "SMB2 2.2.13",
		.dissector = &smb_dissector,
		.script =
			"> [nbss]0000004c [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0500 [credits]0100 [flags]00000000 [next]00000000 "
			"[message id]0900000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 "
			"[too little]000000000000000000000000"
			"< [nbss]00000049 [SMB2]fe534d42 [size]4000 [charge]0100 [status]0d0000c0 [command]0500 [credits]0100 [flags]01000000 [next]00000000 "
			"[message id]0900000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]090000000000000000",
		.expect =
			"{'complete':true,'smb':{'id':1,'version':2,'command':'SMB2_COMMAND_CREATE','command_raw':5,'status':'STATUS_INVALID_PARAMETER','status_code'"
			":3221225485,'session_id':4398046511105,'tree_id':5,'message_id':9,'rtt_us':1000,'async':false,'signed':false,'malformed':'truncated_body'}}\n"
			"{'anomaly':{'type':'malformed','reason':'truncated_body','offset':64,'app_proto':'smb'}}\n",
	},
	{
		.name = "a message that is no SMB between others",
		.spec = "RFC 1002 4.3.6",
		.dissector = &smb_dissector,
		.script =
			"> [nbss]00000044 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0d00 [credits]0100 [flags]00000000 [next]00000000 "
			"[message id]0100000000000000 [tree]fffe000000000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]04000000"
			"> [nbss]0000000d [raw]72656164207261772064617461"
			"> [nbss]00000044 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0d00 [credits]0100 [flags]00000000 [next]00000000 "
			"[message id]0200000000000000 [tree]fffe000000000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]04000000",
		.expect =
			"{'anomaly':{'type':'not_protocol','reason':'no_smb','offset':0,'lost_bytes':13,'app_proto':'smb'}}\n"
			"{'complete':false,'smb':{'id':1,'version':2,'command':'SMB2_COMMAND_KEEPALIVE','command_raw':13,'session_id':4398046511105,'tree_id':0,'mess"
			"age_id':1,'waited_us':2000,'async':false,'signed':false}}\n"
			"{'complete':false,'smb':{'id':2,'version':2,'command':'SMB2_COMMAND_KEEPALIVE','command_raw':13,'session_id':4398046511105,'tree_id':0,'mess"
			"age_id':2,'waited_us':0,'async':false,'signed':false}}\n",
		.loose = true,
	},
	{
		.name = "DCE/RPC: endpoint mapper",
		.spec = "C706 appendix O",
		.dissector = &dcerpc_dissector,
		.script =
			"> [rpc version]0500 [type]0b [flags]03 [little endian]10000000 [fragment]4800 [auth]0000 [call]01000000 [max]b810b81000000000 [contexts]01000000 "
			"[context]00000100 [interface]0883afe11f5dc91191a408002b14a0fa [version]03000000 [transfer syntax]045d888aeb1cc9119fe808002b10486002000000"
			"< [rpc version]0500 [type]0c [flags]03 [little endian]10000000 [fragment]3c00 [auth]0000 [call]01000000 [max]b810b810f0530000 [port]0400 "
			"[name]313335000000 [results]0100000000000000 [syntax]045d888aeb1cc9119fe808002b10486002000000"
			"> [rpc version]0500 [type]00 [flags]03 [little endian]10000000 [fragment]9000 [auth]0000 [call]02000000 [hint]78000000 [context]0000 [opnum]0300 "
			"[stub]00000000020000004d0000004d000000050013000d81bb7a364498f135ad3298f03800100302000200000015000d045d888aeb1cc9119fe808002b10486002000000020000000100"
			"0b0200000001000702000000010009040000000000000000000000000000000000000000000000000000000004000000"
			"< [rpc version]0500 [type]02 [flags]03 [little endian]10000000 [fragment]9c00 [auth]0000 [call]02000000 [hint]84000000 [context]00000000 "
			"[stub]000000000000000000000000000000000000000001000000040000000000000001000000030000004d0000004d000000050013000d81bb7a364498f135ad3298f038001003020002"
			"00000015000d045d888aeb1cc9119fe808002b104860020000000200000001000b020000000100070200c20501000904000000000000000000000000",
		.expect =
			"{'complete':true,'dcerpc':{'type':'bind','call_id':1,'rtt_us':1000,'uuid':'e1af8308-5d1f-11c9-91a4-08002b14a0fa','service':'epmapper','versi"
			"on':'3.0'}}\n"
			"{'complete':true,'dcerpc':{'type':'request','call_id':2,'rtt_us':1000,'uuid':'e1af8308-5d1f-11c9-91a4-08002b14a0fa','service':'epmapper','ve"
			"rsion':'3.0','opnum':3,'procedure':'Map','endpoint':{'uuid':'367abb81-9844-35f1-ad32-98f038001003','service':'svcctl','port':49669}}}\n",
	},
	{
		.name = "DCE/RPC: alter context, logon, call",
		.spec = "RPCE 2.2.2.11",
		.dissector = &dcerpc_dissector,
		.script =
			"> [rpc version]0500 [type]0e [flags]03 [little endian]10000000 [fragment]a400 [auth]2800 [call]03000000 [max]b810b81000000000 [contexts]02000000 "
			"[context]00000100 [interface]81bb7a364498f135ad3298f038001003 [version]02000000 [transfer syntax]045d888aeb1cc9119fe808002b10486002000000 "
			"[context]01000100 [interface]8206f71f510ae830076d740be8cee98b [version]01000000 [transfer syntax]045d888aeb1cc9119fe808002b10486002000000 "
			"[security]0a050000000000004e544c4d5353500001000000978208e2000000000000000000000000000000000a0063450000000f"
			"< [rpc version]0500 [type]0c [flags]03 [little endian]10000000 [fragment]b800 [auth]7400 [call]03000000 [max]b810b810f0530000 [port]0400 "
			"[name]313335000000 [results]0100000000000000 [syntax]045d888aeb1cc9119fe808002b10486002000000 "
			"[security]0a050000000000004e544c4d53535000020000000a000a003800000015828ae20001020304050607000000000000000032003200420000000a007c4f0000000f50004c004100"
			"4e00540002000a0050004c0041004e00540001000c00460049004c0045005300310003000c00660069006c0065007300310000000000"
			"> [rpc version]0500 [type]10 [flags]03 [little endian]10000000 [fragment]ba00 [auth]9e00 [call]03000000 [pad]00000000 "
			"[security]0a050000000000004e544c4d5353500003000000180018006e00000018001800860000000a000a004800000010001000520000000c000c0062000000000000009e0000001582"
			"88e20a0063450000000f50004c0041004e00540065006e00670069006e0065006500720048004d0049002d0030003700111111111111111100000000000000000000000000000000333333"
			"333333333333333333333333333333333333333333"
			"> [rpc version]0500 [type]00 [flags]03 [little endian]10000000 [fragment]2000 [auth]0000 [call]04000000 [hint]08000000 [context]0000 [opnum]1300 "
			"[stub]0000000000000000"
			"< [rpc version]0500 [type]03 [flags]03 [little endian]10000000 [fragment]2000 [auth]0000 [call]04000000 [hint]00000000 [context]00000000 "
			"[status]0300011c00000000",
		.expect =
			"{'complete':true,'dcerpc':{'type':'alter_context','call_id':3,'rtt_us':1000,'uuid':'367abb81-9844-35f1-ad32-98f038001003','service':'svcctl'"
			",'version':'2.0','interfaces':[{'uuid':'367abb81-9844-35f1-ad32-98f038001003','service':'svcctl'},{'uuid':'1ff70682-0a51-30e8-076d-740be8cee"
			"98b','service':'atsvc'}]}}\n"
			"{'complete':false,'dcerpc':{'type':'auth3','call_id':3}}\n"
			"{'smb':{'mechanism':'ntlmssp','ntlmssp':{'type':'authenticate','domain':'PLANT','user':'engineer','host':'HMI-07','ntlm_version':'v1_ess','v"
			"ersion':'10.0.17763'},'anonymous':false}}\n"
			"{'complete':true,'dcerpc':{'type':'request','call_id':4,'rtt_us':1000,'uuid':'367abb81-9844-35f1-ad32-98f038001003','service':'svcctl','vers"
			"ion':'2.0','opnum':19,'procedure':'StartServiceW','fault':469827587}}\n",
	},
	{
		.name = "DCE/RPC: later fragments",
		.spec = "C706 12.6.3.1",
		.dissector = &dcerpc_dissector,
		.script =
			"> [rpc version]0500 [type]00 [flags]03 [little endian]10000000 [fragment]2000 [auth]0000 [call]09000000 [hint]08000000 [context]0000 [opnum]0c00 "
			"[stub]0000000000000000"
			"> [rpc version]0500 [type]00 [flags]02 [little endian]10000000 [fragment]2000 [auth]0000 [call]09000000 [hint]08000000 [context, opnum]00000c00 "
			"[stub]0000000000000000"
			"< [rpc version]0500 [type]02 [flags]01 [little endian]10000000 [fragment]2000 [auth]0000 [call]09000000 [hint]08000000 [context]00000000 "
			"[stub]0000000000000000"
			"< [rpc version]0500 [type]02 [flags]02 [little endian]10000000 [fragment]2000 [auth]0000 [call]09000000 [hint]08000000 [context]00000000 "
			"[stub]0000000000000000",
		.expect =
			"{'complete':true,'dcerpc':{'type':'request','call_id':9,'rtt_us':2000,'opnum':12}}\n",
	},
	{
		.name = "SMB 1: an answer under a number that nobody asked with",
		.spec = "CIFS 3.3.5.1",
		.dissector = &smb_dissector,
		.script =
			"> [nbss]0000003a [SMB1]ff534d42 [command]72 [status]00000000 [flags]18 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0000 [pid]fffe [uid]0000 [mid]0000 [words]00 [bytes]1700 [dialects]024e54204c4d20302e31320002534d4220322e3f3f3f00"
			"< [nbss]00000025 [SMB1]ff534d42 [command]72 [status]00000000 [flags]98 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0000 [pid]fffe [uid]0000 [mid]0000 [words]01 [dialect]0000 [bytes]0000"
			"< [nbss]00000025 [SMB1]ff534d42 [command]24 [status]00000000 [flags]98 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0000 [pid]fffe [uid]0000 [mid]ffff [words]01 [number]0000 [bytes]0000"
			"< [nbss]00000025 [SMB1]ff534d42 [command]2b [status]00000000 [flags]98 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0000 [pid]fffe [uid]0000 [mid]0700 [words]01 [number]0000 [bytes]0000",
		.expect = "{'complete':true,'smb':{'id':1,'version':1,'dialect':'NT LM 0.12','command':'SMB1_COMMAND_NEGOTIATE_PROTOCOL','command_raw':114,'status':'STATUS_SUCCESS','status_code':0,'session_id':0,'tree_id':0,'process_id':65279,'multiplex_id':0,'response_multiplex_id':0,'rtt_us':1000,'signed':false,'negotiate':{'client_dialects':['NT LM 0.12','SMB 2.\?\?\?']}}}\n"
			  "{'complete':false,'smb':{'id':2,'version':1,'dialect':'NT LM 0.12','command':'SMB1_COMMAND_LOCKING_ANDX','command_raw':36,'status':'STATUS_SUCCESS','status_code':0,'session_id':0,'tree_id':0,'process_id':65279,'multiplex_id':65535,'signed':false}}\n"
			  "{'complete':false,'smb':{'id':3,'version':1,'dialect':'NT LM 0.12','command':'SMB1_COMMAND_ECHO','command_raw':43,'status':'STATUS_SUCCESS','status_code':0,'session_id':0,'tree_id':0,'process_id':65279,'multiplex_id':7,'signed':false}}\n"
			  "{'anomaly':{'type':'malformed','reason':'ids_never_asked','offset':32,'app_proto':'smb'}}\n",
		.loose = true,
	},
	{
		.name = "SMB 1: an answer that comes before its question",
		.spec = "CIFS 3.3.5.1",
		.dissector = &smb_dissector,
		.script =
			"> [nbss]0000003a [SMB1]ff534d42 [command]72 [status]00000000 [flags]18 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0000 [pid]fffe [uid]0000 [mid]0000 [words]00 [bytes]1700 [dialects]024e54204c4d20302e31320002534d4220322e3f3f3f00"
			"< [nbss]00000025 [SMB1]ff534d42 [command]72 [status]00000000 [flags]98 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0000 [pid]fffe [uid]0000 [mid]0000 [words]01 [dialect]0000 [bytes]0000"
			"< [nbss]00000025 [SMB1]ff534d42 [command]2b [status]00000000 [flags]98 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0000 [pid]fffe [uid]0000 [mid]0700 [words]01 [number]0000 [bytes]0000"
			"> [nbss]00000025 [SMB1]ff534d42 [command]2b [status]00000000 [flags]18 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0000 [pid]fffe [uid]0000 [mid]0700 [words]01 [count]0100 [bytes]0000"
			"< [nbss]00000025 [SMB1]ff534d42 [command]2b [status]00000000 [flags]98 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0000 [pid]fffe [uid]0000 [mid]0700 [words]01 [number]0000 [bytes]0000",
		.expect = "{'complete':true,'smb':{'id':1,'version':1,'dialect':'NT LM 0.12','command':'SMB1_COMMAND_NEGOTIATE_PROTOCOL','command_raw':114,'status':'STATUS_SUCCESS','status_code':0,'session_id':0,'tree_id':0,'process_id':65279,'multiplex_id':0,'response_multiplex_id':0,'rtt_us':1000,'signed':false,'negotiate':{'client_dialects':['NT LM 0.12','SMB 2.\?\?\?']}}}\n"
			  "{'complete':false,'smb':{'id':2,'version':1,'dialect':'NT LM 0.12','command':'SMB1_COMMAND_ECHO','command_raw':43,'status':'STATUS_SUCCESS','status_code':0,'session_id':0,'tree_id':0,'process_id':65279,'multiplex_id':7,'signed':false}}\n"
			  "{'complete':true,'smb':{'id':3,'version':1,'dialect':'NT LM 0.12','command':'SMB1_COMMAND_ECHO','command_raw':43,'status':'STATUS_SUCCESS','status_code':0,'session_id':0,'tree_id':0,'process_id':65279,'multiplex_id':7,'response_multiplex_id':7,'rtt_us':1000,'signed':false}}\n",
		.loose = true,
	},
	{
		.name = "compound whose answers carry no ids",
		.spec = "SMB2 3.3.5.2.7.2",
		.dissector = &smb_dissector,
		.script =
			"> [nbss]00000070 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0300 [credits]0100 [flags]00000000 [next]00000000 [message "
			"id]0300000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]09000000 [path]48002800 "
			"[\\\\files1\\engineering]5c005c00660069006c006500730031005c0065006e00670069006e0065006500720069006e006700"
			"< [nbss]00000050 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0300 [credits]0100 [flags]01000000 [next]00000000 [message "
			"id]0300000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]1000 [share type]0100 "
			"[flags]0000000000000000ff011f00"
			"> [nbss]000000e0 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0500 [credits]0100 [flags]00000000 [next]88000000 [message "
			"id]0400000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]3900 [oplock]0000 "
			"[impersonation]0200000000000000000000000000000000000000 [access]89001200 [attributes, share]8000000007000000 [disposition]01000000 [options]40000000 "
			"[name]78000a000000000000000000 [a.txt]61002e00740078007400 [padding]000000000000 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 "
			"[command]0600 [credits]0100 [flags]04000000 [next]00000000 [message id]0500000000000000 [tree]fffe0000ffffffff [session]ffffffffffffffff "
			"[signature]00000000000000000000000000000000 [size]1800010000000000 [file id]ffffffffffffffffffffffffffffffff"
			"< [nbss]00000114 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0500 [credits]0100 [flags]01000000 [next]98000000 [message "
			"id]0400000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]59000000 [action]01000000 "
			"[times]0006278e475bdc01805befae475bdc0100c556ae475bdc01802ebead475bdc01 [allocated]0010000000000000 [length]0000000000000000 "
			"[attributes]8000000000000000 [file id]04000000000000005400000000000000 [contexts]0000000000000000 [SMB2]fe534d42 [size]4000 [charge]0100 "
			"[status]00000000 [command]0600 [credits]0100 [flags]05000000 [next]00000000 [message id]0500000000000000 [tree]fffe0000ffffffff "
			"[session]ffffffffffffffff [signature]00000000000000000000000000000000 [size]3c00010000000000 "
			"[times]0006278e475bdc01004ceab1475bdc01004ceab1475bdc01004ceab1475bdc01 [allocated]0010000000000000 [length]0000000000000000 [attributes]80000000"
			"> [nbss]000000e0 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0500 [credits]0100 [flags]00000000 [next]88000000 [message "
			"id]0600000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]3900 [oplock]0000 "
			"[impersonation]0200000000000000000000000000000000000000 [access]89001200 [attributes, share]8000000007000000 [disposition]01000000 [options]40000000 "
			"[name]78000a000000000000000000 [b.txt]62002e00740078007400 [padding]000000000000 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 "
			"[command]0600 [credits]0100 [flags]04000000 [next]00000000 [message id]0700000000000000 [tree]fffe0000ffffffff [session]ffffffffffffffff "
			"[signature]00000000000000000000000000000000 [size]1800010000000000 [file id]ffffffffffffffffffffffffffffffff"
			"< [nbss]00000099 [SMB2]fe534d42 [size]4000 [charge]0100 [status]340000c0 [command]0500 [credits]0100 [flags]01000000 [next]50000000 [message "
			"id]0600000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]090000000000000000 "
			"[padding]00000000000000 [SMB2]fe534d42 [size]4000 [charge]0100 [status]340000c0 [command]0600 [credits]0100 [flags]05000000 [next]00000000 [message "
			"id]0700000000000000 [tree]fffe0000ffffffff [session]ffffffffffffffff [signature]00000000000000000000000000000000 [size]090000000000000000",
		.expect =
			"{'complete':true,'smb':{'id':1,'version':2,'command':'SMB2_COMMAND_TREE_CONNECT','command_raw':3,'status':'STATUS_SUCCESS','status_code':0,'"
			"session_id':4398046511105,'tree_id':5,'message_id':3,'rtt_us':1000,'async':false,'signed':false,'share':'\\\\\\\\files1\\\\engineering','share_typ"
			"e':'FILE'}}\n"
			"{'complete':true,'smb':{'id':2,'version':2,'command':'SMB2_COMMAND_CREATE','command_raw':5,'status':'STATUS_SUCCESS','status_code':0,'sessio"
			"n_id':4398046511105,'tree_id':5,'message_id':4,'rtt_us':1000,'async':false,'signed':false,'share':'\\\\\\\\files1\\\\engineering','filename':'a.tx"
			"t','disposition':'FILE_OPEN','access':'normal','access_mask':1179785,'delete_on_close':false,'directory':false,'create_action':'opened','cre"
			"ated':'2025-11-22T00:33:00.000000+0000','accessed':'2025-11-22T00:33:55.000000+0000','modified':'2025-11-22T00:33:54.000000+0000','changed':"
			"'2025-11-22T00:33:53.000000+0000','size':0,'fuid':'00000004-0000-0000-5400-000000000000'}}\n"
			"{'complete':true,'smb':{'id':3,'version':2,'command':'SMB2_COMMAND_CLOSE','command_raw':6,'status':'STATUS_SUCCESS','status_code':0,'session"
			"_id':4398046511105,'tree_id':5,'message_id':5,'rtt_us':1000,'async':false,'signed':false,'related':true,'share':'\\\\\\\\files1\\\\engineering','f"
			"uid':'00000004-0000-0000-5400-000000000000','filename':'a.txt','created':'2025-11-22T00:33:00.000000+0000','accessed':'2025-11-22T00:34:00.0"
			"00000+0000','modified':'2025-11-22T00:34:00.000000+0000','changed':'2025-11-22T00:34:00.000000+0000','size':0}}\n"
			"{'complete':true,'smb':{'id':4,'version':2,'command':'SMB2_COMMAND_CREATE','command_raw':5,'status':'STATUS_OBJECT_NAME_NOT_FOUND','status_c"
			"ode':3221225524,'session_id':4398046511105,'tree_id':5,'message_id':6,'rtt_us':1000,'async':false,'signed':false,'share':'\\\\\\\\files1\\\\engine"
			"ering','filename':'b.txt','disposition':'FILE_OPEN','access':'normal','access_mask':1179785,'delete_on_close':false,'directory':false}}\n"
			"{'complete':true,'smb':{'id':5,'version':2,'command':'SMB2_COMMAND_CLOSE','command_raw':6,'status':'STATUS_OBJECT_NAME_NOT_FOUND','status_co"
			"de':3221225524,'session_id':4398046511105,'tree_id':5,'message_id':7,'rtt_us':1000,'async':false,'signed':false,'related':true,'share':'\\\\\\\\"
			"files1\\\\engineering'}}\n",
	},
	{
		.name = "compound behind a tree connect, whose answers carry no ids",
		.spec = "SMB2 3.3.5.2.7.2",
		.dissector = &smb_dissector,
		.script =
			"> [nbss]00000150 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0300 [credits]0100 [flags]00000000 [next]70000000 [message "
			"id]0300000000000000 [tree]fffe000000000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]09000000 [path]48002800 "
			"[\\\\files1\\engineering]5c005c00660069006c006500730031005c0065006e00670069006e0065006500720069006e006700 [SMB2]fe534d42 [size]4000 [charge]0100 "
			"[status]00000000 [command]0500 [credits]0100 [flags]04000000 [next]88000000 [message id]0400000000000000 [tree]fffe0000ffffffff "
			"[session]ffffffffffffffff [signature]00000000000000000000000000000000 [size]3900 [oplock]0000 [impersonation]0200000000000000000000000000000000000000 "
			"[access]89001200 [attributes, share]8000000007000000 [disposition]01000000 [options]40000000 [name]78000a000000000000000000 "
			"[a.txt]61002e00740078007400 [padding]000000000000 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0600 [credits]0100 [flags]04000000 "
			"[next]00000000 [message id]0500000000000000 [tree]fffe0000ffffffff [session]ffffffffffffffff [signature]00000000000000000000000000000000 "
			"[size]1800010000000000 [file id]ffffffffffffffffffffffffffffffff"
			"< [nbss]00000164 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0300 [credits]0100 [flags]01000000 [next]50000000 [message "
			"id]0300000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]1000 [share type]0100 "
			"[flags]0000000000000000ff011f00 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0500 [credits]0100 [flags]05000000 [next]98000000 "
			"[message id]0400000000000000 [tree]fffe0000ffffffff [session]ffffffffffffffff [signature]00000000000000000000000000000000 [size]59000000 "
			"[action]01000000 [times]0006278e475bdc01805befae475bdc0100c556ae475bdc01802ebead475bdc01 [allocated]0010000000000000 [length]0000000000000000 "
			"[attributes]8000000000000000 [file id]04000000000000005400000000000000 [contexts]0000000000000000 [SMB2]fe534d42 [size]4000 [charge]0100 "
			"[status]00000000 [command]0600 [credits]0100 [flags]05000000 [next]00000000 [message id]0500000000000000 [tree]fffe0000ffffffff "
			"[session]ffffffffffffffff [signature]00000000000000000000000000000000 [size]3c00010000000000 "
			"[times]0006278e475bdc01004ceab1475bdc01004ceab1475bdc01004ceab1475bdc01 [allocated]0010000000000000 [length]0000000000000000 [attributes]80000000",
		.expect =
			"{'complete':true,'smb':{'id':1,'version':2,'command':'SMB2_COMMAND_TREE_CONNECT','command_raw':3,'status':'STATUS_SUCCESS','status_code':0,'"
			"session_id':4398046511105,'tree_id':5,'message_id':3,'rtt_us':1000,'async':false,'signed':false,'share':'\\\\\\\\files1\\\\engineering','share_typ"
			"e':'FILE'}}\n"
			"{'complete':true,'smb':{'id':2,'version':2,'command':'SMB2_COMMAND_CREATE','command_raw':5,'status':'STATUS_SUCCESS','status_code':0,'sessio"
			"n_id':4398046511105,'tree_id':5,'message_id':4,'rtt_us':1000,'async':false,'signed':false,'related':true,'share':'\\\\\\\\files1\\\\engineering','"
			"filename':'a.txt','disposition':'FILE_OPEN','access':'normal','access_mask':1179785,'delete_on_close':false,'directory':false,'create_action"
			"':'opened','created':'2025-11-22T00:33:00.000000+0000','accessed':'2025-11-22T00:33:55.000000+0000','modified':'2025-11-22T00:33:54.000000+0"
			"000','changed':'2025-11-22T00:33:53.000000+0000','size':0,'fuid':'00000004-0000-0000-5400-000000000000'}}\n"
			"{'complete':true,'smb':{'id':3,'version':2,'command':'SMB2_COMMAND_CLOSE','command_raw':6,'status':'STATUS_SUCCESS','status_code':0,'session"
			"_id':4398046511105,'tree_id':5,'message_id':5,'rtt_us':1000,'async':false,'signed':false,'related':true,'share':'\\\\\\\\files1\\\\engineering','f"
			"uid':'00000004-0000-0000-5400-000000000000','filename':'a.txt','created':'2025-11-22T00:33:00.000000+0000','accessed':'2025-11-22T00:34:00.0"
			"00000+0000','modified':'2025-11-22T00:34:00.000000+0000','changed':'2025-11-22T00:34:00.000000+0000','size':0}}\n",
	},
	{
		.name = "compound without ids that nobody answers",
		.spec = "SMB2 3.3.5.2.7.2",
		.dissector = &smb_dissector,
		.script =
			"> [nbss]00000070 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0300 [credits]0100 [flags]00000000 [next]00000000 [message "
			"id]0300000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]09000000 [path]48002800 "
			"[\\\\files1\\engineering]5c005c00660069006c006500730031005c0065006e00670069006e0065006500720069006e006700"
			"< [nbss]00000050 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0300 [credits]0100 [flags]01000000 [next]00000000 [message "
			"id]0300000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]1000 [share type]0100 "
			"[flags]0000000000000000ff011f00"
			"> [nbss]00000138 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0500 [credits]0100 [flags]00000000 [next]88000000 [message "
			"id]0400000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]3900 [oplock]0000 "
			"[impersonation]0200000000000000000000000000000000000000 [access]89001200 [attributes, share]8000000007000000 [disposition]01000000 [options]40000000 "
			"[name]78000a000000000000000000 [a.txt]61002e00740078007400 [padding]000000000000 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 "
			"[command]0600 [credits]0100 [flags]04000000 [next]58000000 [message id]0500000000000000 [tree]fffe0000ffffffff [session]ffffffffffffffff "
			"[signature]00000000000000000000000000000000 [size]1800010000000000 [file id]ffffffffffffffffffffffffffffffff [SMB2]fe534d42 [size]4000 [charge]0100 "
			"[status]00000000 [command]0600 [credits]0100 [flags]00000000 [next]00000000 [message id]0600000000000000 [tree]fffe0000ffffffff "
			"[session]ffffffffffffffff [signature]00000000000000000000000000000000 [size]1800010000000000 [file id]ffffffffffffffffffffffffffffffff",
		.expect =
			"{'complete':true,'smb':{'id':1,'version':2,'command':'SMB2_COMMAND_TREE_CONNECT','command_raw':3,'status':'STATUS_SUCCESS','status_code':0,'"
			"session_id':4398046511105,'tree_id':5,'message_id':3,'rtt_us':1000,'async':false,'signed':false,'share':'\\\\\\\\files1\\\\engineering','share_typ"
			"e':'FILE'}}\n"
			"{'complete':false,'smb':{'id':2,'version':2,'command':'SMB2_COMMAND_CREATE','command_raw':5,'session_id':4398046511105,'tree_id':5,'message_"
			"id':4,'waited_us':0,'async':false,'signed':false,'share':'\\\\\\\\files1\\\\engineering','filename':'a.txt','disposition':'FILE_OPEN','access':'no"
			"rmal','access_mask':1179785,'delete_on_close':false,'directory':false}}\n"
			"{'complete':false,'smb':{'id':3,'version':2,'command':'SMB2_COMMAND_CLOSE','command_raw':6,'session_id':4398046511105,'tree_id':5,'message_i"
			"d':5,'waited_us':0,'async':false,'signed':false,'related':true,'share':'\\\\\\\\files1\\\\engineering'}}\n"
			"{'complete':false,'smb':{'id':4,'version':2,'command':'SMB2_COMMAND_CLOSE','command_raw':6,'session_id':4398046511105,'tree_id':5,'message_i"
			"d':6,'waited_us':0,'async':false,'signed':false,'share':'\\\\\\\\files1\\\\engineering'}}\n",
	},
	{
		.name = "compounds under way together, answered message by message",
		.spec = "SMB2 3.2.4.1.4",
		.dissector = &smb_dissector,
		.script =
			"> [nbss]000000e0 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0500 [credits]0100 [flags]00000000 [next]88000000 [message "
			"id]0400000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]3900 [oplock]0000 "
			"[impersonation]0200000000000000000000000000000000000000 [access]89001200 [attributes, share]8000000007000000 [disposition]01000000 [options]40000000 "
			"[name]78000a000000000000000000 [a.txt]61002e00740078007400 [padding]000000000000 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 "
			"[command]0600 [credits]0100 [flags]04000000 [next]00000000 [message id]0500000000000000 [tree]fffe0000ffffffff [session]ffffffffffffffff "
			"[signature]00000000000000000000000000000000 [size]1800010000000000 [file id]ffffffffffffffffffffffffffffffff"
			"> [nbss]000000e0 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0500 [credits]0100 [flags]00000000 [next]88000000 [message "
			"id]0600000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]3900 [oplock]0000 "
			"[impersonation]0200000000000000000000000000000000000000 [access]89001200 [attributes, share]8000000007000000 [disposition]01000000 [options]40000000 "
			"[name]78000a000000000000000000 [b.txt]62002e00740078007400 [padding]000000000000 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 "
			"[command]0600 [credits]0100 [flags]04000000 [next]00000000 [message id]0700000000000000 [tree]fffe0000ffffffff [session]ffffffffffffffff "
			"[signature]00000000000000000000000000000000 [size]1800010000000000 [file id]ffffffffffffffffffffffffffffffff"
			"< [nbss]00000098 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0500 [credits]0100 [flags]01000000 [next]00000000 [message "
			"id]0400000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]59000000 [action]01000000 "
			"[times]0006278e475bdc01805befae475bdc0100c556ae475bdc01802ebead475bdc01 [allocated]0010000000000000 [length]0000000000000000 "
			"[attributes]8000000000000000 [file id]04000000000000005400000000000000 [contexts]0000000000000000"
			"< [nbss]00000098 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0500 [credits]0100 [flags]01000000 [next]00000000 [message "
			"id]0600000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]59000000 [action]01000000 "
			"[times]0006278e475bdc01805befae475bdc0100c556ae475bdc01802ebead475bdc01 [allocated]0010000000000000 [length]0000000000000000 "
			"[attributes]8000000000000000 [file id]05000000000000005500000000000000 [contexts]0000000000000000"
			"< [nbss]0000007c [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0600 [credits]0100 [flags]05000000 [next]00000000 [message "
			"id]0500000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]3c00010000000000 "
			"[times]0006278e475bdc01004ceab1475bdc01004ceab1475bdc01004ceab1475bdc01 [allocated]0010000000000000 [length]0000000000000000 [attributes]80000000"
			"< [nbss]0000007c [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0600 [credits]0100 [flags]05000000 [next]00000000 [message "
			"id]0700000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]3c00010000000000 "
			"[times]0006278e475bdc01004ceab1475bdc01004ceab1475bdc01004ceab1475bdc01 [allocated]0010000000000000 [length]0000000000000000 [attributes]80000000",
		.expect =
			"{'complete':true,'smb':{'id':1,'version':2,'command':'SMB2_COMMAND_CREATE','command_raw':5,'status':'STATUS_SUCCESS','status_code':0,'sessio"
			"n_id':4398046511105,'tree_id':5,'message_id':4,'rtt_us':2000,'async':false,'signed':false,'filename':'a.txt','disposition':'FILE_OPEN','acce"
			"ss':'normal','access_mask':1179785,'delete_on_close':false,'directory':false,'create_action':'opened','created':'2025-11-22T00:33:00.000000+"
			"0000','accessed':'2025-11-22T00:33:55.000000+0000','modified':'2025-11-22T00:33:54.000000+0000','changed':'2025-11-22T00:33:53.000000+0000',"
			"'size':0,'fuid':'00000004-0000-0000-5400-000000000000'}}\n"
			"{'complete':true,'smb':{'id':3,'version':2,'command':'SMB2_COMMAND_CREATE','command_raw':5,'status':'STATUS_SUCCESS','status_code':0,'sessio"
			"n_id':4398046511105,'tree_id':5,'message_id':6,'rtt_us':2000,'async':false,'signed':false,'filename':'b.txt','disposition':'FILE_OPEN','acce"
			"ss':'normal','access_mask':1179785,'delete_on_close':false,'directory':false,'create_action':'opened','created':'2025-11-22T00:33:00.000000+"
			"0000','accessed':'2025-11-22T00:33:55.000000+0000','modified':'2025-11-22T00:33:54.000000+0000','changed':'2025-11-22T00:33:53.000000+0000',"
			"'size':0,'fuid':'00000005-0000-0000-5500-000000000000'}}\n"
			"{'complete':true,'smb':{'id':2,'version':2,'command':'SMB2_COMMAND_CLOSE','command_raw':6,'status':'STATUS_SUCCESS','status_code':0,'session"
			"_id':4398046511105,'tree_id':5,'message_id':5,'rtt_us':4000,'async':false,'signed':false,'related':true,'fuid':'00000004-0000-0000-5400-0000"
			"00000000','filename':'a.txt','created':'2025-11-22T00:33:00.000000+0000','accessed':'2025-11-22T00:34:00.000000+0000','modified':'2025-11-22"
			"T00:34:00.000000+0000','changed':'2025-11-22T00:34:00.000000+0000','size':0}}\n"
			"{'complete':true,'smb':{'id':4,'version':2,'command':'SMB2_COMMAND_CLOSE','command_raw':6,'status':'STATUS_SUCCESS','status_code':0,'session"
			"_id':4398046511105,'tree_id':5,'message_id':7,'rtt_us':4000,'async':false,'signed':false,'related':true,'fuid':'00000005-0000-0000-5500-0000"
			"00000000','filename':'b.txt','created':'2025-11-22T00:33:00.000000+0000','accessed':'2025-11-22T00:34:00.000000+0000','modified':'2025-11-22"
			"T00:34:00.000000+0000','changed':'2025-11-22T00:34:00.000000+0000','size':0}}\n",
		.loose = true,
	},
	{
		.name = "compound that opens nothing, behind one that did",
		.spec = "SMB2 3.3.5.2.7.2",
		.dissector = &smb_dissector,
		.script =
			"> [nbss]00000082 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0500 [credits]0100 [flags]00000000 [next]00000000 [message "
			"id]0400000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]3900 [oplock]0000 "
			"[impersonation]0200000000000000000000000000000000000000 [access]89001200 [attributes, share]8000000007000000 [disposition]01000000 [options]40000000 "
			"[name]78000a000000000000000000 [a.txt]61002e00740078007400"
			"< [nbss]00000098 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0500 [credits]0100 [flags]01000000 [next]00000000 [message "
			"id]0400000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]59000000 [action]01000000 "
			"[times]0006278e475bdc01805befae475bdc0100c556ae475bdc01802ebead475bdc01 [allocated]0010000000000000 [length]0000000000000000 "
			"[attributes]8000000000000000 [file id]04000000000000005400000000000000 [contexts]0000000000000000"
			"> [nbss]000000a0 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0d00 [credits]0100 [flags]00000000 [next]48000000 [message "
			"id]0500000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]04000000 [padding]00000000 "
			"[SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0600 [credits]0100 [flags]04000000 [next]00000000 [message id]0600000000000000 "
			"[tree]fffe0000ffffffff [session]ffffffffffffffff [signature]00000000000000000000000000000000 [size]1800010000000000 [file "
			"id]ffffffffffffffffffffffffffffffff"
			"< [nbss]00000091 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0d00 [credits]0100 [flags]01000000 [next]48000000 [message "
			"id]0500000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]04000000 [padding]00000000 "
			"[SMB2]fe534d42 [size]4000 [charge]0100 [status]280100c0 [command]0600 [credits]0100 [flags]05000000 [next]00000000 [message id]0600000000000000 "
			"[tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]090000000000000000",
		.expect =
			"{'complete':true,'smb':{'id':1,'version':2,'command':'SMB2_COMMAND_CREATE','command_raw':5,'status':'STATUS_SUCCESS','status_code':0,'sessio"
			"n_id':4398046511105,'tree_id':5,'message_id':4,'rtt_us':1000,'async':false,'signed':false,'filename':'a.txt','disposition':'FILE_OPEN','acce"
			"ss':'normal','access_mask':1179785,'delete_on_close':false,'directory':false,'create_action':'opened','created':'2025-11-22T00:33:00.000000+"
			"0000','accessed':'2025-11-22T00:33:55.000000+0000','modified':'2025-11-22T00:33:54.000000+0000','changed':'2025-11-22T00:33:53.000000+0000',"
			"'size':0,'fuid':'00000004-0000-0000-5400-000000000000'}}\n"
			"{'complete':true,'smb':{'id':2,'version':2,'command':'SMB2_COMMAND_KEEPALIVE','command_raw':13,'status':'STATUS_SUCCESS','status_code':0,'se"
			"ssion_id':4398046511105,'tree_id':5,'message_id':5,'rtt_us':1000,'async':false,'signed':false}}\n"
			"{'complete':true,'smb':{'id':3,'version':2,'command':'SMB2_COMMAND_CLOSE','command_raw':6,'status':'STATUS_FILE_CLOSED','status_code':322122"
			"5768,'session_id':4398046511105,'tree_id':5,'message_id':6,'rtt_us':1000,'async':false,'signed':false,'related':true}}\n",
	},
	{
		.name = "compound of a handle that is known, which nobody answers",
		.spec = "SMB2 3.3.5.2.7.2",
		.dissector = &smb_dissector,
		.script =
			"> [nbss]00000082 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0500 [credits]0100 [flags]00000000 [next]00000000 [message "
			"id]0400000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]3900 [oplock]0000 "
			"[impersonation]0200000000000000000000000000000000000000 [access]89001200 [attributes, share]8000000007000000 [disposition]01000000 [options]40000000 "
			"[name]78000a000000000000000000 [a.txt]61002e00740078007400"
			"< [nbss]00000098 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0500 [credits]0100 [flags]01000000 [next]00000000 [message "
			"id]0400000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]59000000 [action]01000000 "
			"[times]0006278e475bdc01805befae475bdc0100c556ae475bdc01802ebead475bdc01 [allocated]0010000000000000 [length]0000000000000000 "
			"[attributes]8000000000000000 [file id]04000000000000005400000000000000 [contexts]0000000000000000"
			"> [nbss]00000082 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0500 [credits]0100 [flags]00000000 [next]00000000 [message "
			"id]0700000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]3900 [oplock]0000 "
			"[impersonation]0200000000000000000000000000000000000000 [access]89001200 [attributes, share]8000000007000000 [disposition]01000000 [options]40000000 "
			"[name]78000a000000000000000000 [b.txt]62002e00740078007400"
			"< [nbss]00000098 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0500 [credits]0100 [flags]01000000 [next]00000000 [message "
			"id]0700000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]59000000 [action]01000000 "
			"[times]0006278e475bdc01805befae475bdc0100c556ae475bdc01802ebead475bdc01 [allocated]0010000000000000 [length]0000000000000000 "
			"[attributes]8000000000000000 [file id]05000000000000005500000000000000 [contexts]0000000000000000"
			"> [nbss]000000c0 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]1000 [credits]0100 [flags]00000000 [next]68000000 [message "
			"id]0800000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]2900 [type, class]0105 "
			"[output]00100000 [input]0000000000000000 [more]0000000000000000 [file id]04000000000000005400000000000000 [SMB2]fe534d42 [size]4000 [charge]0100 "
			"[status]00000000 [command]0600 [credits]0100 [flags]04000000 [next]00000000 [message id]0900000000000000 [tree]fffe0000ffffffff "
			"[session]ffffffffffffffff [signature]00000000000000000000000000000000 [size]1800010000000000 [file id]ffffffffffffffffffffffffffffffff",
		.expect =
			"{'complete':true,'smb':{'id':1,'version':2,'command':'SMB2_COMMAND_CREATE','command_raw':5,'status':'STATUS_SUCCESS','status_code':0,'sessio"
			"n_id':4398046511105,'tree_id':5,'message_id':4,'rtt_us':1000,'async':false,'signed':false,'filename':'a.txt','disposition':'FILE_OPEN','acce"
			"ss':'normal','access_mask':1179785,'delete_on_close':false,'directory':false,'create_action':'opened','created':'2025-11-22T00:33:00.000000+"
			"0000','accessed':'2025-11-22T00:33:55.000000+0000','modified':'2025-11-22T00:33:54.000000+0000','changed':'2025-11-22T00:33:53.000000+0000',"
			"'size':0,'fuid':'00000004-0000-0000-5400-000000000000'}}\n"
			"{'complete':true,'smb':{'id':2,'version':2,'command':'SMB2_COMMAND_CREATE','command_raw':5,'status':'STATUS_SUCCESS','status_code':0,'sessio"
			"n_id':4398046511105,'tree_id':5,'message_id':7,'rtt_us':1000,'async':false,'signed':false,'filename':'b.txt','disposition':'FILE_OPEN','acce"
			"ss':'normal','access_mask':1179785,'delete_on_close':false,'directory':false,'create_action':'opened','created':'2025-11-22T00:33:00.000000+"
			"0000','accessed':'2025-11-22T00:33:55.000000+0000','modified':'2025-11-22T00:33:54.000000+0000','changed':'2025-11-22T00:33:53.000000+0000',"
			"'size':0,'fuid':'00000005-0000-0000-5500-000000000000'}}\n"
			"{'complete':false,'smb':{'id':3,'version':2,'command':'SMB2_COMMAND_GET_INFO','command_raw':16,'session_id':4398046511105,'tree_id':5,'messa"
			"ge_id':8,'waited_us':0,'async':false,'signed':false,'fuid':'00000004-0000-0000-5400-000000000000','filename':'a.txt','info':{'type':'file','"
			"class':5,'name':'Standard'}}}\n"
			"{'complete':false,'smb':{'id':4,'version':2,'command':'SMB2_COMMAND_CLOSE','command_raw':6,'session_id':4398046511105,'tree_id':5,'message_i"
			"d':9,'waited_us':0,'async':false,'signed':false,'related':true,'fuid':'00000004-0000-0000-5400-000000000000','filename':'a.txt'}}\n",
	},
	{
		.name = "SMB 1: searches of the core protocol and of LAN Manager",
		.spec = "CIFS 2.2.4.58 to 2.2.4.61",
		.dissector = &smb_dissector,
		.script =
			"> [nbss]00000039 [SMB1]ff534d42 [command]81 [status]00000000 [flags]18 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]1000 [words]02 [count]0a00 [attributes]1600 [bytes]1200 [pattern]045c002a002e004d00500046000000 [key]050000"
			"< [nbss]00000028 [SMB1]ff534d42 [command]81 [status]00000000 [flags]98 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]1000 [words]01 [count]0000 [bytes]0300 [data]050000"
			"> [nbss]00000039 [SMB1]ff534d42 [command]82 [status]00000000 [flags]18 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]1100 [words]02 [count]0a00 [attributes]1600 [bytes]1200 [pattern]045c002a002e005300500046000000 [key]050000"
			"< [nbss]00000028 [SMB1]ff534d42 [command]82 [status]00000000 [flags]98 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]1100 [words]01 [count]0000 [bytes]0300 [data]050000"
			"> [nbss]00000042 [SMB1]ff534d42 [command]82 [status]00000000 [flags]18 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]1200 [words]02 [count]0a00 [attributes]1600 [bytes]1b00 [pattern]040000 [key]051500000000000000000000000000000000000000000000"
			"< [nbss]00000028 [SMB1]ff534d42 [command]82 [status]00000000 [flags]98 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]1200 [words]01 [count]0000 [bytes]0300 [data]050000"
			"> [nbss]00000041 [SMB1]ff534d42 [command]83 [status]00000000 [flags]18 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]1300 [words]02 [count]0a00 [attributes]1600 [bytes]1a00 [pattern]045c004f0031003200330034002e004d00500046000000 [key]050000"
			"< [nbss]00000028 [SMB1]ff534d42 [command]83 [status]00000000 [flags]98 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]1300 [words]01 [count]0000 [bytes]0300 [data]050000"
			"> [nbss]00000042 [SMB1]ff534d42 [command]84 [status]00000000 [flags]18 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]1400 [words]02 [count]0a00 [attributes]1600 [bytes]1b00 [pattern]040000 [key]051500000000000000000000000000000000000000000000"
			"< [nbss]00000028 [SMB1]ff534d42 [command]84 [status]00000000 [flags]98 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]1400 [words]01 [count]0000 [bytes]0300 [data]050000",
		.expect =
			"{'complete':true,'smb':{'id':1,'version':1,'command':'SMB1_COMMAND_SEARCH','command_raw':129,'status':'STATUS_SUCCESS','status_code':0,'sess"
			"ion_id':2,'tree_id':1,'process_id':65279,'multiplex_id':16,'response_multiplex_id':16,'rtt_us':1000,'signed':false,'find':{'pattern':'\\\\*.MP"
			"F'}}}\n"
			"{'complete':true,'smb':{'id':2,'version':1,'command':'SMB1_COMMAND_FIND','command_raw':130,'status':'STATUS_SUCCESS','status_code':0,'sessio"
			"n_id':2,'tree_id':1,'process_id':65279,'multiplex_id':17,'response_multiplex_id':17,'rtt_us':1000,'signed':false,'find':{'pattern':'\\\\*.SPF'"
			"}}}\n"
			"{'complete':true,'smb':{'id':3,'version':1,'command':'SMB1_COMMAND_FIND','command_raw':130,'status':'STATUS_SUCCESS','status_code':0,'sessio"
			"n_id':2,'tree_id':1,'process_id':65279,'multiplex_id':18,'response_multiplex_id':18,'rtt_us':1000,'signed':false,'find':{'pattern':''}}}\n"
			"{'complete':true,'smb':{'id':4,'version':1,'command':'SMB1_COMMAND_FIND_UNIQUE','command_raw':131,'status':'STATUS_SUCCESS','status_code':0,"
			"'session_id':2,'tree_id':1,'process_id':65279,'multiplex_id':19,'response_multiplex_id':19,'rtt_us':1000,'signed':false,'find':{'pattern':'\\"
			"\\O1234.MPF'}}}\n"
			"{'complete':true,'smb':{'id':5,'version':1,'command':'SMB1_COMMAND_FIND_CLOSE','command_raw':132,'status':'STATUS_SUCCESS','status_code':0,'"
			"session_id':2,'tree_id':1,'process_id':65279,'multiplex_id':20,'response_multiplex_id':20,'rtt_us':1000,'signed':false}}\n",
	},
	{
		.name = "SMB 1: a handle is known until the server has closed it",
		.spec = "CIFS 2.2.4.5, 2.2.4.40",
		.dissector = &smb_dissector,
		.script =
			"> [nbss]00000036 [SMB1]ff534d42 [command]02 [status]00000000 [flags]18 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]2000 [words]02 [mode]02000000 [bytes]0f00 [name]045c0041002e004d00500046000000"
			"< [nbss]00000031 [SMB1]ff534d42 [command]02 [status]00000000 [flags]98 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]2000 [words]07 [fid]0140 [attributes]0000 [time, size]0000000000000000 [mode]0200 [bytes]0000"
			"> [nbss]00000029 [SMB1]ff534d42 [command]04 [status]00000000 [flags]18 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]2100 [words]03 [fid]014000000000 [bytes]0000"
			"< [nbss]00000023 [SMB1]ff534d42 [command]04 [status]220000c0 [flags]98 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]2100 [words]00 [bytes]0000"
			"> [nbss]00000029 [SMB1]ff534d42 [command]04 [status]00000000 [flags]18 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]2200 [words]03 [fid]014000000000 [bytes]0000"
			"< [nbss]00000023 [SMB1]ff534d42 [command]04 [status]00000000 [flags]98 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]2200 [words]00 [bytes]0000"
			"> [nbss]00000025 [SMB1]ff534d42 [command]05 [status]00000000 [flags]18 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]2300 [words]01 [fid]0140 [bytes]0000"
			"< [nbss]00000023 [SMB1]ff534d42 [command]05 [status]080000c0 [flags]98 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]2300 [words]00 [bytes]0000"
			"> [nbss]00000036 [SMB1]ff534d42 [command]02 [status]00000000 [flags]18 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]2400 [words]02 [mode]02000000 [bytes]0f00 [name]045c0042002e004d00500046000000"
			"< [nbss]00000031 [SMB1]ff534d42 [command]02 [status]00000000 [flags]98 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]2400 [words]07 [fid]0140 [attributes]0000 [time, size]0000000000000000 [mode]0200 [bytes]0000"
			"> [nbss]00000034 [SMB1]ff534d42 [command]2c [status]00000000 [flags]18 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]2500 [words]06 [fid]0140 [length]0400 [offset]40000000 [time]00000000 [bytes]0500 [pad]00 [data]4d33300a"
			"< [nbss]00000023 [SMB1]ff534d42 [command]2c [status]7f0000c0 [flags]98 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]2500 [words]00 [bytes]0000"
			"> [nbss]00000034 [SMB1]ff534d42 [command]2c [status]00000000 [flags]18 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]2600 [words]06 [fid]0140 [length]0400 [offset]40000000 [time]00000000 [bytes]0500 [pad]00 [data]4d33300a"
			"< [nbss]00000025 [SMB1]ff534d42 [command]2c [status]00000000 [flags]98 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]2600 [words]01 [count]0400 [bytes]0000"
			"> [nbss]00000025 [SMB1]ff534d42 [command]05 [status]00000000 [flags]18 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]2700 [words]01 [fid]0140 [bytes]0000"
			"< [nbss]00000023 [SMB1]ff534d42 [command]05 [status]080000c0 [flags]98 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]2700 [words]00 [bytes]0000",
		.expect =
			"{'complete':true,'smb':{'id':1,'version':1,'command':'SMB1_COMMAND_OPEN','command_raw':2,'status':'STATUS_SUCCESS','status_code':0,'session_"
			"id':2,'tree_id':1,'process_id':65279,'multiplex_id':32,'response_multiplex_id':32,'rtt_us':1000,'signed':false,'filename':'\\\\A.MPF','disposi"
			"tion':'FILE_OPEN','access':'normal','access_mask':2,'delete_on_close':false,'fid':16385,'size':0,'file':{'executable':false,'class':'plc_pro"
			"ject'}}}\n"
			"{'complete':true,'smb':{'id':2,'version':1,'command':'SMB1_COMMAND_CLOSE','command_raw':4,'status':'STATUS_ACCESS_DENIED','status_code':3221"
			"225506,'session_id':2,'tree_id':1,'process_id':65279,'multiplex_id':33,'response_multiplex_id':33,'rtt_us':1000,'signed':false,'fid':16385,'"
			"filename':'\\\\A.MPF'}}\n"
			"{'complete':true,'smb':{'id':3,'version':1,'command':'SMB1_COMMAND_CLOSE','command_raw':4,'status':'STATUS_SUCCESS','status_code':0,'session"
			"_id':2,'tree_id':1,'process_id':65279,'multiplex_id':34,'response_multiplex_id':34,'rtt_us':1000,'signed':false,'fid':16385,'filename':'\\\\A."
			"MPF'}}\n"
			"{'complete':true,'smb':{'id':4,'version':1,'command':'SMB1_COMMAND_FLUSH','command_raw':5,'status':'STATUS_INVALID_HANDLE','status_code':322"
			"1225480,'session_id':2,'tree_id':1,'process_id':65279,'multiplex_id':35,'response_multiplex_id':35,'rtt_us':1000,'signed':false,'fid':16385}"
			"}\n"
			"{'complete':true,'smb':{'id':5,'version':1,'command':'SMB1_COMMAND_OPEN','command_raw':2,'status':'STATUS_SUCCESS','status_code':0,'session_"
			"id':2,'tree_id':1,'process_id':65279,'multiplex_id':36,'response_multiplex_id':36,'rtt_us':1000,'signed':false,'filename':'\\\\B.MPF','disposi"
			"tion':'FILE_OPEN','access':'normal','access_mask':2,'delete_on_close':false,'fid':16385,'size':0,'file':{'executable':false,'class':'plc_pro"
			"ject'}}}\n"
			"{'complete':true,'smb':{'id':6,'version':1,'command':'SMB1_COMMAND_WRITE_AND_CLOSE','command_raw':44,'status':'STATUS_DISK_FULL','status_cod"
			"e':3221225599,'session_id':2,'tree_id':1,'process_id':65279,'multiplex_id':37,'response_multiplex_id':37,'rtt_us':1000,'signed':false,'fid':"
			"16385,'filename':'\\\\B.MPF','write':{'offset':64,'length':4}}}\n"
			"{'complete':true,'smb':{'id':7,'version':1,'command':'SMB1_COMMAND_WRITE_AND_CLOSE','command_raw':44,'status':'STATUS_SUCCESS','status_code'"
			":0,'session_id':2,'tree_id':1,'process_id':65279,'multiplex_id':38,'response_multiplex_id':38,'rtt_us':1000,'signed':false,'fid':16385,'file"
			"name':'\\\\B.MPF','write':{'offset':64,'length':4}}}\n"
			"{'complete':true,'smb':{'id':8,'version':1,'command':'SMB1_COMMAND_FLUSH','command_raw':5,'status':'STATUS_INVALID_HANDLE','status_code':322"
			"1225480,'session_id':2,'tree_id':1,'process_id':65279,'multiplex_id':39,'response_multiplex_id':39,'rtt_us':1000,'signed':false,'fid':16385}"
			"}\n",
	},
	{
		.name = "a handle is known until the server has closed it",
		.spec = "SMB2 3.3.5.10",
		.dissector = &smb_dissector,
		.script =
			"> [nbss]00000082 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0500 [credits]0100 [flags]00000000 [next]00000000 [message "
			"id]0400000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]3900 [oplock]0000 "
			"[impersonation]0200000000000000000000000000000000000000 [access]89001200 [attributes, share]8000000007000000 [disposition]01000000 [options]40000000 "
			"[name]78000a000000000000000000 [a.txt]61002e00740078007400"
			"< [nbss]00000098 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0500 [credits]0100 [flags]01000000 [next]00000000 [message "
			"id]0400000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]59000000 [action]01000000 "
			"[times]0006278e475bdc01805befae475bdc0100c556ae475bdc01802ebead475bdc01 [allocated]0010000000000000 [length]0000000000000000 "
			"[attributes]8000000000000000 [file id]04000000000000005400000000000000 [contexts]0000000000000000"
			"> [nbss]00000058 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0600 [credits]0100 [flags]00000000 [next]00000000 [message "
			"id]0500000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]1800010000000000 [file "
			"id]04000000000000005400000000000000"
			"< [nbss]00000049 [SMB2]fe534d42 [size]4000 [charge]0100 [status]030200c0 [command]0600 [credits]0100 [flags]01000000 [next]00000000 [message "
			"id]0500000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]090000000000000000"
			"> [nbss]00000058 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0600 [credits]0100 [flags]00000000 [next]00000000 [message "
			"id]0600000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]1800010000000000 [file "
			"id]04000000000000005400000000000000"
			"< [nbss]0000007c [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0600 [credits]0100 [flags]01000000 [next]00000000 [message "
			"id]0600000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]3c00010000000000 "
			"[times]0006278e475bdc01004ceab1475bdc01004ceab1475bdc01004ceab1475bdc01 [allocated]0010000000000000 [length]0000000000000000 [attributes]80000000"
			"> [nbss]00000058 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0600 [credits]0100 [flags]00000000 [next]00000000 [message "
			"id]0700000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]1800010000000000 [file "
			"id]04000000000000005400000000000000"
			"< [nbss]00000049 [SMB2]fe534d42 [size]4000 [charge]0100 [status]280100c0 [command]0600 [credits]0100 [flags]01000000 [next]00000000 [message "
			"id]0700000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]090000000000000000",
		.expect =
			"{'complete':true,'smb':{'id':1,'version':2,'command':'SMB2_COMMAND_CREATE','command_raw':5,'status':'STATUS_SUCCESS','status_code':0,'sessio"
			"n_id':4398046511105,'tree_id':5,'message_id':4,'rtt_us':1000,'async':false,'signed':false,'filename':'a.txt','disposition':'FILE_OPEN','acce"
			"ss':'normal','access_mask':1179785,'delete_on_close':false,'directory':false,'create_action':'opened','created':'2025-11-22T00:33:00.000000+"
			"0000','accessed':'2025-11-22T00:33:55.000000+0000','modified':'2025-11-22T00:33:54.000000+0000','changed':'2025-11-22T00:33:53.000000+0000',"
			"'size':0,'fuid':'00000004-0000-0000-5400-000000000000'}}\n"
			"{'complete':true,'smb':{'id':2,'version':2,'command':'SMB2_COMMAND_CLOSE','command_raw':6,'status':'STATUS_USER_SESSION_DELETED','status_cod"
			"e':3221225987,'session_id':4398046511105,'tree_id':5,'message_id':5,'rtt_us':1000,'async':false,'signed':false,'fuid':'00000004-0000-0000-54"
			"00-000000000000','filename':'a.txt'}}\n"
			"{'complete':true,'smb':{'id':3,'version':2,'command':'SMB2_COMMAND_CLOSE','command_raw':6,'status':'STATUS_SUCCESS','status_code':0,'session"
			"_id':4398046511105,'tree_id':5,'message_id':6,'rtt_us':1000,'async':false,'signed':false,'fuid':'00000004-0000-0000-5400-000000000000','file"
			"name':'a.txt','created':'2025-11-22T00:33:00.000000+0000','accessed':'2025-11-22T00:34:00.000000+0000','modified':'2025-11-22T00:34:00.00000"
			"0+0000','changed':'2025-11-22T00:34:00.000000+0000','size':0}}\n"
			"{'complete':true,'smb':{'id':4,'version':2,'command':'SMB2_COMMAND_CLOSE','command_raw':6,'status':'STATUS_FILE_CLOSED','status_code':322122"
			"5768,'session_id':4398046511105,'tree_id':5,'message_id':7,'rtt_us':1000,'async':false,'signed':false,'fuid':'00000004-0000-0000-5400-000000"
			"000000'}}\n",
	},
	{
		.name = "SMB 1: a share is known until the server has let it go",
		.spec = "CIFS 2.2.4.51",
		.dissector = &smb_dissector,
		.script =
			"> [nbss]0000004c [SMB1]ff534d42 [command]75 [status]00000000 [flags]18 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]3000 [words]04 [andx]ff000000 [flags, password]08000100 [bytes]2100 "
			"[path]005c005c004e0043002d00300035005c00500052004f0047000000 [service]3f3f3f3f3f00"
			"< [nbss]00000036 [SMB1]ff534d42 [command]75 [status]00000000 [flags]98 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]3000 [words]03 [andx]ff000000 [support]0100 [bytes]0d00 [service]413a004e005400460053000000"
			"> [nbss]00000023 [SMB1]ff534d42 [command]71 [status]00000000 [flags]18 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]3100 [words]00 [bytes]0000"
			"< [nbss]00000023 [SMB1]ff534d42 [command]71 [status]220000c0 [flags]98 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]3100 [words]00 [bytes]0000"
			"> [nbss]00000025 [SMB1]ff534d42 [command]05 [status]00000000 [flags]18 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]3200 [words]01 [fid]0140 [bytes]0000"
			"< [nbss]00000023 [SMB1]ff534d42 [command]05 [status]00000000 [flags]98 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]3200 [words]00 [bytes]0000"
			"> [nbss]00000023 [SMB1]ff534d42 [command]71 [status]00000000 [flags]18 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]3300 [words]00 [bytes]0000"
			"< [nbss]00000023 [SMB1]ff534d42 [command]71 [status]00000000 [flags]98 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]3300 [words]00 [bytes]0000"
			"> [nbss]00000025 [SMB1]ff534d42 [command]05 [status]00000000 [flags]18 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]3400 [words]01 [fid]0140 [bytes]0000"
			"< [nbss]00000023 [SMB1]ff534d42 [command]05 [status]00000000 [flags]98 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]3400 [words]00 [bytes]0000",
		.expect =
			"{'complete':true,'smb':{'id':1,'version':1,'command':'SMB1_COMMAND_TREE_CONNECT_ANDX','command_raw':117,'status':'STATUS_SUCCESS','status_co"
			"de':0,'session_id':2,'tree_id':1,'process_id':65279,'multiplex_id':48,'response_multiplex_id':48,'rtt_us':1000,'signed':false,'share':'\\\\\\\\N"
			"C-05\\\\PROG','share_type':'FILE'}}\n"
			"{'complete':true,'smb':{'id':2,'version':1,'command':'SMB1_COMMAND_TREE_DISCONNECT','command_raw':113,'status':'STATUS_ACCESS_DENIED','statu"
			"s_code':3221225506,'session_id':2,'tree_id':1,'process_id':65279,'multiplex_id':49,'response_multiplex_id':49,'rtt_us':1000,'signed':false,'"
			"share':'\\\\\\\\NC-05\\\\PROG'}}\n"
			"{'complete':true,'smb':{'id':3,'version':1,'command':'SMB1_COMMAND_FLUSH','command_raw':5,'status':'STATUS_SUCCESS','status_code':0,'session"
			"_id':2,'tree_id':1,'process_id':65279,'multiplex_id':50,'response_multiplex_id':50,'rtt_us':1000,'signed':false,'share':'\\\\\\\\NC-05\\\\PROG','f"
			"id':16385}}\n"
			"{'complete':true,'smb':{'id':4,'version':1,'command':'SMB1_COMMAND_TREE_DISCONNECT','command_raw':113,'status':'STATUS_SUCCESS','status_code"
			"':0,'session_id':2,'tree_id':1,'process_id':65279,'multiplex_id':51,'response_multiplex_id':51,'rtt_us':1000,'signed':false,'share':'\\\\\\\\NC-"
			"05\\\\PROG'}}\n"
			"{'complete':true,'smb':{'id':5,'version':1,'command':'SMB1_COMMAND_FLUSH','command_raw':5,'status':'STATUS_SUCCESS','status_code':0,'session"
			"_id':2,'tree_id':1,'process_id':65279,'multiplex_id':52,'response_multiplex_id':52,'rtt_us':1000,'signed':false,'fid':16385}}\n",
	},
	{
		.name = "a share is known until the server has let it go",
		.spec = "SMB2 3.3.5.8",
		.dissector = &smb_dissector,
		.script =
			"> [nbss]00000070 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0300 [credits]0100 [flags]00000000 [next]00000000 [message "
			"id]0300000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]09000000 [path]48002800 "
			"[\\\\files1\\engineering]5c005c00660069006c006500730031005c0065006e00670069006e0065006500720069006e006700"
			"< [nbss]00000050 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0300 [credits]0100 [flags]01000000 [next]00000000 [message "
			"id]0300000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]1000 [share type]0100 "
			"[flags]0000000000000000ff011f00"
			"> [nbss]00000044 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0400 [credits]0100 [flags]00000000 [next]00000000 [message "
			"id]0400000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]04000000"
			"< [nbss]00000049 [SMB2]fe534d42 [size]4000 [charge]0100 [status]220000c0 [command]0400 [credits]0100 [flags]01000000 [next]00000000 [message "
			"id]0400000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]090000000000000000"
			"> [nbss]00000044 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0400 [credits]0100 [flags]00000000 [next]00000000 [message "
			"id]0500000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]04000000"
			"< [nbss]00000044 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0400 [credits]0100 [flags]01000000 [next]00000000 [message "
			"id]0500000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]04000000"
			"> [nbss]00000044 [SMB2]fe534d42 [size]4000 [charge]0100 [status]00000000 [command]0400 [credits]0100 [flags]00000000 [next]00000000 [message "
			"id]0600000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]04000000"
			"< [nbss]00000049 [SMB2]fe534d42 [size]4000 [charge]0100 [status]c90000c0 [command]0400 [credits]0100 [flags]01000000 [next]00000000 [message "
			"id]0600000000000000 [tree]fffe000005000000 [session]0100000000040000 [signature]00000000000000000000000000000000 [size]090000000000000000",
		.expect =
			"{'complete':true,'smb':{'id':1,'version':2,'command':'SMB2_COMMAND_TREE_CONNECT','command_raw':3,'status':'STATUS_SUCCESS','status_code':0,'"
			"session_id':4398046511105,'tree_id':5,'message_id':3,'rtt_us':1000,'async':false,'signed':false,'share':'\\\\\\\\files1\\\\engineering','share_typ"
			"e':'FILE'}}\n"
			"{'complete':true,'smb':{'id':2,'version':2,'command':'SMB2_COMMAND_TREE_DISCONNECT','command_raw':4,'status':'STATUS_ACCESS_DENIED','status_"
			"code':3221225506,'session_id':4398046511105,'tree_id':5,'message_id':4,'rtt_us':1000,'async':false,'signed':false,'share':'\\\\\\\\files1\\\\engin"
			"eering'}}\n"
			"{'complete':true,'smb':{'id':3,'version':2,'command':'SMB2_COMMAND_TREE_DISCONNECT','command_raw':4,'status':'STATUS_SUCCESS','status_code':"
			"0,'session_id':4398046511105,'tree_id':5,'message_id':5,'rtt_us':1000,'async':false,'signed':false,'share':'\\\\\\\\files1\\\\engineering'}}\n"
			"{'complete':true,'smb':{'id':4,'version':2,'command':'SMB2_COMMAND_TREE_DISCONNECT','command_raw':4,'status':'STATUS_NETWORK_NAME_DELETED','"
			"status_code':3221225673,'session_id':4398046511105,'tree_id':5,'message_id':6,'rtt_us':1000,'async':false,'signed':false}}\n",
	},
	{
		.name = "SMB 1: WRITE_RAW that is not written through, and one that the server refuses",
		.spec = "CIFS 2.2.4.25",
		.dissector = &smb_dissector,
		.script =
			"> [nbss]00000040 [SMB1]ff534d42 [command]1d [status]00000000 [flags]18 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]2300 [words]0c [handle]0340 [count]0900 [reserved]0000 [offset]00000000 [timeout]00000000 [mode]0000 [reserved]00000000 "
			"[length]0400 [data offset]3c00 [bytes]0500 [pad]00 [data]4e313020"
			"< [nbss]00000025 [SMB1]ff534d42 [command]1d [status]00000000 [flags]98 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]2300 [words]01 [remaining]ffff [bytes]0000"
			"> [nbss]00000005 [data]4d33300d0a"
			"> [nbss]00000040 [SMB1]ff534d42 [command]1d [status]00000000 [flags]18 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]2400 [words]0c [handle]0340 [count]0900 [reserved]0000 [offset]40000000 [timeout]00000000 [mode]0100 [reserved]00000000 "
			"[length]0400 [data offset]3c00 [bytes]0500 [pad]00 [data]4e313020"
			"< [nbss]00000025 [SMB1]ff534d42 [command]20 [status]7f0000c0 [flags]98 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]2400 [words]01 [count]0000 [bytes]0000",
		.expect =
			"{'complete':true,'smb':{'id':1,'version':1,'command':'SMB1_COMMAND_WRITE_RAW','command_raw':29,'status':'STATUS_SUCCESS','status_code':0,'se"
			"ssion_id':2,'tree_id':1,'process_id':65279,'multiplex_id':35,'response_multiplex_id':35,'rtt_us':1000,'signed':false,'fid':16387,'write':{'o"
			"ffset':0,'length':9}}}\n"
			"{'complete':true,'smb':{'id':2,'version':1,'command':'SMB1_COMMAND_WRITE_RAW','command_raw':29,'status':'STATUS_DISK_FULL','status_code':322"
			"1225599,'session_id':2,'tree_id':1,'process_id':65279,'multiplex_id':36,'response_multiplex_id':36,'rtt_us':1000,'signed':false,'fid':16387,"
			"'write':{'offset':64,'length':9}}}\n",
	},
	{
		.name = "SMB 1: WRITE_AND_CLOSE that writes nothing leaves the file open",
		.spec = "CIFS 2.2.4.40",
		.dissector = &smb_dissector,
		.script =
			"> [nbss]00000036 [SMB1]ff534d42 [command]02 [status]00000000 [flags]18 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]2800 [words]02 [mode]02000000 [bytes]0f00 [name]045c0041002e004d00500046000000"
			"< [nbss]00000031 [SMB1]ff534d42 [command]02 [status]00000000 [flags]98 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]2800 [words]07 [fid]0140 [attributes]0000 [time, size]0000000000000000 [mode]0200 [bytes]0000"
			"> [nbss]00000030 [SMB1]ff534d42 [command]2c [status]00000000 [flags]18 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]2900 [words]06 [fid]0140 [length]0000 [offset]40000000 [time]00000000 [bytes]0100 [pad]00"
			"< [nbss]00000025 [SMB1]ff534d42 [command]2c [status]00000000 [flags]98 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]2900 [words]01 [count]0000 [bytes]0000"
			"> [nbss]00000034 [SMB1]ff534d42 [command]2c [status]00000000 [flags]18 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]2a00 [words]06 [fid]0140 [length]0400 [offset]40000000 [time]00000000 [bytes]0500 [pad]00 [data]4d33300a"
			"< [nbss]00000025 [SMB1]ff534d42 [command]2c [status]00000000 [flags]98 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]2a00 [words]01 [count]0400 [bytes]0000"
			"> [nbss]00000025 [SMB1]ff534d42 [command]05 [status]00000000 [flags]18 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]2b00 [words]01 [fid]0140 [bytes]0000"
			"< [nbss]00000023 [SMB1]ff534d42 [command]05 [status]080000c0 [flags]98 [flags2]01c0 [pid high]0000 [signature]00000000000000000000 [tid]0100 "
			"[pid]fffe [uid]0200 [mid]2b00 [words]00 [bytes]0000",
		.expect =
			"{'complete':true,'smb':{'id':1,'version':1,'command':'SMB1_COMMAND_OPEN','command_raw':2,'status':'STATUS_SUCCESS','status_code':0,'session_"
			"id':2,'tree_id':1,'process_id':65279,'multiplex_id':40,'response_multiplex_id':40,'rtt_us':1000,'signed':false,'filename':'\\\\A.MPF','disposi"
			"tion':'FILE_OPEN','access':'normal','access_mask':2,'delete_on_close':false,'fid':16385,'size':0,'file':{'executable':false,'class':'plc_pro"
			"ject'}}}\n"
			"{'complete':true,'smb':{'id':2,'version':1,'command':'SMB1_COMMAND_WRITE_AND_CLOSE','command_raw':44,'status':'STATUS_SUCCESS','status_code'"
			":0,'session_id':2,'tree_id':1,'process_id':65279,'multiplex_id':41,'response_multiplex_id':41,'rtt_us':1000,'signed':false,'fid':16385,'file"
			"name':'\\\\A.MPF','write':{'offset':64,'length':0}}}\n"
			"{'complete':true,'smb':{'id':3,'version':1,'command':'SMB1_COMMAND_WRITE_AND_CLOSE','command_raw':44,'status':'STATUS_SUCCESS','status_code'"
			":0,'session_id':2,'tree_id':1,'process_id':65279,'multiplex_id':42,'response_multiplex_id':42,'rtt_us':1000,'signed':false,'fid':16385,'file"
			"name':'\\\\A.MPF','write':{'offset':64,'length':4}}}\n"
			"{'complete':true,'smb':{'id':4,'version':1,'command':'SMB1_COMMAND_FLUSH','command_raw':5,'status':'STATUS_INVALID_HANDLE','status_code':322"
			"1225480,'session_id':2,'tree_id':1,'process_id':65279,'multiplex_id':43,'response_multiplex_id':43,'rtt_us':1000,'signed':false,'fid':16385}"
			"}\n",
	},
};

#endif
