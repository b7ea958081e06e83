/*
 * What Modbus says on the wire and what the dissector makes of it: one row a case, with the section of the specification that it is of.
 * The script is that of dissect_harness.h; the lines are expected after the flow has ended, with ' for ".
 *
 * Values are those of the examples in the specification (AP 6) where it has some. Add a row, not a function.
 */
#ifndef SEKISHO_TESTS_MODBUS_VECTORS_H
#define SEKISHO_TESTS_MODBUS_VECTORS_H

#include "vectors.h"

static const struct vector modbus_vectors[] = {
	{
		.name = "read coils",
		.spec = "AP 6.1",
		.script =
			"> [tid]0001 [pid]0000 [len]0006 [unit]11 [fc]01 [addr]0013 [qty]0013 "
			"< [tid]0001 [pid]0000 [len]0006 [unit]11 [fc]01 [count]03 [bits]CD6B05",
		.expect =
			"{'complete':true,'modbus':{'framing':'mbap','transaction_id':1,'unit_id':17,'function_raw':1,"
			"'function_code':'read_coils','access_type':'read','data_type':'coil','category':'public','rtt_us':1000,"
			"'request':{'address':19,'quantity':19},'response':{'values':[1,0,1,1,0,0,1,1,1,1,0,1,0,1,1,0,1,0,1]}}}\n",
	},
	{
		.name = "read discrete inputs",
		.spec = "AP 6.2",
		.script =
			"> 0002 0000 0006 11 [fc]02 [addr]00C4 [qty]0016 "
			"< 0002 0000 0006 11 [fc]02 [count]03 [bits]ACDB35",
		.expect =
			"{'complete':true,'modbus':{'framing':'mbap','transaction_id':2,'unit_id':17,'function_raw':2,"
			"'function_code':'read_discrete_inputs','access_type':'read','data_type':'discrete_input',"
			"'category':'public','rtt_us':1000,'request':{'address':196,'quantity':22},'response':{'values':[0,0,1,1,0,1,"
			"0,1,1,1,0,1,1,0,1,1,1,0,1,0,1,1]}}}\n",
	},
	{
		.name = "read holding registers",
		.spec = "AP 6.3",
		.script =
			"> 0003 0000 0006 11 [fc]03 [addr]006B [qty]0003 "
			"< 0003 0000 0009 11 [fc]03 [count]06 [regs]022B 0000 0064",
		.expect =
			"{'complete':true,'modbus':{'framing':'mbap','transaction_id':3,'unit_id':17,'function_raw':3,"
			"'function_code':'read_holding_registers','access_type':'read','data_type':'holding_register',"
			"'category':'public','rtt_us':1000,'request':{'address':107,'quantity':3},'response':{'values':[555,0,100]}}}\n",
	},
	{
		.name = "read input registers",
		.spec = "AP 6.4",
		.script =
			"> 0004 0000 0006 11 [fc]04 [addr]0008 [qty]0001 "
			"< 0004 0000 0005 11 [fc]04 [count]02 [regs]000A",
		.expect =
			"{'complete':true,'modbus':{'framing':'mbap','transaction_id':4,'unit_id':17,'function_raw':4,"
			"'function_code':'read_input_registers','access_type':'read','data_type':'input_register',"
			"'category':'public','rtt_us':1000,'request':{'address':8,'quantity':1},'response':{'values':[10]}}}\n",
	},
	{
		.name = "write single coil",
		.spec = "AP 6.5",
		.script =
			"> 0005 0000 0006 11 [fc]05 [addr]00AC [on]FF00 "
			"< 0005 0000 0006 11 05 00AC FF00",
		.expect =
			"{'complete':true,'modbus':{'framing':'mbap','transaction_id':5,'unit_id':17,'function_raw':5,"
			"'function_code':'write_single_coil','access_type':'write','data_type':'coil','category':'public',"
			"'rtt_us':1000,'request':{'address':172,'values':[65280]},'response':{'address':172,'values':[65280]}}}\n",
	},
	{
		.name = "write single register",
		.spec = "AP 6.6",
		.script =
			"> 0006 0000 0006 11 [fc]06 [addr]0001 [value]0003 "
			"< 0006 0000 0006 11 06 0001 0003",
		.expect =
			"{'complete':true,'modbus':{'framing':'mbap','transaction_id':6,'unit_id':17,'function_raw':6,"
			"'function_code':'write_single_register','access_type':'write','data_type':'holding_register',"
			"'category':'public','rtt_us':1000,'request':{'address':1,'values':[3]},'response':{'address':1,"
			"'values':[3]}}}\n",
	},
	{
		.name = "read exception status",
		.spec = "AP 6.7",
		.script =
			"> 0007 0000 0002 11 [fc]07 "
			"< 0007 0000 0003 11 [fc]07 [status]6D",
		.expect =
			"{'complete':true,'modbus':{'framing':'mbap','transaction_id':7,'unit_id':17,'function_raw':7,"
			"'function_code':'read_exception_status','access_type':'diagnostic','category':'public','rtt_us':1000,"
			"'response':{'status':109}}}\n",
	},
	{
		.name = "diagnostic: return query data",
		.spec = "AP 6.8",
		.script =
			"> 0008 0000 0006 11 [fc]08 [sub]0000 [data]A537 "
			"< 0008 0000 0006 11 08 0000 A537",
		.expect =
			"{'complete':true,'modbus':{'framing':'mbap','transaction_id':8,'unit_id':17,'function_raw':8,"
			"'function_code':'diagnostic','access_type':'diagnostic','category':'public','rtt_us':1000,"
			"'request':{'subfunction':{'raw':0,'code':'return_query_data'},'data':'a537'},"
			"'response':{'subfunction':{'raw':0,'code':'return_query_data'},'data':'a537'}}}\n",
	},
	{
		.name = "diagnostic: force listen only, not answered",
		.spec = "AP 6.8.1",
		.script =
			"> 0009 0000 0006 11 [fc]08 [sub]0004 [data]0000",
		.expect =
			"{'complete':false,'modbus':{'framing':'mbap','transaction_id':9,'unit_id':17,'function_raw':8,"
			"'function_code':'diagnostic','access_type':'diagnostic','category':'public','waited_us':0,"
			"'request':{'subfunction':{'raw':4,'code':'force_listen_only_mode'},'data':'0000'}}}\n",
	},
	{
		.name = "diagnostic: restart communications",
		.spec = "AP 6.8.1",
		.script =
			"> 000A 0000 0006 11 [fc]08 [sub]0001 [clear log]FF00 "
			"< 000A 0000 0006 11 08 0001 FF00",
		.expect =
			"{'complete':true,'modbus':{'framing':'mbap','transaction_id':10,'unit_id':17,'function_raw':8,"
			"'function_code':'diagnostic','access_type':'diagnostic','category':'public','rtt_us':1000,"
			"'request':{'subfunction':{'raw':1,'code':'restart_communications_option'},'data':'ff00'},"
			"'response':{'subfunction':{'raw':1,'code':'restart_communications_option'},'data':'ff00'}}}\n",
	},
	{
		.name = "diagnostic: a sub-function nobody knows",
		.spec = "AP 6.8.1",
		.script =
			"> 000B 0000 0006 11 [fc]08 [sub]0050 0000 "
			"< 000B 0000 0003 11 [fc]88 [code]01",
		.expect =
			"{'complete':true,'modbus':{'framing':'mbap','transaction_id':11,'unit_id':17,'function_raw':8,"
			"'function_code':'diagnostic','access_type':'diagnostic','category':'public','rtt_us':1000,"
			"'request':{'subfunction':{'raw':80,'code':'unknown_80'},'data':'0000'},'exception':{'raw':1,"
			"'code':'illegal_function'}}}\n",
	},
	{
		.name = "get comm event counter",
		.spec = "AP 6.9",
		.script =
			"> 000C 0000 0002 11 [fc]0B "
			"< 000C 0000 0006 11 [fc]0B [status]FFFF [events]0108",
		.expect =
			"{'complete':true,'modbus':{'framing':'mbap','transaction_id':12,'unit_id':17,'function_raw':11,"
			"'function_code':'get_comm_event_counter','access_type':'diagnostic','category':'public','rtt_us':1000,"
			"'response':{'status':65535,'event_count':264}}}\n",
	},
	{
		.name = "get comm event log",
		.spec = "AP 6.10",
		.script =
			"> 000D 0000 0002 11 [fc]0C "
			"< 000D 0000 000B 11 [fc]0C [count]08 [status]0000 [events]0108 [messages]0121 [log]2000",
		.expect =
			"{'complete':true,'modbus':{'framing':'mbap','transaction_id':13,'unit_id':17,'function_raw':12,"
			"'function_code':'get_comm_event_log','access_type':'diagnostic','category':'public','rtt_us':1000,"
			"'response':{'status':0,'event_count':264,'message_count':289,'events':'2000'}}}\n",
	},
	{
		.name = "write multiple coils",
		.spec = "AP 6.11",
		.script =
			"> 000E 0000 0009 11 [fc]0F [addr]0013 [qty]000A [count]02 [bits]CD01 "
			"< 000E 0000 0006 11 [fc]0F [addr]0013 [qty]000A",
		.expect =
			"{'complete':true,'modbus':{'framing':'mbap','transaction_id':14,'unit_id':17,'function_raw':15,"
			"'function_code':'write_multiple_coils','access_type':'write','data_type':'coil','category':'public',"
			"'rtt_us':1000,'request':{'address':19,'quantity':10,'values':[1,0,1,1,0,0,1,1,1,0]},"
			"'response':{'address':19,'quantity':10}}}\n",
	},
	{
		.name = "write multiple registers",
		.spec = "AP 6.12",
		.script =
			"> 000F 0000 000B 11 [fc]10 [addr]0001 [qty]0002 [count]04 [regs]000A 0102 "
			"< 000F 0000 0006 11 [fc]10 [addr]0001 [qty]0002",
		.expect =
			"{'complete':true,'modbus':{'framing':'mbap','transaction_id':15,'unit_id':17,'function_raw':16,"
			"'function_code':'write_multiple_registers','access_type':'write','data_type':'holding_register',"
			"'category':'public','rtt_us':1000,'request':{'address':1,'quantity':2,'values':[10,258]},"
			"'response':{'address':1,'quantity':2}}}\n",
	},
	{
		.name = "report server id",
		.spec = "AP 6.13",
		.script =
			"> 0010 0000 0002 11 [fc]11 "
			"< 0010 0000 000C 11 [fc]11 [count]09 [id]42 [run]FF [more]504C432D3131 30",
		.expect = "{'complete':true,'modbus':{'framing':'mbap','transaction_id':16,'unit_id':17,'function_raw':17,"
			  "'function_code':'report_server_id','access_type':'diagnostic','category':'public','rtt_us':1000,"
			  "'response':{'server_id':'42','run_indicator':'on','additional_data':'504c432d313130',"
			  "'additional_text':'PLC-110'}}}\n"
			  "{'discovery':{'protocol':'modbus_server_id','model':'PLC-110','detail':{'unit_id':17}}}\n",
	},
	{
		.name = "report server id: a name as id",
		.spec = "AP 6.13",
		.script =
			"> 0010 0000 0002 11 [fc]11 "
			"< 0010 0000 0008 11 [fc]11 [count]05 [id]52545531 [run]00",
		.expect = "{'complete':true,'modbus':{'framing':'mbap','transaction_id':16,'unit_id':17,'function_raw':17,"
			  "'function_code':'report_server_id','access_type':'diagnostic','category':'public','rtt_us':1000,"
			  "'response':{'server_id':'52545531','server_id_text':'RTU1','run_indicator':'off'}}}\n"
			  "{'discovery':{'protocol':'modbus_server_id','model':'RTU1','detail':{'unit_id':17}}}\n",
	},
	{
		.name = "report server id: neither",
		.spec = "AP 6.13",
		.script =
			"> 0010 0000 0002 11 [fc]11 "
			"< 0010 0000 0006 11 [fc]11 [count]03 [id]010203",
		.expect =
			"{'complete':true,'modbus':{'framing':'mbap','transaction_id':16,'unit_id':17,'function_raw':17,"
			"'function_code':'report_server_id','access_type':'diagnostic','category':'public','rtt_us':1000,"
			"'response':{'server_id':'010203'}}}\n",
	},
	{
		.name = "read file record",
		.spec = "AP 6.14",
		.script =
			"> 0011 0000 0011 11 [fc]14 [count]0E [type]06 [file]0004 [record]0001 [length]0002 [type]06 [file]0003 "
			"[record]0009 [length]0002 "
			"< 0011 0000 000F 11 [fc]14 [count]0C [len]05 [type]06 0DFE 0020 [len]05 [type]06 33CD 0040",
		.expect =
			"{'complete':true,'modbus':{'framing':'mbap','transaction_id':17,'unit_id':17,'function_raw':20,"
			"'function_code':'read_file_record','access_type':'read','data_type':'file_record','category':'public',"
			"'rtt_us':1000,'request':{'file_records':[{'file':4,'record':1,'length':2},{'file':3,'record':9,"
			"'length':2}]},'response':{'file_records':[{'length':2,'values':[3582,32]},{'length':2,'values':[13261,"
			"64]}]}}}\n",
	},
	{
		.name = "write file record",
		.spec = "AP 6.15",
		.script =
			"> 0012 0000 0010 11 [fc]15 [count]0D [type]06 [file]0004 [record]0007 [length]0003 [regs]06AF 04BE 100D "
			"< 0012 0000 0010 11 15 0D 06 0004 0007 0003 06AF 04BE 100D",
		.expect =
			"{'complete':true,'modbus':{'framing':'mbap','transaction_id':18,'unit_id':17,'function_raw':21,"
			"'function_code':'write_file_record','access_type':'write','data_type':'file_record','category':'public',"
			"'rtt_us':1000,'request':{'file_records':[{'file':4,'record':7,'length':3,'values':[1711,1214,4109]}]}}}\n",
	},
	{
		.name = "mask write register",
		.spec = "AP 6.16",
		.script =
			"> 0013 0000 0008 11 [fc]16 [addr]0004 [and]00F2 [or]0025 "
			"< 0013 0000 0008 11 16 0004 00F2 0025",
		.expect =
			"{'complete':true,'modbus':{'framing':'mbap','transaction_id':19,'unit_id':17,'function_raw':22,"
			"'function_code':'mask_write_register','access_type':'write','data_type':'holding_register',"
			"'category':'public','rtt_us':1000,'request':{'address':4,'and_mask':242,'or_mask':37},"
			"'response':{'address':4,'and_mask':242,'or_mask':37}}}\n",
	},
	{
		.name = "read/write multiple registers",
		.spec = "AP 6.17",
		.script =
			"> 0014 0000 0011 11 [fc]17 [read]0003 [qty]0006 [write]000E [qty]0003 [count]06 [regs]00FF 00FF 00FF "
			"< 0014 0000 000F 11 [fc]17 [count]0C 00FE 0ACD 0001 0003 000D 00FF",
		.expect =
			"{'complete':true,'modbus':{'framing':'mbap','transaction_id':20,'unit_id':17,'function_raw':23,"
			"'function_code':'read_write_multiple_registers','access_type':'read_write','data_type':'holding_register',"
			"'category':'public','rtt_us':1000,'request':{'read_address':3,'read_quantity':6,'write_address':14,"
			"'write_quantity':3,'values':[255,255,255]},'response':{'values':[254,2765,1,3,13,255]}}}\n",
	},
	{
		.name = "read FIFO queue",
		.spec = "AP 6.18",
		.script =
			"> 0015 0000 0004 11 [fc]18 [addr]04DE "
			"< 0015 0000 000A 11 [fc]18 [count]0006 [fifo]0002 01B8 1284",
		.expect =
			"{'complete':true,'modbus':{'framing':'mbap','transaction_id':21,'unit_id':17,'function_raw':24,"
			"'function_code':'read_fifo_queue','access_type':'read','data_type':'fifo','category':'public','rtt_us':1000,"
			"'request':{'address':1246},'response':{'quantity':2,'values':[440,4740]}}}\n",
	},
	{
		.name = "CANopen general reference",
		.spec = "AP 6.20",
		.script =
			"> 0016 0000 0005 11 [fc]2B [mei]0D [data]0102 "
			"< 0016 0000 0004 11 [fc]2B [mei]0D [data]AA",
		.expect =
			"{'complete':true,'modbus':{'framing':'mbap','transaction_id':22,'unit_id':17,'function_raw':43,"
			"'function_code':'encapsulated_interface_transport','access_type':'other','category':'public','rtt_us':1000,"
			"'request':{'mei_type':13,'mei_name':'canopen_general_reference','data':'0102'},'response':{'mei_type':13,"
			"'data':'aa'}}}\n",
	},
	{
		.name = "device identification, basic",
		.spec = "AP 6.21",
		.script =
			"> 0017 0000 0005 11 [fc]2B [mei]0E [basic]01 [object]00 "
			"< 0017 0000 001E 11 [fc]2B [mei]0E [code]01 [conformity]01 [more]00 [next]00 [n]03 [id]00 [len]04 41434D45 "
			"[id]01 [len]07 504C432D313130 [id]02 [len]05 56312E3233",
		.expect =
			"{'complete':true,'modbus':{'framing':'mbap','transaction_id':23,'unit_id':17,'function_raw':43,"
			"'function_code':'encapsulated_interface_transport','access_type':'diagnostic','category':'public',"
			"'rtt_us':1000,'request':{'mei_type':14,'mei_name':'read_device_identification','device_id_code':1,"
			"'object_id':0},'response':{'mei_type':14,'device_id_code':1,'conformity_level':1,'more_follows':false,"
			"'next_object_id':0,'objects':[{'id':0,'name':'vendor_name','value':'ACME'},{'id':1,'name':'product_code',"
			"'value':'PLC-110'},{'id':2,'name':'major_minor_revision','value':'V1.23'}]}}}\n"
			"{'discovery':{'protocol':'modbus_device_id','vendor':'ACME','model':'PLC-110','firmware':'V1.23',"
			"'detail':{'unit_id':17}}}\n",
	},
	{
		.name = "device identification, extended, more follows, private object",
		.spec = "AP 6.21",
		.script =
			"> 0018 0000 0005 11 [fc]2B [mei]0E [ext]03 [object]80 "
			"< 0018 0000 000D 11 [fc]2B [mei]0E [code]03 [conformity]83 [more]FF [next]81 [n]01 [id]80 [len]03 414243",
		.expect =
			"{'complete':true,'modbus':{'framing':'mbap','transaction_id':24,'unit_id':17,'function_raw':43,"
			"'function_code':'encapsulated_interface_transport','access_type':'diagnostic','category':'public',"
			"'rtt_us':1000,'request':{'mei_type':14,'mei_name':'read_device_identification','device_id_code':3,"
			"'object_id':128},'response':{'mei_type':14,'device_id_code':3,'conformity_level':131,'more_follows':true,"
			"'next_object_id':129,'objects':[{'id':128,'value':'ABC'}]}}}\n",
	},
	{
		.name = "device identification, all named objects",
		.spec = "AP 6.21",
		.script =
			"> 0019 0000 0005 11 2B 0E 02 00 "
			"< 0019 0000 0016 11 2B 0E 02 02 00 00 05 03 01 61 04 01 62 05 01 63 06 01 64 02 00",
		.expect =
			"{'complete':true,'modbus':{'framing':'mbap','transaction_id':25,'unit_id':17,'function_raw':43,"
			"'function_code':'encapsulated_interface_transport','access_type':'diagnostic','category':'public',"
			"'rtt_us':1000,'request':{'mei_type':14,'mei_name':'read_device_identification','device_id_code':2,"
			"'object_id':0},'response':{'mei_type':14,'device_id_code':2,'conformity_level':2,'more_follows':false,"
			"'next_object_id':0,'objects':[{'id':3,'name':'vendor_url','value':'a'},{'id':4,'name':'product_name',"
			"'value':'b'},{'id':5,'name':'model_name','value':'c'},{'id':6,'name':'user_application_name','value':'d'},"
			"{'id':2,'name':'major_minor_revision','value':''}]}}}\n"
			"{'discovery':{'protocol':'modbus_device_id','name':'d','detail':{'vendor_url':'a','product_name':'b',"
			"'model_name':'c','unit_id':17}}}\n",
	},
	{
		.name = "exception",
		.spec = "AP 7",
		.script =
			"> 001A 0000 0006 11 03 FFFF 0001 "
			"< 001A 0000 0003 11 [fc]83 [code]02",
		.expect =
			"{'complete':true,'modbus':{'framing':'mbap','transaction_id':26,'unit_id':17,'function_raw':3,"
			"'function_code':'read_holding_registers','access_type':'read','data_type':'holding_register',"
			"'category':'public','rtt_us':1000,'request':{'address':65535,'quantity':1},'exception':{'raw':2,"
			"'code':'illegal_data_address'}}}\n",
	},
	{
		.name = "exception: a gateway's",
		.spec = "AP 7",
		.script =
			"> 001B 0000 0006 07 06 0001 0001 "
			"< 001B 0000 0003 07 [fc]86 [code]0B",
		.expect =
			"{'complete':true,'modbus':{'framing':'mbap','transaction_id':27,'unit_id':7,'function_raw':6,"
			"'function_code':'write_single_register','access_type':'write','data_type':'holding_register',"
			"'category':'public','rtt_us':1000,'request':{'address':1,'values':[1]},'exception':{'raw':11,"
			"'code':'gateway_target_device_failed_to_respond'}}}\n",
	},
	{
		.name = "exception without its request",
		.spec = "AP 7",
		.script =
			"< 001C 0000 0003 11 [fc]83 [code]06",
		.expect =
			"{'complete':false,'modbus':{'framing':'mbap','transaction_id':28,'unit_id':17,'function_raw':3,"
			"'function_code':'read_holding_registers','access_type':'read','data_type':'holding_register',"
			"'category':'public','exception':{'raw':6,'code':'server_device_busy'}}}\n",
	},
	{
		.name = "exception: code 0",
		.spec = "AP 7",
		.script =
			"> 001C 0000 0006 11 03 0000 0001 "
			"< 001C 0000 0003 11 [fc]83 [code]00",
		.expect =
			"{'complete':true,'modbus':{'framing':'mbap','transaction_id':28,'unit_id':17,'function_raw':3,"
			"'function_code':'read_holding_registers','access_type':'read','data_type':'holding_register',"
			"'category':'public','rtt_us':1000,'request':{'address':0,'quantity':1},'exception':{'raw':0,"
			"'code':'unknown_0'},'response':{'malformed':'exception_code_invalid'}}}\n"
			"{'anomaly':{'type':'malformed','reason':'exception_code_invalid','offset':8,'app_proto':'modbus'}}\n",
	},
	{
		.name = "exception: no code",
		.spec = "AP 7",
		.script =
			"> 001D 0000 0006 11 03 0000 0001 "
			"< 001D 0000 0002 11 [fc]83",
		.expect =
			"{'anomaly':{'type':'malformed','reason':'truncated_pdu','offset':8,'app_proto':'modbus'}}\n"
			"{'complete':false,'modbus':{'framing':'mbap','transaction_id':29,'unit_id':17,'function_raw':3,"
			"'function_code':'read_holding_registers','access_type':'read','data_type':'holding_register',"
			"'category':'public','waited_us':1000,'request':{'address':0,'quantity':1}}}\n",
	},
	{
		.name = "exception with a byte too many",
		.spec = "AP 7",
		.script =
			"> 001E 0000 0006 0A 01 0000 0001 "
			"< 001E 0000 0004 0A [fc]81 [code]06 00",
		.expect =
			"{'complete':true,'modbus':{'framing':'mbap','transaction_id':30,'unit_id':10,'function_raw':1,"
			"'function_code':'read_coils','access_type':'read','data_type':'coil','category':'public','rtt_us':1000,"
			"'request':{'address':0,'quantity':1},'exception':{'raw':6,'code':'server_device_busy'},"
			"'response':{'malformed':'trailing_bytes'}}}\n"
			"{'anomaly':{'type':'malformed','reason':'trailing_bytes','offset':9,'app_proto':'modbus'}}\n",
	},
	{
		.name = "request without answer",
		.spec = "events.md",
		.script =
			"> 001F 0000 0006 11 03 0000 0001",
		.expect =
			"{'complete':false,'modbus':{'framing':'mbap','transaction_id':31,'unit_id':17,'function_raw':3,"
			"'function_code':'read_holding_registers','access_type':'read','data_type':'holding_register',"
			"'category':'public','waited_us':0,'request':{'address':0,'quantity':1}}}\n",
	},
	{
		.name = "response without request",
		.spec = "events.md",
		.script =
			"< 0020 0000 0005 11 03 02 0001",
		.expect =
			"{'complete':false,'modbus':{'framing':'mbap','transaction_id':32,'unit_id':17,'function_raw':3,"
			"'function_code':'read_holding_registers','access_type':'read','data_type':'holding_register',"
			"'category':'public','response':{'values':[1]}}}\n",
	},
	{
		.name = "coils without request: all bits of the bytes",
		.spec = "AP 6.1",
		.script =
			"< 0021 0000 0004 11 01 01 05",
		.expect =
			"{'complete':false,'modbus':{'framing':'mbap','transaction_id':33,'unit_id':17,'function_raw':1,"
			"'function_code':'read_coils','access_type':'read','data_type':'coil','category':'public',"
			"'response':{'values':[1,0,1,0,0,0,0,0]}}}\n",
	},
	{
		.name = "write response without request",
		.spec = "AP 6.12",
		.script =
			"< 0022 0000 0006 11 10 0001 0002",
		.expect =
			"{'complete':false,'modbus':{'framing':'mbap','transaction_id':34,'unit_id':17,'function_raw':16,"
			"'function_code':'write_multiple_registers','access_type':'write','data_type':'holding_register',"
			"'category':'public','response':{'address':1,'quantity':2}}}\n",
	},
	{
		.name = "file record response without request",
		.spec = "AP 6.15",
		.script =
			"< 0022 0000 000C 11 15 09 06 0004 0007 0001 06AF",
		.expect =
			"{'complete':false,'modbus':{'framing':'mbap','transaction_id':34,'unit_id':17,'function_raw':21,"
			"'function_code':'write_file_record','access_type':'write','data_type':'file_record','category':'public',"
			"'response':{'file_records':[{'file':4,'record':7,'length':1,'values':[1711]}]}}}\n",
	},
	{
		.name = "wrong transaction id",
		.spec = "TCP 3.1.3",
		.script =
			"> 0023 0000 0006 11 06 0001 0003 "
			"< 0024 0000 0006 11 06 0001 0003",
		.expect =
			"{'complete':false,'modbus':{'framing':'mbap','transaction_id':36,'unit_id':17,'function_raw':6,"
			"'function_code':'write_single_register','access_type':'write','data_type':'holding_register',"
			"'category':'public','response':{'address':1,'values':[3]}}}\n"
			"{'complete':false,'modbus':{'framing':'mbap','transaction_id':35,'unit_id':17,'function_raw':6,"
			"'function_code':'write_single_register','access_type':'write','data_type':'holding_register',"
			"'category':'public','waited_us':1000,'request':{'address':1,'values':[3]}}}\n",
	},
	{
		.name = "wrong unit",
		.spec = "TCP 3.1.3",
		.script =
			"> 0025 0000 0006 11 06 0001 0003 "
			"< 0025 0000 0006 12 06 0001 0003",
		.expect =
			"{'complete':false,'modbus':{'framing':'mbap','transaction_id':37,'unit_id':18,'function_raw':6,"
			"'function_code':'write_single_register','access_type':'write','data_type':'holding_register',"
			"'category':'public','response':{'address':1,'values':[3]}}}\n"
			"{'complete':false,'modbus':{'framing':'mbap','transaction_id':37,'unit_id':17,'function_raw':6,"
			"'function_code':'write_single_register','access_type':'write','data_type':'holding_register',"
			"'category':'public','waited_us':1000,'request':{'address':1,'values':[3]}}}\n",
	},
	{
		.name = "pipelined, answered out of order",
		.spec = "TCP 4.2",
		.script =
			"> 0026 0000 0006 11 03 0000 0001 0027 0000 0006 11 03 0010 0002 0028 0000 0006 12 01 0000 0008 "
			"< 0028 0000 0004 12 01 01 FF 0026 0000 0005 11 03 02 000A "
			"< 0027 0000 0007 11 03 04 000B 000C",
		.expect =
			"{'complete':true,'modbus':{'framing':'mbap','transaction_id':40,'unit_id':18,'function_raw':1,"
			"'function_code':'read_coils','access_type':'read','data_type':'coil','category':'public','rtt_us':1000,"
			"'request':{'address':0,'quantity':8},'response':{'values':[1,1,1,1,1,1,1,1]}}}\n"
			"{'complete':true,'modbus':{'framing':'mbap','transaction_id':38,'unit_id':17,'function_raw':3,"
			"'function_code':'read_holding_registers','access_type':'read','data_type':'holding_register',"
			"'category':'public','rtt_us':1000,'request':{'address':0,'quantity':1},'response':{'values':[10]}}}\n"
			"{'complete':true,'modbus':{'framing':'mbap','transaction_id':39,'unit_id':17,'function_raw':3,"
			"'function_code':'read_holding_registers','access_type':'read','data_type':'holding_register',"
			"'category':'public','rtt_us':2000,'request':{'address':16,'quantity':2},'response':{'values':[11,12]}}}\n",
	},
	{
		.name = "one transaction id for a burst: answered in order",
		.spec = "TCP 4.2",
		.script =
			"> 0000 0000 0006 11 03 0000 0001 0000 0000 0006 11 03 0010 0001 "
			"< 0000 0000 0005 11 03 02 000A "
			"< 0000 0000 0005 11 03 02 000B",
		.expect =
			"{'complete':true,'modbus':{'framing':'mbap','transaction_id':0,'unit_id':17,'function_raw':3,"
			"'function_code':'read_holding_registers','access_type':'read','data_type':'holding_register',"
			"'category':'public','rtt_us':1000,'request':{'address':0,'quantity':1},'response':{'values':[10]}}}\n"
			"{'complete':true,'modbus':{'framing':'mbap','transaction_id':0,'unit_id':17,'function_raw':3,"
			"'function_code':'read_holding_registers','access_type':'read','data_type':'holding_register',"
			"'category':'public','rtt_us':2000,'request':{'address':16,'quantity':1},'response':{'values':[11]}}}\n",
		.loose = true,
	},
	{
		.name = "function 0",
		.spec = "AP 4.1",
		.script =
			"> 0029 0000 0002 11 [fc]00 "
			"< 0029 0000 0003 11 [fc]80 [code]01",
		.expect =
			"{'anomaly':{'type':'malformed','reason':'function_zero','offset':7,'app_proto':'modbus'}}\n"
			"{'complete':true,'modbus':{'framing':'mbap','transaction_id':41,'unit_id':17,'function_raw':0,"
			"'function_code':'unknown_0','access_type':'other','category':'reserved','rtt_us':1000,"
			"'request':{'malformed':'function_zero'},'exception':{'raw':1,'code':'illegal_function'}}}\n",
	},
	{
		.name = "exception bit in a request",
		.spec = "AP 4.1",
		.script =
			"> 002A 0000 0003 11 [fc]85 [code]01",
		.expect =
			"{'anomaly':{'type':'malformed','reason':'exception_bit_in_request','offset':7,'app_proto':'modbus'}}\n"
			"{'complete':false,'modbus':{'framing':'mbap','transaction_id':42,'unit_id':17,'function_raw':5,"
			"'function_code':'write_single_coil','access_type':'write','data_type':'coil','category':'public',"
			"'waited_us':0,'request':{'malformed':'exception_bit_in_request'}}}\n",
	},
	{
		.name = "user defined function",
		.spec = "AP 5",
		.script =
			"> 002B 0000 0004 11 [fc]64 0102 "
			"< 002B 0000 0003 11 64 03",
		.expect =
			"{'complete':true,'modbus':{'framing':'mbap','transaction_id':43,'unit_id':17,'function_raw':100,"
			"'function_code':'unknown_100','access_type':'other','category':'user_defined','rtt_us':1000,"
			"'request':{'data':'0102'},'response':{'data':'03'}}}\n",
	},
	{
		.name = "firmware replacement",
		.spec = "AP annex A",
		.script =
			"> 002C 0000 0004 11 [fc]7D 0001 "
			"< 002C 0000 0003 11 FD 01",
		.expect =
			"{'complete':true,'modbus':{'framing':'mbap','transaction_id':44,'unit_id':17,'function_raw':125,"
			"'function_code':'firmware_replacement','access_type':'program','category':'reserved','rtt_us':1000,"
			"'request':{'data':'0001'},'exception':{'raw':1,'code':'illegal_function'}}}\n",
	},
	{
		.name = "program 484",
		.spec = "AP annex A",
		.script =
			"> 002D 0000 0003 11 [fc]09 01",
		.expect =
			"{'complete':false,'modbus':{'framing':'mbap','transaction_id':45,'unit_id':17,'function_raw':9,"
			"'function_code':'program_484','access_type':'program','category':'reserved','waited_us':0,"
			"'request':{'data':'01'}}}\n",
	},
	{
		.name = "UMAS: read id",
		.spec = "observed",
		.script =
			"> 002E 0000 0004 00 [fc]5A [session]00 [code]02 "
			"< 002E 0000 0006 00 5A 00 [ok]FE 1234",
		.expect =
			"{'complete':true,'modbus':{'framing':'mbap','transaction_id':46,'unit_id':0,'function_raw':90,"
			"'function_code':'umas','access_type':'read','category':'reserved','rtt_us':1000,'response':{'data':'1234'},"
			"'umas':{'session_key':0,'function_raw':2,'function':'read_id','status':'ok'}}}\n",
	},
	{
		.name = "UMAS: the controller tells its name",
		.spec = "observed",
		.script =
			"> 0030 0000 0004 00 [fc]5A [session]00 [code]02 "
			"< 0030 0000 0029 00 5A 00 [ok]FE [head]10FF5A01 01000000 70020000 27000900 08000000 0000 [name]0E 3134302043505520333131203130 01",
		.expect = "{'complete':true,'modbus':{'framing':'mbap','transaction_id':48,'unit_id':0,'function_raw':90,'function_code':'umas','access_type':'read','category':'reserved','rtt_us':1000,'response':{'data':'10ff5a010100000070020000270009000800000000000e3134302043505520333131203130'},'umas':{'session_key':0,'function_raw':2,'function':'read_id','status':'ok'}}}\n"
			  "{'discovery':{'protocol':'umas','vendor':'Schneider Electric','model':'140 CPU 311 10','role':'plc','detail':{'unit_id':0}}}\n",
	},
	{
		.name = "UMAS: stop",
		.spec = "observed",
		.script =
			"> 002F 0000 0006 00 [fc]5A [session]8B [stop]41 FF00 "
			"< 002F 0000 0004 00 5A 8B [ok]FE",
		.expect =
			"{'complete':true,'modbus':{'framing':'mbap','transaction_id':47,'unit_id':0,'function_raw':90,"
			"'function_code':'umas','access_type':'other','category':'reserved','rtt_us':1000,'request':{'data':'ff00'},"
			"'umas':{'session_key':139,'function_raw':65,'function':'stop_plc','status':'ok'}}}\n",
	},
	{
		.name = "UMAS: start refused",
		.spec = "observed",
		.script =
			"> 0030 0000 0006 00 [fc]5A [session]8B [start]40 FF00 "
			"< 0030 0000 0006 00 5A 8B [error]FD 8300",
		.expect =
			"{'complete':true,'modbus':{'framing':'mbap','transaction_id':48,'unit_id':0,'function_raw':90,"
			"'function_code':'umas','access_type':'other','category':'reserved','rtt_us':1000,'request':{'data':'ff00'},"
			"'response':{'data':'8300'},'umas':{'session_key':139,'function_raw':64,'function':'start_plc',"
			"'status':'error'}}}\n",
	},
	{
		.name = "UMAS: program written",
		.spec = "observed",
		.script =
			"> 0031 0000 0005 00 5A 8B [start]30 01 "
			"< 0031 0000 0004 00 5A 8B FE "
			"> 0032 0000 0007 00 5A 8B [block]31 01 0102 "
			"< 0032 0000 0004 00 5A 8B FE "
			"> 0033 0000 0005 00 5A 8B [end]32 01 "
			"< 0033 0000 0004 00 5A 8B FE",
		.expect =
			"{'complete':true,'modbus':{'framing':'mbap','transaction_id':49,'unit_id':0,'function_raw':90,"
			"'function_code':'umas','access_type':'program','category':'reserved','rtt_us':1000,'request':{'data':'01'},"
			"'umas':{'session_key':139,'function_raw':48,'function':'program_write_start','status':'ok'}}}\n"
			"{'complete':true,'modbus':{'framing':'mbap','transaction_id':50,'unit_id':0,'function_raw':90,"
			"'function_code':'umas','access_type':'program','category':'reserved','rtt_us':1000,"
			"'request':{'data':'010102'},'umas':{'session_key':139,'function_raw':49,'function':'program_write_block',"
			"'status':'ok'}}}\n"
			"{'complete':true,'modbus':{'framing':'mbap','transaction_id':51,'unit_id':0,'function_raw':90,"
			"'function_code':'umas','access_type':'program','category':'reserved','rtt_us':1000,'request':{'data':'01'},"
			"'umas':{'session_key':139,'function_raw':50,'function':'program_write_end','status':'ok'}}}\n",
	},
	{
		.name = "UMAS: a code nobody knows",
		.spec = "observed",
		.script =
			"> 0034 0000 0004 00 5A 00 [code]99 "
			"< 0034 0000 0003 00 DA 01",
		.expect =
			"{'complete':true,'modbus':{'framing':'mbap','transaction_id':52,'unit_id':0,'function_raw':90,"
			"'function_code':'umas','access_type':'other','category':'reserved','rtt_us':1000,'exception':{'raw':1,"
			"'code':'illegal_function'},'umas':{'session_key':0,'function_raw':153,'function':'unknown_153'}}}\n",
	},
	{
		.name = "UMAS: no code",
		.spec = "observed",
		.script =
			"> 0035 0000 0003 00 5A 00",
		.expect =
			"{'anomaly':{'type':'malformed','reason':'truncated_pdu','offset':9,'app_proto':'modbus'}}\n"
			"{'complete':false,'modbus':{'framing':'mbap','transaction_id':53,'unit_id':0,'function_raw':90,"
			"'function_code':'umas','access_type':'other','category':'reserved','waited_us':0,"
			"'request':{'malformed':'truncated_pdu'}}}\n",
	},
	{
		.name = "UMAS: answer without its request",
		.spec = "observed",
		.script =
			"< 0035 0000 0004 00 5A 07 FE",
		.expect =
			"{'complete':false,'modbus':{'framing':'mbap','transaction_id':53,'unit_id':0,'function_raw':90,"
			"'function_code':'umas','access_type':'other','category':'reserved','umas':{'session_key':7,'status':'ok'}}}\n",
	},
	{
		.name = "quantity 0",
		.spec = "AP 6.3",
		.script =
			"> 0036 0000 0006 11 03 0000 [qty]0000 "
			"< 0036 0000 0003 11 83 03",
		.expect =
			"{'anomaly':{'type':'malformed','reason':'quantity_out_of_range','offset':10,'app_proto':'modbus'}}\n"
			"{'complete':true,'modbus':{'framing':'mbap','transaction_id':54,'unit_id':17,'function_raw':3,"
			"'function_code':'read_holding_registers','access_type':'read','data_type':'holding_register',"
			"'category':'public','rtt_us':1000,'request':{'address':0,'quantity':0,'malformed':'quantity_out_of_range'},"
			"'exception':{'raw':3,'code':'illegal_data_value'}}}\n",
	},
	{
		.name = "quantity too large",
		.spec = "AP 6.1",
		.script =
			"> 0037 0000 0006 11 01 0000 [qty]07D1",
		.expect =
			"{'anomaly':{'type':'malformed','reason':'quantity_out_of_range','offset':10,'app_proto':'modbus'}}\n"
			"{'complete':false,'modbus':{'framing':'mbap','transaction_id':55,'unit_id':17,'function_raw':1,"
			"'function_code':'read_coils','access_type':'read','data_type':'coil','category':'public','waited_us':0,"
			"'request':{'address':0,'quantity':2001,'malformed':'quantity_out_of_range'}}}\n",
	},
	{
		.name = "range beyond the last address",
		.spec = "AP 6.3",
		.script =
			"> 0038 0000 0006 11 03 FFFF 0002",
		.expect =
			"{'anomaly':{'type':'malformed','reason':'address_out_of_range','offset':8,'app_proto':'modbus'}}\n"
			"{'complete':false,'modbus':{'framing':'mbap','transaction_id':56,'unit_id':17,'function_raw':3,"
			"'function_code':'read_holding_registers','access_type':'read','data_type':'holding_register',"
			"'category':'public','waited_us':0,'request':{'address':65535,'quantity':2,"
			"'malformed':'address_out_of_range'}}}\n",
	},
	{
		.name = "coil value neither on nor off",
		.spec = "AP 6.5",
		.script =
			"> 0039 0000 0006 11 05 0001 [value]1234",
		.expect =
			"{'anomaly':{'type':'malformed','reason':'coil_value_invalid','offset':10,'app_proto':'modbus'}}\n"
			"{'complete':false,'modbus':{'framing':'mbap','transaction_id':57,'unit_id':17,'function_raw':5,"
			"'function_code':'write_single_coil','access_type':'write','data_type':'coil','category':'public',"
			"'waited_us':0,'request':{'address':1,'values':[4660],'malformed':'coil_value_invalid'}}}\n",
	},
	{
		.name = "request cut short inside a whole frame",
		.spec = "AP 6.3",
		.script =
			"> 003A 0000 0004 11 03 0000",
		.expect =
			"{'anomaly':{'type':'malformed','reason':'truncated_pdu','offset':10,'app_proto':'modbus'}}\n"
			"{'complete':false,'modbus':{'framing':'mbap','transaction_id':58,'unit_id':17,'function_raw':3,"
			"'function_code':'read_holding_registers','access_type':'read','data_type':'holding_register',"
			"'category':'public','waited_us':0,'request':{'malformed':'truncated_pdu'}}}\n",
	},
	{
		.name = "request with more than belongs to it",
		.spec = "AP 6.3",
		.script =
			"> 003B 0000 0008 11 03 0000 0001 0000",
		.expect =
			"{'anomaly':{'type':'malformed','reason':'trailing_bytes','offset':12,'app_proto':'modbus'}}\n"
			"{'complete':false,'modbus':{'framing':'mbap','transaction_id':59,'unit_id':17,'function_raw':3,"
			"'function_code':'read_holding_registers','access_type':'read','data_type':'holding_register',"
			"'category':'public','waited_us':0,'request':{'address':0,'quantity':1,'malformed':'trailing_bytes'}}}\n",
	},
	{
		.name = "write with a byte count beyond its end",
		.spec = "AP 6.12",
		.script =
			"> 003C 0000 0009 11 10 0001 0001 [count]08 0102",
		.expect =
			"{'anomaly':{'type':'malformed','reason':'truncated_pdu','offset':15,'app_proto':'modbus'}}\n"
			"{'complete':false,'modbus':{'framing':'mbap','transaction_id':60,'unit_id':17,'function_raw':16,"
			"'function_code':'write_multiple_registers','access_type':'write','data_type':'holding_register',"
			"'category':'public','waited_us':0,'request':{'address':1,'quantity':1,'malformed':'truncated_pdu'}}}\n",
	},
	{
		.name = "write with a byte count that is not its quantity's",
		.spec = "AP 6.12",
		.script =
			"> 003D 0000 0009 11 10 0001 [qty]0002 [count]02 0102",
		.expect =
			"{'anomaly':{'type':'malformed','reason':'byte_count_mismatch','offset':12,'app_proto':'modbus'}}\n"
			"{'complete':false,'modbus':{'framing':'mbap','transaction_id':61,'unit_id':17,'function_raw':16,"
			"'function_code':'write_multiple_registers','access_type':'write','data_type':'holding_register',"
			"'category':'public','waited_us':0,'request':{'address':1,'quantity':2,'values':[258],"
			"'malformed':'byte_count_mismatch'}}}\n",
	},
	{
		.name = "write of too many coils",
		.spec = "AP 6.11",
		.script =
			"> 003E 0000 0008 11 0F 0001 [qty]0800 [count]01 FF",
		.expect =
			"{'anomaly':{'type':'malformed','reason':'quantity_out_of_range','offset':10,'app_proto':'modbus'}}\n"
			"{'complete':false,'modbus':{'framing':'mbap','transaction_id':62,'unit_id':17,'function_raw':15,"
			"'function_code':'write_multiple_coils','access_type':'write','data_type':'coil','category':'public',"
			"'waited_us':0,'request':{'address':1,'quantity':2048,'values':[1,1,1,1,1,1,1,1],"
			"'malformed':'quantity_out_of_range'}}}\n",
	},
	{
		.name = "read/write of nothing",
		.spec = "AP 6.17",
		.script =
			"> 003F 0000 000D 11 17 0000 [qty]0000 0000 0001 02 0001",
		.expect =
			"{'anomaly':{'type':'malformed','reason':'quantity_out_of_range','offset':10,'app_proto':'modbus'}}\n"
			"{'complete':false,'modbus':{'framing':'mbap','transaction_id':63,'unit_id':17,'function_raw':23,"
			"'function_code':'read_write_multiple_registers','access_type':'read_write','data_type':'holding_register',"
			"'category':'public','waited_us':0,'request':{'read_address':0,'read_quantity':0,'write_address':0,"
			"'write_quantity':1,'values':[1],'malformed':'quantity_out_of_range'}}}\n",
	},
	{
		.name = "file record with a wrong reference type",
		.spec = "AP 6.14",
		.script =
			"> 0040 0000 000A 11 14 07 [type]05 0004 0001 0002",
		.expect =
			"{'anomaly':{'type':'malformed','reason':'reference_type_invalid','offset':9,'app_proto':'modbus'}}\n"
			"{'complete':false,'modbus':{'framing':'mbap','transaction_id':64,'unit_id':17,'function_raw':20,"
			"'function_code':'read_file_record','access_type':'read','data_type':'file_record','category':'public',"
			"'waited_us':0,'request':{'file_records':[{'file':4,'record':1,'length':2}],"
			"'malformed':'reference_type_invalid'}}}\n",
	},
	{
		.name = "file record without groups",
		.spec = "AP 6.15",
		.script =
			"> 0041 0000 0003 11 15 [count]00",
		.expect =
			"{'anomaly':{'type':'malformed','reason':'byte_count_out_of_range','offset':8,'app_proto':'modbus'}}\n"
			"{'complete':false,'modbus':{'framing':'mbap','transaction_id':65,'unit_id':17,'function_raw':21,"
			"'function_code':'write_file_record','access_type':'write','data_type':'file_record','category':'public',"
			"'waited_us':0,'request':{'malformed':'byte_count_out_of_range'}}}\n",
	},
	{
		.name = "file record cut inside a group",
		.spec = "AP 6.15",
		.script =
			"> 0042 0000 000C 11 15 [count]09 06 0004 0007 [length]0002 06AF",
		.expect =
			"{'anomaly':{'type':'malformed','reason':'truncated_pdu','offset':9,'app_proto':'modbus'}}\n"
			"{'complete':false,'modbus':{'framing':'mbap','transaction_id':66,'unit_id':17,'function_raw':21,"
			"'function_code':'write_file_record','access_type':'write','data_type':'file_record','category':'public',"
			"'waited_us':0,'request':{'malformed':'truncated_pdu'}}}\n",
	},
	{
		.name = "device identification with an unknown code",
		.spec = "AP 6.21",
		.script =
			"> 0043 0000 0005 11 2B 0E [code]09 00",
		.expect =
			"{'anomaly':{'type':'malformed','reason':'device_id_code_invalid','offset':9,'app_proto':'modbus'}}\n"
			"{'complete':false,'modbus':{'framing':'mbap','transaction_id':67,'unit_id':17,'function_raw':43,"
			"'function_code':'encapsulated_interface_transport','access_type':'diagnostic','category':'public',"
			"'waited_us':0,'request':{'mei_type':14,'mei_name':'read_device_identification','device_id_code':9,"
			"'object_id':0,'malformed':'device_id_code_invalid'}}}\n",
	},
	{
		.name = "answer of another length than asked",
		.spec = "AP 6.3",
		.script =
			"> 0044 0000 0006 11 03 0000 0002 "
			"< 0044 0000 0005 11 03 [count]02 000A",
		.expect =
			"{'complete':true,'modbus':{'framing':'mbap','transaction_id':68,'unit_id':17,'function_raw':3,"
			"'function_code':'read_holding_registers','access_type':'read','data_type':'holding_register',"
			"'category':'public','rtt_us':1000,'request':{'address':0,'quantity':2},'response':{'values':[10],"
			"'malformed':'byte_count_mismatch'}}}\n"
			"{'anomaly':{'type':'malformed','reason':'byte_count_mismatch','offset':8,'app_proto':'modbus'}}\n",
	},
	{
		.name = "coils of another length than asked",
		.spec = "AP 6.1",
		.script =
			"> 0045 0000 0006 11 01 0000 0011 "
			"< 0045 0000 0004 11 01 [count]01 FF",
		.expect =
			"{'complete':true,'modbus':{'framing':'mbap','transaction_id':69,'unit_id':17,'function_raw':1,"
			"'function_code':'read_coils','access_type':'read','data_type':'coil','category':'public','rtt_us':1000,"
			"'request':{'address':0,'quantity':17},'response':{'values':[1,1,1,1,1,1,1,1],"
			"'malformed':'byte_count_mismatch'}}}\n"
			"{'anomaly':{'type':'malformed','reason':'byte_count_mismatch','offset':8,'app_proto':'modbus'}}\n",
	},
	{
		.name = "answer whose byte count lies",
		.spec = "AP 6.3",
		.script =
			"> 0046 0000 0006 11 03 0000 0002 "
			"< 0046 0000 0007 11 03 [count]08 000A 000B",
		.expect =
			"{'complete':true,'modbus':{'framing':'mbap','transaction_id':70,'unit_id':17,'function_raw':3,"
			"'function_code':'read_holding_registers','access_type':'read','data_type':'holding_register',"
			"'category':'public','rtt_us':1000,'request':{'address':0,'quantity':2},"
			"'response':{'malformed':'byte_count_mismatch'}}}\n"
			"{'anomaly':{'type':'malformed','reason':'byte_count_mismatch','offset':8,'app_proto':'modbus'}}\n",
	},
	{
		.name = "echo of another address",
		.spec = "AP 6.6",
		.script =
			"> 0047 0000 0006 11 06 0001 0003 "
			"< 0047 0000 0006 11 06 0002 0003",
		.expect =
			"{'complete':true,'modbus':{'framing':'mbap','transaction_id':71,'unit_id':17,'function_raw':6,"
			"'function_code':'write_single_register','access_type':'write','data_type':'holding_register',"
			"'category':'public','rtt_us':1000,'request':{'address':1,'values':[3]},'response':{'address':2,'values':[3],"
			"'malformed':'echo_mismatch'}}}\n"
			"{'anomaly':{'type':'malformed','reason':'echo_mismatch','offset':8,'app_proto':'modbus'}}\n",
	},
	{
		.name = "echo of another quantity",
		.spec = "AP 6.12",
		.script =
			"> 0048 0000 0009 11 10 0001 0001 02 0102 "
			"< 0048 0000 0006 11 10 0001 0002",
		.expect =
			"{'complete':true,'modbus':{'framing':'mbap','transaction_id':72,'unit_id':17,'function_raw':16,"
			"'function_code':'write_multiple_registers','access_type':'write','data_type':'holding_register',"
			"'category':'public','rtt_us':1000,'request':{'address':1,'quantity':1,'values':[258]},"
			"'response':{'address':1,'quantity':2,'malformed':'echo_mismatch'}}}\n"
			"{'anomaly':{'type':'malformed','reason':'echo_mismatch','offset':10,'app_proto':'modbus'}}\n",
	},
	{
		.name = "objects cut short",
		.spec = "AP 6.21",
		.script =
			"> 0049 0000 0005 11 2B 0E 01 00 "
			"< 0049 0000 000C 11 2B 0E 01 01 00 00 [n]02 00 02 4142",
		.expect =
			"{'complete':true,'modbus':{'framing':'mbap','transaction_id':73,'unit_id':17,'function_raw':43,"
			"'function_code':'encapsulated_interface_transport','access_type':'diagnostic','category':'public',"
			"'rtt_us':1000,'request':{'mei_type':14,'mei_name':'read_device_identification','device_id_code':1,"
			"'object_id':0},'response':{'mei_type':14,'device_id_code':1,'conformity_level':1,'more_follows':false,"
			"'next_object_id':0,'objects':[{'id':0,'name':'vendor_name','value':'AB'}],'malformed':'truncated_pdu'}}}\n"
			"{'anomaly':{'type':'malformed','reason':'truncated_pdu','offset':18,'app_proto':'modbus'}}\n",
	},
	{
		.name = "FIFO count too large",
		.spec = "AP 6.18",
		.script =
			"> 004A 0000 0004 11 18 0000 "
			"< 004A 0000 0046 11 18 [count]0042 [fifo]0020 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 "
			"0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001",
		.expect =
			"{'complete':true,'modbus':{'framing':'mbap','transaction_id':74,'unit_id':17,'function_raw':24,"
			"'function_code':'read_fifo_queue','access_type':'read','data_type':'fifo','category':'public','rtt_us':1000,"
			"'request':{'address':0},'response':{'quantity':32,'values':[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,"
			"1,1,1,1,1,1,1,1],'malformed':'quantity_out_of_range'}}}\n"
			"{'anomaly':{'type':'malformed','reason':'quantity_out_of_range','offset':10,'app_proto':'modbus'}}\n",
	},
	{
		.name = "RTU: read",
		.spec = "SL 2.5.1",
		.script =
			"> [unit]01 [fc]03 [addr]0000 [qty]0001 [crc]840A "
			"< [unit]01 [fc]03 [count]02 000A [crc]3843",
		.expect =
			"{'complete':true,'modbus':{'framing':'rtu','unit_id':1,'function_raw':3,"
			"'function_code':'read_holding_registers','access_type':'read','data_type':'holding_register',"
			"'category':'public','rtt_us':1000,'request':{'address':0,'quantity':1},'response':{'values':[10]}}}\n",
	},
	{
		.name = "RTU: a request that could be an MBAP header",
		.spec = "SL 2.5.1",
		.script =
			"> [unit]01 [fc]03 [addr]0000 [qty]0002 [crc]C40B "
			"< [unit]01 [fc]03 [count]04 000A 0014 [crc]DA3E",
		.expect =
			"{'complete':true,'modbus':{'framing':'rtu','unit_id':1,'function_raw':3,"
			"'function_code':'read_holding_registers','access_type':'read','data_type':'holding_register',"
			"'category':'public','rtt_us':1000,'request':{'address':0,'quantity':2},'response':{'values':[10,20]}}}\n",
	},
	{
		.name = "RTU: write and exception",
		.spec = "SL 2.5.1",
		.script =
			"> 01 [fc]06 0001 0003 [crc]980B "
			"< 01 06 0001 0003 [crc]980B "
			"> 01 03 0000 000A C5CD "
			"< 01 [fc]83 [code]02 [crc]C0F1",
		.expect =
			"{'complete':true,'modbus':{'framing':'rtu','unit_id':1,'function_raw':6,"
			"'function_code':'write_single_register','access_type':'write','data_type':'holding_register',"
			"'category':'public','rtt_us':1000,'request':{'address':1,'values':[3]},'response':{'address':1,"
			"'values':[3]}}}\n"
			"{'complete':true,'modbus':{'framing':'rtu','unit_id':1,'function_raw':3,"
			"'function_code':'read_holding_registers','access_type':'read','data_type':'holding_register',"
			"'category':'public','rtt_us':1000,'request':{'address':0,'quantity':10},'exception':{'raw':2,"
			"'code':'illegal_data_address'}}}\n",
	},
	{
		.name = "RTU: CRC wrong after a good frame",
		.spec = "SL 2.5.1",
		.script =
			"> 01 03 0000 000A C5CD "
			"> 01 03 0000 000A [crc]C5CE",
		.expect =
			"{'anomaly':{'type':'malformed','reason':'crc_mismatch','offset':0,'app_proto':'modbus'}}\n"
			"{'complete':false,'modbus':{'framing':'rtu','unit_id':1,'function_raw':3,"
			"'function_code':'read_holding_registers','access_type':'read','data_type':'holding_register',"
			"'category':'public','waited_us':1000,'request':{'address':0,'quantity':10}}}\n",
		.loose = true,
	},
	{
		.name = "protocol id not 0 between good PDUs",
		.spec = "TCP 3.1.3",
		.script =
			"> 0050 0000 0006 11 03 0000 0001 "
			"< 0050 0000 0005 11 03 02 0001 "
			"> 0051 [pid]0010 0006 11 03 0000 0001 "
			"> 0052 0000 0006 11 03 0000 0001 "
			"< 0052 0000 0005 11 03 02 0001",
		.expect =
			"{'complete':true,'modbus':{'framing':'mbap','transaction_id':80,'unit_id':17,'function_raw':3,"
			"'function_code':'read_holding_registers','access_type':'read','data_type':'holding_register',"
			"'category':'public','rtt_us':1000,'request':{'address':0,'quantity':1},'response':{'values':[1]}}}\n"
			"{'anomaly':{'type':'malformed','reason':'protocol_id_not_zero','offset':2,'app_proto':'modbus'}}\n"
			"{'complete':true,'modbus':{'framing':'mbap','transaction_id':82,'unit_id':17,'function_raw':3,"
			"'function_code':'read_holding_registers','access_type':'read','data_type':'holding_register',"
			"'category':'public','rtt_us':1000,'request':{'address':0,'quantity':1},'response':{'values':[1]}}}\n",
		.loose = true,
	},
	{
		.name = "length 1 between good PDUs",
		.spec = "TCP 3.1.3",
		.script =
			"> 0053 0000 0006 11 03 0000 0001 "
			"> 0054 0000 [len]0001 11 FF 0055 0000 0006 11 03 0000 0001 "
			"< 0055 0000 0005 11 03 02 0001",
		.expect =
			"{'anomaly':{'type':'malformed','reason':'length_out_of_range','offset':4,'app_proto':'modbus'}}\n"
			"{'complete':true,'modbus':{'framing':'mbap','transaction_id':85,'unit_id':17,'function_raw':3,"
			"'function_code':'read_holding_registers','access_type':'read','data_type':'holding_register',"
			"'category':'public','rtt_us':1000,'request':{'address':0,'quantity':1},'response':{'values':[1]}}}\n"
			"{'complete':false,'modbus':{'framing':'mbap','transaction_id':83,'unit_id':17,'function_raw':3,"
			"'function_code':'read_holding_registers','access_type':'read','data_type':'holding_register',"
			"'category':'public','waited_us':2000,'request':{'address':0,'quantity':1}}}\n",
		.loose = true,
	},
	{
		.name = "length beyond every PDU between good PDUs",
		.spec = "TCP 4.1",
		.script =
			"> 0056 0000 0006 11 03 0000 0001 "
			"> 0057 0000 [len]8804 05 07 0809 1000 "
			"< 0056 0000 0005 11 03 02 0001",
		.expect =
			"{'anomaly':{'type':'malformed','reason':'length_out_of_range','offset':4,'app_proto':'modbus'}}\n"
			"{'complete':true,'modbus':{'framing':'mbap','transaction_id':86,'unit_id':17,'function_raw':3,"
			"'function_code':'read_holding_registers','access_type':'read','data_type':'holding_register',"
			"'category':'public','rtt_us':2000,'request':{'address':0,'quantity':1},'response':{'values':[1]}}}\n",
		.loose = true,
	},
	{
		.name = "length a little beyond the limit is read",
		.spec = "TCP 4.1",
		.script =
			"> 0058 0000 0006 11 03 0000 007E "
			"< 0058 0000 [len]00FF 11 03 [count]FC 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 "
			"0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 "
			"0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 "
			"0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 "
			"0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 "
			"0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 0001 "
			"0001 0001 0001 0001 0001 0001 0001",
		.expect =
			"{'anomaly':{'type':'malformed','reason':'quantity_out_of_range','offset':10,'app_proto':'modbus'}}\n"
			"{'anomaly':{'type':'malformed','reason':'length_out_of_range','offset':4,'app_proto':'modbus'}}\n"
			"{'complete':true,'modbus':{'framing':'mbap','transaction_id':88,'unit_id':17,'function_raw':3,"
			"'function_code':'read_holding_registers','access_type':'read','data_type':'holding_register',"
			"'category':'public','rtt_us':1000,'request':{'address':0,'quantity':126,"
			"'malformed':'quantity_out_of_range'},'response':{'values':[1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,"
			"1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,"
			"1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]}}}\n",
	},
	{
		.name = "RTU: a function of its own, as long as its segment",
		.spec = "SL 2.5.1",
		.script =
			"> 01 03 0000 0001 840A "
			"> 01 [fc]41 AABB [crc]6F1F",
		.expect =
			"{'complete':false,'modbus':{'framing':'rtu','unit_id':1,'function_raw':3,"
			"'function_code':'read_holding_registers','access_type':'read','data_type':'holding_register',"
			"'category':'public','waited_us':1000,'request':{'address':0,'quantity':1}}}\n"
			"{'complete':false,'modbus':{'framing':'rtu','unit_id':1,'function_raw':65,'function_code':'unknown_65',"
			"'access_type':'other','category':'user_defined','waited_us':0,'request':{'data':'aabb'}}}\n",
		.loose = true,
	},
};

#endif
