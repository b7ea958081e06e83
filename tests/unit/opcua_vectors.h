/*
 * What OPC UA says on the wire and what the dissector makes of it: one row a case, with the section of the specification that it is of.
 * The script is that of dissect_harness.h; the lines are expected after the flow has ended, with ' for ". Add a row, not a function.
 *
 * P4: OPC 10000-4, P6: OPC 10000-6, edition 1.05.
 */
#ifndef SEKISHO_TESTS_OPCUA_VECTORS_H
#define SEKISHO_TESTS_OPCUA_VECTORS_H

#include "vectors.h"

static const struct vector opcua_vectors[] = {
	{
		.name = "hello and acknowledge",
		.spec = "P6 7.1.2.3, 7.1.2.4",
		.script =
			"> [HEL]48454C [F]46 [size]32000000 [version]00000000 [receive buffer]FFFF0000 [send buffer]FFFF0000 "
			"[max message]00000000 [max chunks]00000000 [url]120000006F70632E7463703A2F2F706C633A34383430 "
			"< [ACK]41434B [F]46 [size]1C000000 [version]00000000 [receive buffer]FFFF0000 [send buffer]FFFF0000 "
			"[max message]00000000 [max chunks]00000000 ",
		.expect =
			"{'opcua':{'message_type':'HEL','direction':'to_server','hello':{'version':0,'receive_buffer_size':65535,'send_buffer"
			"_size':65535,'max_message_size':0,'max_chunk_count':0,'endpoint_url':'opc.tcp://plc:4840'}}}\n"
			"{'opcua':{'message_type':'ACK','direction':'to_client','hello':{'version':0,'receive_buffer_size':65535,'send_buffer"
			"_size':65535,'max_message_size':0,'max_chunk_count':0}}}\n",
	},
	{
		.name = "reverse hello turns the roles",
		.spec = "P6 7.1.2.6",
		.script =
			"> [RHE]524845 [F]46 [size]29000000 [server]0700000075726E3A706C63 "
			"[url]120000006F70632E7463703A2F2F706C633A34383430 "
			"< [HEL]48454C [F]46 [size]32000000 [version]00000000 [receive buffer]FFFF0000 [send buffer]FFFF0000 "
			"[max message]00000000 [max chunks]00000000 [url]120000006F70632E7463703A2F2F706C633A34383430 "
			"> [ACK]41434B [F]46 [size]1C000000 [version]00000000 [receive buffer]FFFF0000 [send buffer]FFFF0000 "
			"[max message]00000000 [max chunks]00000000 ",
		.expect =
			"{'opcua':{'message_type':'RHE','direction':'to_client','reverse_connect':true,'hello':{'server_uri':'urn:plc','endpo"
			"int_url':'opc.tcp://plc:4840'}}}\n"
			"{'opcua':{'message_type':'HEL','direction':'to_server','reverse_connect':true,'hello':{'version':0,'receive_buffer_s"
			"ize':65535,'send_buffer_size':65535,'max_message_size':0,'max_chunk_count':0,'endpoint_url':'opc.tcp://plc:4840'}}}\n"
			"{'opcua':{'message_type':'ACK','direction':'to_client','reverse_connect':true,'hello':{'version':0,'receive_buffer_s"
			"ize':65535,'send_buffer_size':65535,'max_message_size':0,'max_chunk_count':0}}}\n",
	},
	{
		.name = "error",
		.spec = "P6 7.1.2.5",
		.script =
			"< [ERR]455252 [F]46 [size]14000000 [BadTcpServerTooBusy]00007D80 [reason]0400000062757379 ",
		.expect =
			"{'opcua':{'message_type':'ERR','direction':'to_client','status_code':2155675648,'status':'BadTcpServerTooBusy','reas"
			"on':'busy'}}\n",
	},
	{
		.name = "open secure channel, policy None",
		.spec = "P4 5.5.2",
		.script =
			"> [OPN]4F504E [F]46 [size]84000000 [channel]07000000 "
			"[policy]2F000000687474703A2F2F6F7063666F756E646174696F6E2E6F72672F55412F5365637572697479506F6C696379234E6F6E65 "
			"[certificate]FFFFFFFF [thumbprint]FFFFFFFF [sequence]01000000 [request]01000000 "
			"[OpenSecureChannelRequest]0100BE01 [token]0000 [time]0040BA19E05BDB01 [handle]01000000 [diagnostics]00000000 "
			"[audit]FFFFFFFF [timeout]88130000 [additional]000000 [version]00000000 [issue]00000000 [None]01000000 "
			"[nonce]FFFFFFFF [lifetime]60EA0000 "
			"< [OPN]4F504E [F]46 [size]87000000 [channel]07000000 "
			"[policy]2F000000687474703A2F2F6F7063666F756E646174696F6E2E6F72672F55412F5365637572697479506F6C696379234E6F6E65 "
			"[certificate]FFFFFFFF [thumbprint]FFFFFFFF [sequence]01000000 [request]01000000 "
			"[OpenSecureChannelResponse]0100C101 [time]0040BA19E05BDB01 [handle]01000000 [result]00000000 [diagnostic]00 "
			"[strings]00000000 [additional]000000 [version]00000000 [channel]07000000 [token id]01000000 "
			"[created]0040BA19E05BDB01 [lifetime]60EA0000 [nonce]FFFFFFFF ",
		.expect =
			"{'opcua':{'message_type':'OPN','direction':'to_server','secure_channel_id':7,'request_id':1,'sequence_number':1,'ser"
			"vice':'OpenSecureChannel','service_id':446,'chunks':1,'bytes':132,'security_policy':'None','security_policy_uri':'ht"
			"tp://opcfoundation.org/UA/SecurityPolicy#None','security_mode':'None','encrypted':false,'open':{'request_type':'issu"
			"e','lifetime_ms':60000}}}\n"
			"{'opcua':{'message_type':'OPN','direction':'to_client','secure_channel_id':7,'request_id':1,'sequence_number':1,'ser"
			"vice':'OpenSecureChannel','service_id':449,'chunks':1,'bytes':135,'security_policy':'None','security_policy_uri':'ht"
			"tp://opcfoundation.org/UA/SecurityPolicy#None','security_mode':'None','encrypted':false,'status_code':0,'status':'Go"
			"od','open':{'lifetime_ms':60000,'token_id':1,'created':'2025-01-01T00:00:00.000000+0000'}}}\n",
	},
	{
		.name = "read: node ids of every encoding",
		.spec = "P4 5.10.2, P6 5.2.2.9",
		.script =
			"> [MSG]4D5347 [F]46 [size]D3000000 [channel]07000000 [token id]01000000 [sequence]01000000 [request]02000000 "
			"[ReadRequest]01007702 [token]0000 [time]0040BA19E05BDB01 [handle]01000000 [diagnostics]00000000 [audit]FFFFFFFF "
			"[timeout]88130000 [additional]000000 [max age]0000000000000000 [timestamps]03000000 [nodes]06000000 "
			"[two byte]0055 [Value]0D000000 [range]FFFFFFFF [encoding]0000 FFFFFFFF [four byte]0100D208 [Value]0D000000 "
			"[range]FFFFFFFF [encoding]0000 FFFFFFFF [numeric]022C0170110100 [Value]0D000000 [range]FFFFFFFF [encoding]0000 "
			"FFFFFFFF [string]030200 050000005370656564 [Value]0D000000 [range]FFFFFFFF [encoding]0000 FFFFFFFF "
			"[guid]040200000102030405060708090A0B0C0D0E0F [Value]0D000000 [range]FFFFFFFF [encoding]0000 FFFFFFFF "
			"[opaque]050200 030000006B6579 [Value]0D000000 [range]FFFFFFFF [encoding]0000 FFFFFFFF "
			"< [MSG]4D5347 [F]46 [size]61000000 [channel]07000000 [token id]01000000 [sequence]01000000 [request]02000000 "
			"[ReadResponse]01007A02 [time]0040BA19E05BDB01 [handle]01000000 [result]00000000 [diagnostic]00 [strings]00000000 "
			"[additional]000000 [values]06000000 [Boolean]010101 [Int16]0104D4FE [Double]010B0000000000000440 [String]010C "
			"020000006F6E [value, status]03 [Byte]0307 [UncertainLastUsableValue]00009040 [status]02 "
			"[BadNodeIdUnknown]00003480 [diagnostics]FFFFFFFF ",
		.expect =
			"{'complete':true,'opcua':{'message_type':'MSG','secure_channel_id':7,'request_id':2,'sequence_number':1,'chunks':2,'"
			"bytes':308,'service':'Read','service_id':631,'encrypted':false,'status_code':0,'status':'Good','rtt_us':1000,'node_c"
			"ount':6,'nodes':[{'node_id':'i=85','attribute':'Value','type':'Boolean','value':true,'status':'Good'},{'node_id':'i="
			"2258','attribute':'Value','type':'Int16','value':-300,'status':'Good'},{'node_id':'ns=300;i=70000','attribute':'Valu"
			"e','type':'Double','value':2.5,'status':'Good'},{'node_id':'ns=2;s=Speed','attribute':'Value','type':'String','value"
			"':'on','status':'Good'},{'node_id':'ns=2;g=03020100-0504-0706-0809-0a0b0c0d0e0f','attribute':'Value','type':'Byte','"
			"value':7,'status':'UncertainLastUsableValue'},{'node_id':'ns=2;b=a2V5','attribute':'Value','status':'BadNodeIdUnknow"
			"n'}]}}\n",
	},
	{
		.name = "read: matrix, list of variants, structure",
		.spec = "P6 5.2.2.16",
		.script =
			"> [MSG]4D5347 [F]46 [size]7F000000 [channel]07000000 [token id]01000000 [sequence]01000000 [request]02000000 "
			"[ReadRequest]01007702 [token]0000 [time]0040BA19E05BDB01 [handle]01000000 [diagnostics]00000000 [audit]FFFFFFFF "
			"[timeout]88130000 [additional]000000 [max age]0000000000000000 [timestamps]03000000 [nodes]03000000 01000100 "
			"[Value]0D000000 [range]FFFFFFFF [encoding]0000 FFFFFFFF 01000200 [Value]0D000000 [range]FFFFFFFF [encoding]0000 "
			"FFFFFFFF 01000300 [Value]0D000000 [range]FFFFFFFF [encoding]0000 FFFFFFFF "
			"< [MSG]4D5347 [F]46 [size]87000000 [channel]07000000 [token id]01000000 [sequence]01000000 [request]02000000 "
			"[ReadResponse]01007A02 [time]0040BA19E05BDB01 [handle]01000000 [result]00000000 [diagnostic]00 [strings]00000000 "
			"[additional]000000 [values]03000000 [Int32 array, dimensions]01C6 [length]04000000 "
			"01000000020000000300000004000000 [dimensions]02000000 0200000002000000 [Variant array]0198 [length]02000000 "
			"[Boolean]0100 [String]0C 0100000078 [ExtensionObject]0116 [type]01007403 [binary]01 "
			"[body]1000000000000000000000000000000000002240 [diagnostics]00000000 ",
		.expect =
			"{'complete':true,'opcua':{'message_type':'MSG','secure_channel_id':7,'request_id':2,'sequence_number':1,'chunks':2,'"
			"bytes':262,'service':'Read','service_id':631,'encrypted':false,'status_code':0,'status':'Good','rtt_us':1000,'node_c"
			"ount':3,'nodes':[{'node_id':'i=1','attribute':'Value','type':'Int32','values':[1,2,3,4],'array_length':4,'dimensions"
			"':[2,2],'status':'Good'},{'node_id':'i=2','attribute':'Value','type':'Variant','values':[false,'x'],'array_length':2"
			",'status':'Good'},{'node_id':'i=3','attribute':'Value','type':'ExtensionObject','type_id':'i=884','status':'Good'}]}"
			"}\n",
	},
	{
		.name = "write; a secret is left out",
		.spec = "P4 5.10.4",
		.script =
			"> [MSG]4D5347 [F]46 [size]8C000000 [channel]07000000 [token id]01000000 [sequence]01000000 [request]02000000 "
			"[WriteRequest]0100A102 [token]0000 [time]0040BA19E05BDB01 [handle]01000000 [diagnostics]00000000 [audit]FFFFFFFF "
			"[timeout]88130000 [additional]000000 [nodes]02000000 [string]030100 0D00000043656C6C2E536574506F696E74 "
			"[Value]0D000000 [range]FFFFFFFF [Double]010B0000000000002940 [string]030100 0E00000041646D696E2E50617373576F7264 "
			"[Value]0D000000 [range]FFFFFFFF [String]010C 0600000068696464656E "
			"< [MSG]4D5347 [F]46 [size]44000000 [channel]07000000 [token id]01000000 [sequence]01000000 [request]02000000 "
			"[WriteResponse]0100A402 [time]0040BA19E05BDB01 [handle]01000000 [result]00000000 [diagnostic]00 "
			"[strings]00000000 [additional]000000 [results]02000000 [Good]00000000 [BadNotWritable]00003B80 "
			"[diagnostics]00000000 ",
		.expect =
			"{'complete':true,'opcua':{'message_type':'MSG','secure_channel_id':7,'request_id':2,'sequence_number':1,'chunks':2,'"
			"bytes':208,'service':'Write','service_id':673,'encrypted':false,'status_code':0,'status':'Good','rtt_us':1000,'node_"
			"count':2,'nodes':[{'node_id':'ns=1;s=Cell.SetPoint','attribute':'Value','type':'Double','value':12.5,'status':'Good'"
			"},{'node_id':'ns=1;s=Admin.PassWord','attribute':'Value','type':'String','redacted':true,'status':'BadNotWritable'}]"
			"}}\n",
	},
	{
		.name = "call of two methods",
		.spec = "P4 5.11.2",
		.script =
			"> [MSG]4D5347 [F]46 [size]62000000 [channel]07000000 [token id]01000000 [sequence]01000000 [request]02000000 "
			"[CallRequest]0100C802 [token]0000 [time]0040BA19E05BDB01 [handle]01000000 [diagnostics]00000000 [audit]FFFFFFFF "
			"[timeout]88130000 [additional]000000 [methods]02000000 [object]01005500 [method]030100 050000005374617274 "
			"[inputs]01000000 [UInt32]0707000000 [object]01005500 [method]01016300 [inputs]00000000 "
			"< [MSG]4D5347 [F]46 [size]62000000 [channel]07000000 [token id]01000000 [sequence]01000000 [request]02000000 "
			"[CallResponse]0100CB02 [time]0040BA19E05BDB01 [handle]01000000 [result]00000000 [diagnostic]00 [strings]00000000 "
			"[additional]000000 [results]02000000 [Good]00000000 [input results]01000000 00000000 [diagnostics]00000000 "
			"[outputs]01000000 [Boolean]0101 [BadMethodInvalid]00007580 FFFFFFFF FFFFFFFF FFFFFFFF [diagnostics]00000000 ",
		.expect =
			"{'complete':true,'opcua':{'message_type':'MSG','secure_channel_id':7,'request_id':2,'sequence_number':1,'chunks':2,'"
			"bytes':196,'service':'Call','service_id':712,'encrypted':false,'status_code':0,'status':'Good','rtt_us':1000,'method"
			"':{'object_id':'i=85','method_id':'ns=1;s=Start','status':'Good','index':0,'count':2,'inputs':[{'type':'UInt32','val"
			"ue':7}],'outputs':[{'type':'Boolean','value':true}]}}}\n"
			"{'complete':true,'opcua':{'message_type':'MSG','secure_channel_id':7,'request_id':2,'sequence_number':1,'chunks':2,'"
			"bytes':196,'service':'Call','service_id':712,'encrypted':false,'status_code':0,'status':'Good','rtt_us':1000,'method"
			"':{'object_id':'i=85','method_id':'ns=1;i=99','status':'BadMethodInvalid','index':1,'count':2}}}\n",
		.loose = true,
	},
	{
		.name = "set triggering",
		.spec = "P4 5.12.5",
		.script =
			"> [MSG]4D5347 [F]46 [size]4D000000 [channel]07000000 [token id]01000000 [sequence]01000000 [request]02000000 "
			"[SetTriggeringRequest]01000703 [token]0000 [time]0040BA19E05BDB01 [handle]01000000 [diagnostics]00000000 [audit]FFFFFFFF "
			"[timeout]88130000 [additional]000000 [subscription]2A000000 [triggering item]4D000000 [links to add]01000000 4E000000 "
			"[links to remove]00000000 "
			"< [MSG]4D5347 [F]46 [size]48000000 [channel]07000000 [token id]01000000 [sequence]01000000 [request]02000000 "
			"[SetTriggeringResponse]01000A03 [time]0040BA19E05BDB01 [handle]01000000 [result]00000000 [diagnostic]00 [strings]00000000 "
			"[additional]000000 [add results]01000000 [Good]00000000 [diagnostics]00000000 [remove results]00000000 [diagnostics]00000000 ",
		.expect =
			"{'complete':true,'opcua':{'message_type':'MSG','secure_channel_id':7,'request_id':2,'sequence_number':1,'chunks':2,'"
			"bytes':149,'service':'SetTriggering','service_id':775,'encrypted':false,'status_code':0,'status':'Good','rtt_us':1000"
			",'subscription':{'id':42}}}\n",
	},
	{
		.name = "user name in clear, refused",
		.spec = "P4 5.6.3, 7.41.4",
		.script =
			"> [MSG]4D5347 [F]46 [size]82000000 [channel]07000000 [token id]01000000 [sequence]01000000 [request]02000000 "
			"[ActivateSessionRequest]0100D301 [token]0000 [time]0040BA19E05BDB01 [handle]01000000 [diagnostics]00000000 "
			"[audit]FFFFFFFF [timeout]88130000 [additional]000000 [algorithm]FFFFFFFF [signature]FFFFFFFF "
			"[certificates]00000000 [locales]01000000 02000000656E [UserNameIdentityToken]01004401 [binary]01 "
			"[body]220000000400000075736572080000006F70657261746F720600000068696464656EFFFFFFFF [algorithm]FFFFFFFF "
			"[signature]FFFFFFFF "
			"< [MSG]4D5347 [F]46 [size]40000000 [channel]07000000 [token id]01000000 [sequence]01000000 [request]02000000 "
			"[ActivateSessionResponse]0100D601 [time]0040BA19E05BDB01 [handle]01000000 [result]00002180 [diagnostic]00 "
			"[strings]00000000 [additional]000000 [nonce]FFFFFFFF [results]00000000 [diagnostics]00000000 ",
		.expect =
			"{'complete':true,'opcua':{'message_type':'MSG','secure_channel_id':7,'request_id':2,'sequence_number':1,'chunks':2,'"
			"bytes':194,'service':'ActivateSession','service_id':467,'encrypted':false,'status_code':2149646336,'status':'BadIden"
			"tityTokenRejected','rtt_us':1000,'user_token':{'type':'username','policy_id':'user','user':'operator','password_encr"
			"ypted':false}}}\n",
	},
	{
		.name = "fault with diagnostics",
		.spec = "P4 7.35, 7.12",
		.script =
			"> [MSG]4D5347 [F]46 [size]64000000 [channel]07000000 [token id]01000000 [sequence]01000000 [request]02000000 "
			"[BrowseRequest]01000F02 [token]0000 [time]0040BA19E05BDB01 [handle]01000000 [diagnostics]00000000 "
			"[audit]FFFFFFFF [timeout]88130000 [additional]000000 [view]0000000000000000000000000000 [most]00000000 "
			"[nodes]01000000 [node]01005400 [both]02000000 [references]01002100 [subtypes]01 [classes]00000000 "
			"[fields]3F000000 "
			"< [MSG]4D5347 [F]46 [size]66000000 [channel]07000000 [token id]01000000 [sequence]01000000 [request]02000000 "
			"[ServiceFault]01008D01 [time]0040BA19E05BDB01 [handle]01000000 [result]00001080 "
			"[symbol, text, info, inner status, inner]75 [symbol]00000000 [text]01000000 [info]040000006C6F6F6B "
			"[inner status]00000280 [inner]00 [strings]02000000 07000000546F6F4D616E79 0E000000746F6F206D616E79206E6F646573 "
			"[additional]000000 ",
		.expect =
			"{'complete':true,'opcua':{'message_type':'MSG','secure_channel_id':7,'request_id':2,'sequence_number':1,'chunks':2,'"
			"bytes':202,'service':'Browse','service_id':527,'encrypted':false,'status_code':2148532224,'status':'BadTooManyOperat"
			"ions','fault':true,'rtt_us':1000,'browse_count':1,'browse':[{'node_id':'i=84','direction':'both','reference_type':'i"
			"=33'}],'diagnostics':{'symbolic_id':'TooMany','text':'too many nodes','additional_info':'look','inner_status':'BadIn"
			"ternalError'}}}\n",
	},
	{
		.name = "response in two chunks",
		.spec = "P6 6.7.2",
		.script =
			"> [OPN]4F504E [F]46 [size]84000000 [channel]07000000 "
			"[policy]2F000000687474703A2F2F6F7063666F756E646174696F6E2E6F72672F55412F5365637572697479506F6C696379234E6F6E65 "
			"[certificate]FFFFFFFF [thumbprint]FFFFFFFF [sequence]01000000 [request]01000000 "
			"[OpenSecureChannelRequest]0100BE01 [token]0000 [time]0040BA19E05BDB01 [handle]01000000 [diagnostics]00000000 "
			"[audit]FFFFFFFF [timeout]88130000 [additional]000000 [version]00000000 [issue]00000000 [None]01000000 "
			"[nonce]FFFFFFFF [lifetime]60EA0000 "
			"< [OPN]4F504E [F]46 [size]87000000 [channel]07000000 "
			"[policy]2F000000687474703A2F2F6F7063666F756E646174696F6E2E6F72672F55412F5365637572697479506F6C696379234E6F6E65 "
			"[certificate]FFFFFFFF [thumbprint]FFFFFFFF [sequence]01000000 [request]01000000 "
			"[OpenSecureChannelResponse]0100C101 [time]0040BA19E05BDB01 [handle]01000000 [result]00000000 [diagnostic]00 "
			"[strings]00000000 [additional]000000 [version]00000000 [channel]07000000 [token id]01000000 "
			"[created]0040BA19E05BDB01 [lifetime]60EA0000 [nonce]FFFFFFFF "
			"> [MSG]4D5347 [F]46 [size]5B000000 [channel]07000000 [token id]01000000 [sequence]02000000 [request]02000000 "
			"[ReadRequest]01007702 [token]0000 [time]0040BA19E05BDB01 [handle]01000000 [diagnostics]00000000 [audit]FFFFFFFF "
			"[timeout]88130000 [additional]000000 [max age]0000000000000000 [timestamps]03000000 [nodes]01000000 "
			"[node]0100D208 [Value]0D000000 [range]FFFFFFFF [encoding]0000 FFFFFFFF "
			"< [MSG]4D5347 [C]43 [size]36000000 [channel]07000000 [token id]01000000 [sequence]02000000 [request]02000000 "
			"[first half]01007A020040BA19E05BDB01010000000000000000000000000000000100 "
			"< [MSG]4D5347 [F]46 [size]31000000 [channel]07000000 [token id]01000000 [sequence]03000000 [request]02000000 "
			"[second half]0000010C0D000000696E2074776F206368756E6B7300000000 ",
		.expect =
			"{'opcua':{'message_type':'OPN','direction':'to_server','secure_channel_id':7,'request_id':1,'sequence_number':1,'ser"
			"vice':'OpenSecureChannel','service_id':446,'chunks':1,'bytes':132,'security_policy':'None','security_policy_uri':'ht"
			"tp://opcfoundation.org/UA/SecurityPolicy#None','security_mode':'None','encrypted':false,'open':{'request_type':'issu"
			"e','lifetime_ms':60000}}}\n"
			"{'opcua':{'message_type':'OPN','direction':'to_client','secure_channel_id':7,'request_id':1,'sequence_number':1,'ser"
			"vice':'OpenSecureChannel','service_id':449,'chunks':1,'bytes':135,'security_policy':'None','security_policy_uri':'ht"
			"tp://opcfoundation.org/UA/SecurityPolicy#None','security_mode':'None','encrypted':false,'status_code':0,'status':'Go"
			"od','open':{'lifetime_ms':60000,'token_id':1,'created':'2025-01-01T00:00:00.000000+0000'}}}\n"
			"{'complete':true,'opcua':{'message_type':'MSG','secure_channel_id':7,'request_id':2,'sequence_number':2,'chunks':3,'"
			"bytes':194,'service':'Read','service_id':631,'security_policy':'None','security_mode':'None','encrypted':false,'stat"
			"us_code':0,'status':'Good','rtt_us':2000,'node_count':1,'nodes':[{'node_id':'i=2258','attribute':'Value','type':'Str"
			"ing','value':'in two chunks','status':'Good'}]}}\n",
		.loose = true,
	},
	{
		.name = "response given up",
		.spec = "P6 6.7.3",
		.script =
			"> [MSG]4D5347 [F]46 [size]5B000000 [channel]07000000 [token id]01000000 [sequence]01000000 [request]02000000 "
			"[ReadRequest]01007702 [token]0000 [time]0040BA19E05BDB01 [handle]01000000 [diagnostics]00000000 [audit]FFFFFFFF "
			"[timeout]88130000 [additional]000000 [max age]0000000000000000 [timestamps]03000000 [nodes]01000000 "
			"[node]0100D208 [Value]0D000000 [range]FFFFFFFF [encoding]0000 FFFFFFFF "
			"< [MSG]4D5347 [C]43 [size]1C000000 [channel]07000000 [token id]01000000 [sequence]01000000 [request]02000000 "
			"[ReadResponse]01007A02 "
			"< [MSG]4D5347 [A]41 [size]29000000 [channel]07000000 [token id]01000000 [sequence]02000000 [request]02000000 "
			"[BadResponseTooLarge]0000B980 [reason]09000000746F6F206C61726765 ",
		.expect =
			"{'complete':false,'opcua':{'message_type':'MSG','secure_channel_id':7,'request_id':2,'sequence_number':1,'chunks':3,"
			"'bytes':160,'service':'Read','service_id':631,'encrypted':false,'status_code':2159607808,'status':'BadResponseTooLar"
			"ge','aborted':true,'rtt_us':2000,'reason':'too large','node_count':1,'nodes':[{'node_id':'i=2258','attribute':'Value"
			"'}]}}\n",
		.loose = true,
	},
	{
		.name = "signed, not encrypted",
		.spec = "P6 6.7.2",
		.script =
			"> [OPN]4F504E [F]46 [size]AC000000 [channel]07000000 "
			"[policy]39000000687474703A2F2F6F7063666F756E646174696F6E2E6F72672F55412F5365637572697479506F6C696379234261736963 "
			"323536536861323536 [certificate]070000006E6F7420444552 "
			"[thumbprint]14000000000102030405060708090A0B0C0D0E0F10111213 "
			"[encrypted]A54DCA182530BB1D6D132CDED6237B2ED91E3F721FCB1971174494D6493C9D5C3460BE31201E69FEDAA0EEE8B9997F5C7C29 "
			"99FDAFE593253CD654AF4DFAD714 "
			"< [OPN]4F504E [F]46 [size]AC000000 [channel]07000000 "
			"[policy]39000000687474703A2F2F6F7063666F756E646174696F6E2E6F72672F55412F5365637572697479506F6C696379234261736963 "
			"323536536861323536 [certificate]070000006E6F7420444552 "
			"[thumbprint]14000000000102030405060708090A0B0C0D0E0F10111213 "
			"[encrypted]27A0AEB3FEE9232F8AF2211F9EE491C5B10BECB5563BFC1E6F93427ECBC8FE2955E5CD8E46DC8ED4B7C2764D2A5A4D767706 "
			"F85D8690024AD6BDA3401BE9C8CB "
			"> [MSG]4D5347 [F]46 [size]5A000000 [channel]07000000 [token id]01000000 [sequence]01000000 [request]02000000 "
			"[CloseSessionRequest]0100D901 [token]0000 [time]0040BA19E05BDB01 [handle]01000000 [diagnostics]00000000 "
			"[audit]FFFFFFFF [timeout]88130000 [additional]000000 [delete]01 "
			"[signature]CCC935F6CD1F61226AE15338AE1A34004D33BA0D246AC04C81B1BAF23E3BF9EE "
			"< [MSG]4D5347 [F]46 [size]54000000 [channel]07000000 [token id]01000000 [sequence]01000000 [request]02000000 "
			"[CloseSessionResponse]0100DC01 [time]0040BA19E05BDB01 [handle]01000000 [result]00000000 [diagnostic]00 "
			"[strings]00000000 [additional]000000 [signature]F5F79F2B4934AF87F5520B69B94B0D982E85BB55B672A872637ACD7466FCB60E "
			"> [CLO]434C4F [F]46 [size]59000000 [channel]07000000 [token id]01000000 [sequence]02000000 [request]03000000 "
			"[CloseSecureChannelRequest]0100C401 [token]0000 [time]0040BA19E05BDB01 [handle]01000000 [diagnostics]00000000 "
			"[audit]FFFFFFFF [timeout]88130000 [additional]000000 "
			"[signature]0E8FF18463B0E4B2BA29703474F064AC68F700F5B02B3DC666F45BDEAA2CCAED ",
		.expect =
			"{'opcua':{'message_type':'OPN','direction':'to_server','secure_channel_id':7,'chunks':1,'bytes':172,'security_policy"
			"':'Basic256Sha256','security_policy_uri':'http://opcfoundation.org/UA/SecurityPolicy#Basic256Sha256','encrypted':tru"
			"e,'open':{'receiver_thumbprint':'000102030405060708090a0b0c0d0e0f10111213','sender_certificate':{'sha1':'2d6c797ab91"
			"b6da3fab069183f16291c8c1045f1','sha256':'47f38a55e40360345cdea8f77248ffb186e33be75a399dc07e23d7ce4758ca8c','unreadab"
			"le':true}}}}\n"
			"{'opcua':{'message_type':'OPN','direction':'to_client','secure_channel_id':7,'chunks':1,'bytes':172,'security_policy"
			"':'Basic256Sha256','security_policy_uri':'http://opcfoundation.org/UA/SecurityPolicy#Basic256Sha256','encrypted':tru"
			"e,'open':{'receiver_thumbprint':'000102030405060708090a0b0c0d0e0f10111213','sender_certificate':{'sha1':'2d6c797ab91"
			"b6da3fab069183f16291c8c1045f1','sha256':'47f38a55e40360345cdea8f77248ffb186e33be75a399dc07e23d7ce4758ca8c','unreadab"
			"le':true}}}}\n"
			"{'complete':true,'opcua':{'message_type':'MSG','secure_channel_id':7,'request_id':2,'sequence_number':1,'chunks':2,'"
			"bytes':174,'service':'CloseSession','service_id':473,'security_policy':'Basic256Sha256','security_mode':'Sign','encr"
			"ypted':false,'status_code':0,'status':'Good','rtt_us':1000,'session':{'delete_subscriptions':true}}}\n"
			"{'opcua':{'message_type':'CLO','direction':'to_server','secure_channel_id':7,'request_id':3,'sequence_number':2,'chu"
			"nks':1,'bytes':89,'service':'CloseSecureChannel','service_id':452,'security_policy':'Basic256Sha256','security_mode'"
			":'Sign','encrypted':false}}\n",
		.loose = true,
	},
	{
		.name = "signed response in two chunks",
		.spec = "P6 6.7.2",
		.script =
			"> [OPN]4F504E [F]46 [size]91000000 [channel]07000000 "
			"[policy]39000000687474703A2F2F6F7063666F756E646174696F6E2E6F72672F55412F5365637572697479506F6C696379234261736963 "
			"323536536861323536 [certificate]FFFFFFFF [thumbprint]FFFFFFFF "
			"[encrypted]CD2B5157410E4DEE4AF2B34F430A073447DE636C0E806C957BA684D6431FB5EAD7424D09E15D024C5848F23D1FA6F7361D7F "
			"618D1532E70E20E2A6668DE7F47E "
			"< [OPN]4F504E [F]46 [size]91000000 [channel]07000000 "
			"[policy]39000000687474703A2F2F6F7063666F756E646174696F6E2E6F72672F55412F5365637572697479506F6C696379234261736963 "
			"323536536861323536 [certificate]FFFFFFFF [thumbprint]FFFFFFFF "
			"[encrypted]8467E546D53EC8E2A1257BDB256C9B3E4FBB498146EF7030CBF9537252DCCEADD764B6A32FBB09ADEAE109C4A99720397535 "
			"2B878B145C8A42D884CF4CFDA72D "
			"> [MSG]4D5347 [F]46 [size]7B000000 [channel]07000000 [token id]01000000 [sequence]01000000 [request]02000000 "
			"[ReadRequest]01007702 [token]0000 [time]0040BA19E05BDB01 [handle]01000000 [diagnostics]00000000 [audit]FFFFFFFF "
			"[timeout]88130000 [additional]000000 [max age]0000000000000000 [timestamps]03000000 [nodes]01000000 "
			"[node]0100D208 [Value]0D000000 [range]FFFFFFFF [encoding]0000 FFFFFFFF "
			"[signature]8E1D5DD92589082D852A7122873EE805ADD58942167A385286195C679F9C6994 "
			"< [MSG]4D5347 [C]43 [size]56000000 [channel]07000000 [token id]01000000 [sequence]01000000 [request]02000000 "
			"[first half]01007A020040BA19E05BDB01010000000000000000000000000000000100 "
			"[signature]E45B8AB1098012070961F37DE436DDFDC99D6E75AF6547CFB11B42072482DC53 "
			"< [MSG]4D5347 [F]46 [size]51000000 [channel]07000000 [token id]01000000 [sequence]02000000 [request]02000000 "
			"[second half]0000010C0D000000696E2074776F206368756E6B7300000000 "
			"[signature]1C2BC3907C9617EB5E5089E40186BAA8A57D119E6FB65D00ABC32AF38E667F02 ",
		.expect =
			"{'opcua':{'message_type':'OPN','direction':'to_server','secure_channel_id':7,'chunks':1,'bytes':145,'security_policy"
			"':'Basic256Sha256','security_policy_uri':'http://opcfoundation.org/UA/SecurityPolicy#Basic256Sha256','encrypted':tru"
			"e}}\n"
			"{'opcua':{'message_type':'OPN','direction':'to_client','secure_channel_id':7,'chunks':1,'bytes':145,'security_policy"
			"':'Basic256Sha256','security_policy_uri':'http://opcfoundation.org/UA/SecurityPolicy#Basic256Sha256','encrypted':tru"
			"e}}\n"
			"{'complete':true,'opcua':{'message_type':'MSG','secure_channel_id':7,'request_id':2,'sequence_number':1,'chunks':3,'"
			"bytes':290,'service':'Read','service_id':631,'security_policy':'Basic256Sha256','security_mode':'Sign','encrypted':f"
			"alse,'status_code':0,'status':'Good','rtt_us':2000,'node_count':1,'nodes':[{'node_id':'i=2258','attribute':'Value','"
			"type':'String','value':'in two chunks','status':'Good'}]}}\n",
		.loose = true,
	},
	{
		.name = "signed and encrypted",
		.spec = "P6 6.7.2",
		.script =
			"> [OPN]4F504E [F]46 [size]AC000000 [channel]07000000 "
			"[policy]39000000687474703A2F2F6F7063666F756E646174696F6E2E6F72672F55412F5365637572697479506F6C696379234261736963 "
			"323536536861323536 [certificate]070000006E6F7420444552 "
			"[thumbprint]14000000000102030405060708090A0B0C0D0E0F10111213 "
			"[encrypted]2E872D49CC15C90B999B772B4FC7A6FD4C914A16DB4708752B0F1544B835C0E719097DFA8701E9232F21F2812687786976EB "
			"FCC327F5931765274BA9829B4406 "
			"< [OPN]4F504E [F]46 [size]AC000000 [channel]07000000 "
			"[policy]39000000687474703A2F2F6F7063666F756E646174696F6E2E6F72672F55412F5365637572697479506F6C696379234261736963 "
			"323536536861323536 [certificate]070000006E6F7420444552 "
			"[thumbprint]14000000000102030405060708090A0B0C0D0E0F10111213 "
			"[encrypted]F61FF889326FFA9492EDEEEE3C669F2BF20894EA27E689C66B6B262E4886B8438F39BA76FEF8C90C5101FBE6CF9A48D5B0C0 "
			"A13DA900A6ADCB3D64069481BE21 "
			"> [MSG]4D5347 [F]46 [size]60000000 [channel]07000000 [token id]01000000 "
			"[encrypted]C9C727B8DB8C188F341A924C7F88DFA161BFDB0ECC682919D2E64692F8194157F1D4AF90988285CF7A9AF7C93D5552266AFE "
			"70E7AAE6DA47627C2E59AF2EA37ABC84670AD3C4D36BC08AAD1FFF8EB840 "
			"< [MSG]4D5347 [F]46 [size]60000000 [channel]07000000 [token id]01000000 "
			"[encrypted]6E2F8A7FC4CCE4DD9F0B4110D9F2FA0025C8EFE57F37724F4D37EA2B14004077139B4180DF3932249962C6857200059AEB8E "
			"A17CF3787E0ED29D1C0B63FFD7298374D9BD74FC11ADD7B9CA6503952269 "
			"> [CLO]434C4F [F]46 [size]50000000 [channel]07000000 [token id]01000000 "
			"[encrypted]FD669F6376EE71879737FD5F72F8D51C4AC91B6D0C48D41A1E5EC9E6A0392854A8615EEF109FC1BFA9E2563701288F29B3D7 "
			"3F6AC2B69EDD2C19F264BEE462A5 ",
		.expect =
			"{'opcua':{'message_type':'OPN','direction':'to_server','secure_channel_id':7,'chunks':1,'bytes':172,'security_policy"
			"':'Basic256Sha256','security_policy_uri':'http://opcfoundation.org/UA/SecurityPolicy#Basic256Sha256','encrypted':tru"
			"e,'open':{'receiver_thumbprint':'000102030405060708090a0b0c0d0e0f10111213','sender_certificate':{'sha1':'2d6c797ab91"
			"b6da3fab069183f16291c8c1045f1','sha256':'47f38a55e40360345cdea8f77248ffb186e33be75a399dc07e23d7ce4758ca8c','unreadab"
			"le':true}}}}\n"
			"{'opcua':{'message_type':'OPN','direction':'to_client','secure_channel_id':7,'chunks':1,'bytes':172,'security_policy"
			"':'Basic256Sha256','security_policy_uri':'http://opcfoundation.org/UA/SecurityPolicy#Basic256Sha256','encrypted':tru"
			"e,'open':{'receiver_thumbprint':'000102030405060708090a0b0c0d0e0f10111213','sender_certificate':{'sha1':'2d6c797ab91"
			"b6da3fab069183f16291c8c1045f1','sha256':'47f38a55e40360345cdea8f77248ffb186e33be75a399dc07e23d7ce4758ca8c','unreadab"
			"le':true}}}}\n"
			"{'opcua':{'message_type':'MSG','direction':'to_server','secure_channel_id':7,'chunks':1,'bytes':96,'security_policy'"
			":'Basic256Sha256','security_mode':'SignAndEncrypt','encrypted':true}}\n"
			"{'opcua':{'message_type':'MSG','direction':'to_client','secure_channel_id':7,'chunks':1,'bytes':96,'security_policy'"
			":'Basic256Sha256','security_mode':'SignAndEncrypt','encrypted':true}}\n"
			"{'opcua':{'message_type':'CLO','direction':'to_server','secure_channel_id':7,'chunks':1,'bytes':80,'security_policy'"
			":'Basic256Sha256','security_mode':'SignAndEncrypt','encrypted':true}}\n",
		.loose = true,
	},
	{
		.name = "a response alone, a request alone",
		.spec = "events.md",
		.script =
			"< [MSG]4D5347 [F]46 [size]38000000 [channel]07000000 [token id]01000000 [sequence]01000000 [request]09000000 "
			"[GetEndpointsResponse]0100AF01 [time]0040BA19E05BDB01 [handle]01000000 [result]00000000 [diagnostic]00 "
			"[strings]00000000 [additional]000000 [endpoints]00000000 "
			"> [MSG]4D5347 [F]46 [size]3A000000 [channel]07000000 [token id]01000000 [sequence]01000000 [request]09000000 "
			"[CloseSessionRequest]0100D901 [token]0000 [time]0040BA19E05BDB01 [handle]01000000 [diagnostics]00000000 "
			"[audit]FFFFFFFF [timeout]88130000 [additional]000000 [delete]01 ",
		.expect =
			"{'complete':false,'opcua':{'message_type':'MSG','direction':'to_client','secure_channel_id':7,'request_id':9,'sequen"
			"ce_number':1,'chunks':1,'bytes':56,'service':'GetEndpoints','service_id':431,'encrypted':false,'status_code':0,'stat"
			"us':'Good','endpoint_count':0}}\n"
			"{'complete':false,'opcua':{'message_type':'MSG','direction':'to_server','secure_channel_id':7,'request_id':9,'sequen"
			"ce_number':1,'chunks':1,'bytes':58,'service':'CloseSession','service_id':473,'encrypted':false,'waited_us':0,'sessio"
			"n':{'delete_subscriptions':true}}}\n",
	},
	{
		.name = "an array longer than its message",
		.spec = "P6 5.2.5",
		.script =
			"> [MSG]4D5347 [F]46 [size]4B000000 [channel]07000000 [token id]01000000 [sequence]01000000 [request]02000000 "
			"[ReadRequest]01007702 [token]0000 [time]0040BA19E05BDB01 [handle]01000000 [diagnostics]00000000 [audit]FFFFFFFF "
			"[timeout]88130000 [additional]000000 [max age]0000000000000000 [timestamps]03000000 "
			"[nodes: more than bytes]E8030000 0001 ",
		.expect =
			"{'complete':false,'opcua':{'message_type':'MSG','direction':'to_server','secure_channel_id':7,'request_id':2,'sequen"
			"ce_number':1,'chunks':1,'bytes':75,'service':'Read','service_id':631,'encrypted':false,'waited_us':0}}\n"
			"{'anomaly':{'type':'malformed','reason':'request_body','offset':49,'app_proto':'opcua'}}\n",
	},
	{
		.name = "diagnostics nested too deep",
		.spec = "P6 5.2.2.12",
		.script =
			"< [MSG]4D5347 [F]46 [size]D2000000 [channel]07000000 [token id]01000000 [sequence]01000000 [request]02000000 "
			"[ReadResponse]01007A02 [time]0040BA19E05BDB01 [handle]01000000 [result]00000000 "
			"[inner in inner in inner]40404040404040404040404040404040404040404040404040404040404040404040404040404040404040 "
			"4040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040 "
			"40404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404040404000 "
			"[strings]00000000 [additional]000000 [values]00000000 [diagnostics]00000000 ",
		.expect =
			"{'complete':false,'opcua':{'message_type':'MSG','direction':'to_client','secure_channel_id':7,'request_id':2,'sequen"
			"ce_number':1,'chunks':1,'bytes':210,'service':'Read','service_id':634,'encrypted':false}}\n"
			"{'anomaly':{'type':'malformed','reason':'response_body','offset':121,'app_proto':'opcua'}}\n",
	},
	{
		.name = "variants nested too deep",
		.spec = "P6 5.2.2.16",
		.script =
			"< [MSG]4D5347 [F]46 [size]D4000000 [channel]07000000 [token id]01000000 [sequence]01000000 [request]02000000 "
			"[ReadResponse]01007A02 [time]0040BA19E05BDB01 [handle]01000000 [result]00000000 [diagnostic]00 [strings]00000000 "
			"[additional]000000 [values]01000000 "
			"[Variant in Variant]01181818181818181818181818181818181818181818181818181818181818181818181818181818181818181818 "
			"1818181818181818181818181818181818181818181818181818181818181818181818181818181818181818181818181818181818181818 "
			"1818181818181818181818181818181818181818181818181818181818181818181818181818181818181818181818181800 "
			"[diagnostics]00000000 ",
		.expect =
			"{'complete':false,'opcua':{'message_type':'MSG','direction':'to_client','secure_channel_id':7,'request_id':2,'sequen"
			"ce_number':1,'chunks':1,'bytes':212,'service':'Read','service_id':634,'encrypted':false,'status_code':0,'status':'Go"
			"od'}}\n"
			"{'anomaly':{'type':'malformed','reason':'response_body','offset':134,'app_proto':'opcua'}}\n",
	},
	{
		.name = "no service",
		.spec = "P6 A.1",
		.script =
			"> [OPN]4F504E [F]46 [size]84000000 [channel]07000000 "
			"[policy]2F000000687474703A2F2F6F7063666F756E646174696F6E2E6F72672F55412F5365637572697479506F6C696379234E6F6E65 "
			"[certificate]FFFFFFFF [thumbprint]FFFFFFFF [sequence]01000000 [request]01000000 "
			"[OpenSecureChannelRequest]0100BE01 [token]0000 [time]0040BA19E05BDB01 [handle]01000000 [diagnostics]00000000 "
			"[audit]FFFFFFFF [timeout]88130000 [additional]000000 [version]00000000 [issue]00000000 [None]01000000 "
			"[nonce]FFFFFFFF [lifetime]60EA0000 "
			"< [OPN]4F504E [F]46 [size]87000000 [channel]07000000 "
			"[policy]2F000000687474703A2F2F6F7063666F756E646174696F6E2E6F72672F55412F5365637572697479506F6C696379234E6F6E65 "
			"[certificate]FFFFFFFF [thumbprint]FFFFFFFF [sequence]01000000 [request]01000000 "
			"[OpenSecureChannelResponse]0100C101 [time]0040BA19E05BDB01 [handle]01000000 [result]00000000 [diagnostic]00 "
			"[strings]00000000 [additional]000000 [version]00000000 [channel]07000000 [token id]01000000 "
			"[created]0040BA19E05BDB01 [lifetime]60EA0000 [nonce]FFFFFFFF "
			"> [MSG]4D5347 [F]46 [size]39000000 [channel]07000000 [token id]01000000 [sequence]02000000 [request]02000000 "
			"[no service]0100E703 [token]0000 [time]0040BA19E05BDB01 [handle]01000000 [diagnostics]00000000 [audit]FFFFFFFF "
			"[timeout]88130000 [additional]000000 ",
		.expect =
			"{'opcua':{'message_type':'OPN','direction':'to_server','secure_channel_id':7,'request_id':1,'sequence_number':1,'ser"
			"vice':'OpenSecureChannel','service_id':446,'chunks':1,'bytes':132,'security_policy':'None','security_policy_uri':'ht"
			"tp://opcfoundation.org/UA/SecurityPolicy#None','security_mode':'None','encrypted':false,'open':{'request_type':'issu"
			"e','lifetime_ms':60000}}}\n"
			"{'opcua':{'message_type':'OPN','direction':'to_client','secure_channel_id':7,'request_id':1,'sequence_number':1,'ser"
			"vice':'OpenSecureChannel','service_id':449,'chunks':1,'bytes':135,'security_policy':'None','security_policy_uri':'ht"
			"tp://opcfoundation.org/UA/SecurityPolicy#None','security_mode':'None','encrypted':false,'status_code':0,'status':'Go"
			"od','open':{'lifetime_ms':60000,'token_id':1,'created':'2025-01-01T00:00:00.000000+0000'}}}\n"
			"{'anomaly':{'type':'malformed','reason':'service_unknown','offset':24,'app_proto':'opcua'}}\n"
			"{'complete':false,'opcua':{'message_type':'MSG','direction':'to_server','secure_channel_id':7,'request_id':2,'sequen"
			"ce_number':2,'chunks':1,'bytes':57,'security_policy':'None','security_mode':'None','encrypted':false}}\n",
		.loose = true,
	},
	{
		.name = "a sequence number left out",
		.spec = "P6 6.7.2.4",
		.script =
			"> [OPN]4F504E [F]46 [size]84000000 [channel]07000000 "
			"[policy]2F000000687474703A2F2F6F7063666F756E646174696F6E2E6F72672F55412F5365637572697479506F6C696379234E6F6E65 "
			"[certificate]FFFFFFFF [thumbprint]FFFFFFFF [sequence]01000000 [request]01000000 "
			"[OpenSecureChannelRequest]0100BE01 [token]0000 [time]0040BA19E05BDB01 [handle]01000000 [diagnostics]00000000 "
			"[audit]FFFFFFFF [timeout]88130000 [additional]000000 [version]00000000 [issue]00000000 [None]01000000 "
			"[nonce]FFFFFFFF [lifetime]60EA0000 "
			"< [OPN]4F504E [F]46 [size]87000000 [channel]07000000 "
			"[policy]2F000000687474703A2F2F6F7063666F756E646174696F6E2E6F72672F55412F5365637572697479506F6C696379234E6F6E65 "
			"[certificate]FFFFFFFF [thumbprint]FFFFFFFF [sequence]01000000 [request]01000000 "
			"[OpenSecureChannelResponse]0100C101 [time]0040BA19E05BDB01 [handle]01000000 [result]00000000 [diagnostic]00 "
			"[strings]00000000 [additional]000000 [version]00000000 [channel]07000000 [token id]01000000 "
			"[created]0040BA19E05BDB01 [lifetime]60EA0000 [nonce]FFFFFFFF "
			"> [CLO]434C4F [F]46 [size]39000000 [channel]07000000 [token id]01000000 [sequence]0A000000 [request]02000000 "
			"[CloseSecureChannelRequest]0100C401 [token]0000 [time]0040BA19E05BDB01 [handle]01000000 [diagnostics]00000000 "
			"[audit]FFFFFFFF [timeout]88130000 [additional]000000 ",
		.expect =
			"{'opcua':{'message_type':'OPN','direction':'to_server','secure_channel_id':7,'request_id':1,'sequence_number':1,'ser"
			"vice':'OpenSecureChannel','service_id':446,'chunks':1,'bytes':132,'security_policy':'None','security_policy_uri':'ht"
			"tp://opcfoundation.org/UA/SecurityPolicy#None','security_mode':'None','encrypted':false,'open':{'request_type':'issu"
			"e','lifetime_ms':60000}}}\n"
			"{'opcua':{'message_type':'OPN','direction':'to_client','secure_channel_id':7,'request_id':1,'sequence_number':1,'ser"
			"vice':'OpenSecureChannel','service_id':449,'chunks':1,'bytes':135,'security_policy':'None','security_policy_uri':'ht"
			"tp://opcfoundation.org/UA/SecurityPolicy#None','security_mode':'None','encrypted':false,'status_code':0,'status':'Go"
			"od','open':{'lifetime_ms':60000,'token_id':1,'created':'2025-01-01T00:00:00.000000+0000'}}}\n"
			"{'anomaly':{'type':'malformed','reason':'sequence_number','offset':12,'app_proto':'opcua'}}\n"
			"{'opcua':{'message_type':'CLO','direction':'to_server','secure_channel_id':7,'request_id':2,'sequence_number':10,'ch"
			"unks':1,'bytes':57,'service':'CloseSecureChannel','service_id':452,'security_policy':'None','security_mode':'None','"
			"encrypted':false}}\n",
		.loose = true,
	},
};

#endif
