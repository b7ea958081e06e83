/*
 * What HTTP/1 says on the wire and what the dissector makes of it: one row a case, with the section it is of. A script is
 * runs of text, each a segment, behind Q (the client says) or A (the server says); Z is a NUL byte. Lines are expected
 * after the flow has been closed, with ' for ". Add a row, not a function.
 */
#ifndef SEKISHO_TESTS_HTTP_VECTORS_H
#define SEKISHO_TESTS_HTTP_VECTORS_H

#include "vectors.h"

#define Q "\x01"
#define A "\x02"
#define Z "\x03"

static const struct vector http_vectors[] = {
	{
		.name = "a page",
		.spec = "RFC 9112 2.1",
		.script =
		Q "GET /status.html HTTP/1.1\r\n"
		"Host: plc1.example:8080\r\n"
		"User-Agent: hmi/1.0\r\n"
		"Referer: http://plc1.example/\r\n"
		"X-Forwarded-For: 192.0.2.7\r\n"
		"\r\n"
		A "HTTP/1.1 200 OK\r\n"
		"Server: plcd/2.1\r\n"
		"Content-Type: text/html; charset=utf-8\r\n"
		"Content-Length: 55\r\n"
		"\r\n"
		"<html><head><title>Line 1\n"
		" status</title></head></html>",
		.expect = "{'complete':true,'http':{'hostname':'plc1.example','http_port':8080,'url':'/status.html','http_"
			  "method':'GET','protocol':'HTTP/1.1','status':200,'request_length':0,'http_user_agent':'hmi/1.0'"
			  ",'http_refer':'http://plc1.example/','xff':'192.0.2.7','length':55,'http_content_type':'text/ht"
			  "ml; charset=utf-8','server':'plcd/2.1','title':'Line 1 status','response_mime':'text/html','tra"
			  "ns_depth':1,'rtt_us':1000}}\n"
			  "{'discovery':{'protocol':'http_server','detail':{'software':'plcd/2.1','title':'Line 1 status'}}}\n",
	},
	{
		.name = "behind a proxy that says for whom it speaks",
		.spec = "The PROXY protocol 2.1",
		.script =
		Q "PROXY TCP4 192.0.2.1 192.0.2.2 49152 80\r\n"
		"GET / HTTP/1.0\r\n"
		"\r\n"
		A "HTTP/1.0 204 No Content\r\n"
		"\r\n",
		.expect = "{'complete':true,'http':{'url':'/','http_method':'GET','protocol':'HTTP/1.0','status':204,'request_length':0,'length':0,'trans_depth':1,'rtt_us':1000}}\n",
	},
	{
		.name = "the same in binary",
		.spec = "The PROXY protocol 2.2",
		.script =
		Q "\r\n\r\n" Z "\r\nQUIT\n!" "\x11" Z "\x0c" "\xc0" Z "\x05\x07\xc0" Z "\x05\x06\xc0" Z "\x1f\x90"
		"GET / HTTP/1.0\r\n"
		"\r\n"
		A "HTTP/1.0 204 No Content\r\n"
		"\r\n",
		.expect = "{'complete':true,'http':{'url':'/','http_method':'GET','protocol':'HTTP/1.0','status':204,'request_length':0,'length':0,'trans_depth':1,'rtt_us':1000}}\n",
	},
	{
		.name = "a form sent",
		.spec = "RFC 9110 9.3.3",
		.script =
		Q "POST /set HTTP/1.1\r\n"
		"Host: plc1\r\n"
		"Content-Type: application/x-www-form-urlencoded\r\n"
		"Content-Length: 11\r\n"
		"SOAPAction: \"urn:set\"\r\n"
		"\r\n"
		"speed=1500&"
		A "HTTP/1.1 303 See Other\r\n"
		"Location: /status?session=abc\r\n"
		"Content-Length: 0\r\n"
		"\r\n",
		.expect =
		"{'complete':true,'http':{'hostname':'plc1','url':'/set','http_method':'POST','protocol':'HTTP/1"
		".1','status':303,'request_length':11,'request_content_type':'application/x-www-form-urlencoded'"
		",'soap_action':'\\'urn:set\\'','request_mime':'application/x-www-form-urlencoded','length':0,'r"
		"edirect':'/status?session=***','trans_depth':1,'rtt_us':1000}}\n",
	},
	{
		.name = "HEAD: a length without a body",
		.spec = "RFC 9110 9.3.2",
		.script =
		Q "HEAD /fw.bin HTTP/1.1\r\n"
		"Host: plc1\r\n"
		"\r\n"
		A "HTTP/1.1 200 OK\r\n"
		"Content-Length: 1048576\r\n"
		"\r\n"
		Q "GET / HTTP/1.1\r\n"
		"Host: plc1\r\n"
		"\r\n"
		A "HTTP/1.1 200 OK\r\n"
		"Content-Length: 2\r\n"
		"\r\n"
		"ok",
		.expect =
		"{'complete':true,'http':{'hostname':'plc1','url':'/fw.bin','http_method':'HEAD','protocol':'HTT"
		"P/1.1','status':200,'request_length':0,'length':0,'trans_depth':1,'rtt_us':1000}}\n"
		"{'complete':true,'http':{'hostname':'plc1','url':'/','http_method':'GET','protocol':'HTTP/1.1',"
		"'status':200,'request_length':0,'length':2,'response_mime':'text/plain','trans_depth':2,'rtt_us"
		"':1000}}\n",
	},
	{
		.name = "204 and 304 have no body",
		.spec = "RFC 9110 15.3.5, 15.4.5",
		.script =
		Q "DELETE /log HTTP/1.1\r\n"
		"Host: p\r\n"
		"\r\n"
		"GET /a HTTP/1.1\r\n"
		"Host: p\r\n"
		"\r\n"
		A "HTTP/1.1 204 No Content\r\n"
		"Content-Length: 5\r\n"
		"\r\n"
		"HTTP/1.1 304 Not Modified\r\n"
		"Content-Length: 9\r\n"
		"\r\n",
		.expect =
		"{'complete':true,'http':{'hostname':'p','url':'/log','http_method':'DELETE','protocol':'HTTP/1."
		"1','status':204,'request_length':0,'length':0,'trans_depth':1,'rtt_us':1000}}\n"
		"{'complete':true,'http':{'hostname':'p','url':'/a','http_method':'GET','protocol':'HTTP/1.1','s"
		"tatus':304,'request_length':0,'length':0,'trans_depth':2,'rtt_us':1000}}\n",
	},
	{
		.name = "pipelining",
		.spec = "RFC 9112 9.3.2",
		.script =
		Q "GET /1 HTTP/1.1\r\n"
		"Host: p\r\n"
		"\r\n"
		"GET /2 HTTP/1.1\r\n"
		"Host: p\r\n"
		"\r\n"
		A "HTTP/1.1 200 OK\r\n"
		"Content-Length: 3\r\n"
		"\r\n"
		"oneHTTP/1.1 200 OK\r\n"
		"Content-Length: 3\r\n"
		"\r\n"
		"two",
		.expect =
		"{'complete':true,'http':{'hostname':'p','url':'/1','http_method':'GET','protocol':'HTTP/1.1','s"
		"tatus':200,'request_length':0,'length':3,'response_mime':'text/plain','trans_depth':1,'rtt_us':"
		"1000}}\n"
		"{'complete':true,'http':{'hostname':'p','url':'/2','http_method':'GET','protocol':'HTTP/1.1','s"
		"tatus':200,'request_length':0,'length':3,'response_mime':'text/plain','trans_depth':2,'rtt_us':"
		"1000}}\n",
	},
	{
		.name = "chunks, an extension, a trailer",
		.spec = "RFC 9112 7.1",
		.script =
		Q "GET / HTTP/1.1\r\n"
		"Host: p\r\n"
		"\r\n"
		A "HTTP/1.1 200 OK\r\n"
		"Transfer-Encoding: chunked\r\n"
		"\r\n"
		"4\r\n"
		"Wiki\r\n"
		"5;x=\"y\"\r\n"
		"pedia\r\n"
		"0\r\n"
		"X-Sum: 1\r\n"
		"\r\n"
		"HTTP/1.1 408 Timeout\r\n"
		"Content-Length: 0\r\n"
		"\r\n",
		.expect =
		"{'complete':true,'http':{'hostname':'p','url':'/','http_method':'GET','protocol':'HTTP/1.1','st"
		"atus':200,'request_length':0,'length':9,'response_mime':'text/plain','trans_depth':1,'rtt_us':1"
		"000}}\n"
		"{'anomaly':{'type':'malformed','reason':'response_without_request','offset':0,'app_proto':'http"
		"'}}\n"
		"{'complete':false,'http':{'protocol':'HTTP/1.1','status':408,'length':0}}\n",
	},
	{
		.name = "chunks of a request",
		.spec = "RFC 9112 7.1",
		.script =
		Q "PUT /app/boot.ps1 HTTP/1.1\r\n"
		"Host: p\r\n"
		"Transfer-Encoding: gzip, chunked\r\n"
		"\r\n"
		"6\r\n"
		"echo 1\r\n"
		"0\r\n"
		"\r\n"
		A "HTTP/1.1 201 Created\r\n"
		"Content-Length: 0\r\n"
		"\r\n",
		.expect =
		"{'complete':true,'http':{'hostname':'p','url':'/app/boot.ps1','http_method':'PUT','protocol':'H"
		"TTP/1.1','status':201,'request_length':6,'request_mime':'text/plain','request_file':{'name':'bo"
		"ot.ps1','executable':true},'length':0,'trans_depth':1,'rtt_us':1000}}\n",
	},
	{
		.name = "until the end of the connection",
		.spec = "RFC 9112 6.3",
		.script =
		Q "GET / HTTP/1.0\r\n"
		"\r\n"
		A "HTTP/1.0 200 OK\r\n"
		"\r\n"
		"all of it",
		.expect =
		"{'complete':true,'http':{'url':'/','http_method':'GET','protocol':'HTTP/1.0','status':200,'requ"
		"est_length':0,'length':9,'response_mime':'text/plain','trans_depth':1,'rtt_us':1000}}\n",
	},
	{
		.name = "HTTP/0.9",
		.for_good = true,
		.spec = "RFC 1945 4.1",
		.script =
		Q "GET /old\r\n"
		A "<html><title>old</title></html>",
		.expect = "{'complete':true,'http':{'url':'/old','http_method':'GET','protocol':'HTTP/0.9','request_length"
			  "':0,'length':31,'title':'old','response_mime':'text/html','trans_depth':1,'rtt_us':1000}}\n"
			  "{'discovery':{'protocol':'http_server','detail':{'title':'old'}}}\n",
	},
	{
		.name = "a document without a head for an answer",
		.for_good = true,
		.spec = "RFC 1945 4.1",
		.script =
		Q "GET /z HTTP/1.1\r\n"
		"Host: p\r\n"
		"\r\n"
		A "plain words\n",
		.expect =
		"{'complete':true,'http':{'hostname':'p','url':'/z','http_method':'GET','protocol':'HTTP/0.9','r"
		"equest_length':0,'length':12,'response_mime':'text/plain','trans_depth':1,'rtt_us':1000}}\n",
	},
	{
		.name = "100-continue",
		.spec = "RFC 9110 10.1.1",
		.script =
		Q "POST /up HTTP/1.1\r\n"
		"Host: p\r\n"
		"Content-Length: 4\r\n"
		"Expect: 100-continue\r\n"
		"\r\n"
		A "HTTP/1.1 100 Continue\r\n"
		"\r\n"
		Q "data"
		A "HTTP/1.1 200 OK\r\n"
		"Content-Length: 0\r\n"
		"\r\n",
		.expect =
		"{'complete':false,'http':{'hostname':'p','url':'/up','http_method':'POST','protocol':'HTTP/1.1'"
		",'status':100,'interim':true,'trans_depth':1,'rtt_us':1000}}\n"
		"{'complete':true,'http':{'hostname':'p','url':'/up','http_method':'POST','protocol':'HTTP/1.1',"
		"'status':200,'request_length':4,'request_mime':'text/plain','length':0,'trans_depth':1,'rtt_us'"
		":3000}}\n",
	},
	{
		.name = "100-continue refused",
		.spec = "RFC 9110 10.1.1",
		.script =
		Q "POST /up HTTP/1.1\r\n"
		"Host: p\r\n"
		"Content-Length: 4\r\n"
		"Expect: 100-continue\r\n"
		"\r\n"
		A "HTTP/1.1 417 No\r\n"
		"Content-Length: 0\r\n"
		"\r\n"
		Q "GET / HTTP/1.1\r\n"
		"Host: p\r\n"
		"\r\n"
		A "HTTP/1.1 200 OK\r\n"
		"Content-Length: 0\r\n"
		"\r\n",
		.expect =
		"{'complete':false,'http':{'hostname':'p','url':'/up','http_method':'POST','protocol':'HTTP/1.1'"
		",'status':417,'request_length':0,'length':0,'trans_depth':1,'rtt_us':1000}}\n"
		"{'complete':true,'http':{'hostname':'p','url':'/','http_method':'GET','protocol':'HTTP/1.1','st"
		"atus':200,'request_length':0,'length':0,'trans_depth':2,'rtt_us':1000}}\n",
	},
	{
		.name = "100-continue refused, and the body comes all the same",
		.spec = "RFC 9110 10.1.1",
		.script =
		Q "POST /up HTTP/1.1\r\n"
		"Host: p\r\n"
		"Content-Length: 16\r\n"
		"Expect: 100-continue\r\n"
		"\r\n"
		A "HTTP/1.1 401 No\r\n"
		"Content-Length: 0\r\n"
		"\r\n"
		Q "c2VjcmV0OnBhc3N3"
		"GET / HTTP/1.1\r\n"
		"Host: p\r\n"
		"\r\n"
		A "HTTP/1.1 200 OK\r\n"
		"Content-Length: 0\r\n"
		"\r\n",
		.expect =
		"{'complete':false,'http':{'hostname':'p','url':'/up','http_method':'POST','protocol':'HTTP/1.1'"
		",'status':401,'request_length':0,'length':0,'trans_depth':1,'rtt_us':1000}}\n"
		"{'complete':true,'http':{'hostname':'p','url':'/','http_method':'GET','protocol':'HTTP/1.1','st"
		"atus':200,'request_length':0,'length':0,'trans_depth':2,'rtt_us':1000}}\n",
	},
	{
		.name = "CONNECT",
		.for_good = true,
		.spec = "RFC 9110 9.3.6",
		.script =
		Q "CONNECT plc1:502 HTTP/1.1\r\n"
		"Host: plc1:502\r\n"
		"\r\n"
		A "HTTP/1.1 200 OK\r\n"
		"\r\n"
		Q "\026" Z "\001 what follows is no HTTP",
		.expect =
		"{'complete':true,'http':{'hostname':'plc1','http_port':502,'url':'plc1:502','http_method':'CONN"
		"ECT','protocol':'HTTP/1.1','status':200,'request_length':0,'length':0,'tunnel':true,'trans_dept"
		"h':1,'rtt_us':1000}}\n",
	},
	{
		.name = "CONNECT refused",
		.spec = "RFC 9110 9.3.6",
		.script =
		Q "CONNECT plc1:502 HTTP/1.1\r\n"
		"Host: plc1:502\r\n"
		"\r\n"
		A "HTTP/1.1 403 Forbidden\r\n"
		"Content-Length: 0\r\n"
		"\r\n"
		Q "GET / HTTP/1.1\r\n"
		"Host: p\r\n"
		"\r\n"
		A "HTTP/1.1 200 OK\r\n"
		"Content-Length: 0\r\n"
		"\r\n",
		.expect =
		"{'complete':true,'http':{'hostname':'plc1','http_port':502,'url':'plc1:502','http_method':'CONN"
		"ECT','protocol':'HTTP/1.1','status':403,'request_length':0,'length':0,'tunnel':false,'trans_dep"
		"th':1,'rtt_us':1000}}\n"
		"{'complete':true,'http':{'hostname':'p','url':'/','http_method':'GET','protocol':'HTTP/1.1','st"
		"atus':200,'request_length':0,'length':0,'trans_depth':2,'rtt_us':1000}}\n",
	},
	{
		.name = "upgrade",
		.for_good = true,
		.spec = "RFC 9110 7.8",
		.script =
		Q "GET /ws HTTP/1.1\r\n"
		"Host: p\r\n"
		"Connection: Upgrade\r\n"
		"Upgrade: websocket\r\n"
		"\r\n"
		A "HTTP/1.1 101 Switching Protocols\r\n"
		"Upgrade: websocket\r\n"
		"\r\n"
		"\202\000",
		.expect =
		"{'complete':true,'http':{'hostname':'p','url':'/ws','http_method':'GET','protocol':'HTTP/1.1','"
		"status':101,'request_length':0,'length':0,'upgrade':'websocket','trans_depth':1,'rtt_us':1000}}"
		"\n",
	},
	{
		.name = "switch that nobody asked for",
		.spec = "RFC 9110 15.2.2",
		.script =
		Q "GET /a HTTP/1.1\r\n"
		"Host: p\r\n"
		"\r\n"
		A "HTTP/1.1 101 Switching Protocols\r\n"
		"Upgrade: x\r\n"
		"\r\n"
		Q "GET /b HTTP/1.1\r\n"
		"Host: p\r\n"
		"\r\n"
		A "HTTP/1.1 200 OK\r\n"
		"Content-Length: 0\r\n"
		"\r\n",
		.expect =
		"{'anomaly':{'type':'malformed','reason':'switch_not_asked_for','offset':0,'app_proto':'http'}}\n"
		"{'complete':true,'http':{'hostname':'p','url':'/a','http_method':'GET','protocol':'HTTP/1.1','s"
		"tatus':101,'request_length':0,'length':0,'upgrade':'x','trans_depth':1,'rtt_us':1000}}\n"
		"{'complete':true,'http':{'hostname':'p','url':'/b','http_method':'GET','protocol':'HTTP/1.1','s"
		"tatus':200,'request_length':0,'length':0,'trans_depth':2,'rtt_us':1000}}\n",
	},
	{
		.name = "switch to what is not named",
		.for_good = true,
		.spec = "RFC 9110 15.2.2",
		.script =
		Q "GET /ws HTTP/1.1\r\n"
		"Host: p\r\n"
		"Upgrade: x\r\n"
		"\r\n"
		A "HTTP/1.1 101 Switching Protocols\r\n"
		"\r\n"
		"\202\000",
		.expect =
		"{'anomaly':{'type':'malformed','reason':'switch_without_upgrade','offset':0,'app_proto':'http'}"
		"}\n"
		"{'complete':true,'http':{'hostname':'p','url':'/ws','http_method':'GET','protocol':'HTTP/1.1','"
		"status':101,'request_length':0,'length':0,'upgrade':'x','trans_depth':1,'rtt_us':1000}}\n",
	},
	{
		.name = "upgrade asked for, not given",
		.spec = "RFC 9110 7.8",
		.script =
		Q "GET / HTTP/1.1\r\n"
		"Host: p\r\n"
		"Upgrade: h2c\r\n"
		"\r\n"
		A "HTTP/1.1 200 OK\r\n"
		"Content-Length: 0\r\n"
		"\r\n",
		.expect =
		"{'complete':true,'http':{'hostname':'p','url':'/','http_method':'GET','protocol':'HTTP/1.1','st"
		"atus':200,'request_length':0,'length':0,'upgrade':'h2c','trans_depth':1,'rtt_us':1000}}\n",
	},
	{
		.name = "Basic, a colon in the password",
		.spec = "RFC 7617 2",
		.script =
		Q "GET / HTTP/1.1\r\n"
		"Host: p\r\n"
		"Authorization: Basic   dGVzdDoxOjM0\r\n"
		"\r\n"
		A "HTTP/1.1 200 OK\r\n"
		"Content-Length: 0\r\n"
		"\r\n",
		.expect =
		"{'complete':true,'http':{'hostname':'p','url':'/','http_method':'GET','protocol':'HTTP/1.1','st"
		"atus':200,'request_length':0,'auth':{'scheme':'Basic','user':'test','default_credential':false}"
		",'length':0,'trans_depth':1,'rtt_us':1000}}\n",
	},
	{
		.name = "Basic, as shipped",
		.spec = "RFC 7617 2",
		.script =
		Q "GET / HTTP/1.1\r\n"
		"Host: p\r\n"
		"Authorization: basic YWRtaW46YWRtaW4=\r\n"
		"Cookie: id=very-secret\r\n"
		"\r\n"
		A "HTTP/1.1 200 OK\r\n"
		"Set-Cookie: id=very-secret\r\n"
		"Content-Length: 0\r\n"
		"\r\n",
		.expect =
		"{'complete':true,'http':{'hostname':'p','url':'/','http_method':'GET','protocol':'HTTP/1.1','st"
		"atus':200,'request_length':0,'auth':{'scheme':'basic','user':'admin','default_credential':true}"
		",'length':0,'trans_depth':1,'rtt_us':1000}}\n",
	},
	{
		.name = "Basic, no password",
		.spec = "RFC 7617 2",
		.script =
		Q "GET / HTTP/1.1\r\n"
		"Host: p\r\n"
		"Authorization: Basic b3A3Og==\r\n"
		"\r\n"
		A "HTTP/1.1 200 OK\r\n"
		"Content-Length: 0\r\n"
		"\r\n",
		.expect =
		"{'complete':true,'http':{'hostname':'p','url':'/','http_method':'GET','protocol':'HTTP/1.1','st"
		"atus':200,'request_length':0,'auth':{'scheme':'Basic','user':'op7','default_credential':true},'"
		"length':0,'trans_depth':1,'rtt_us':1000}}\n",
	},
	{
		.name = "Digest and its challenge",
		.spec = "RFC 7616 3",
		.script =
		Q "GET / HTTP/1.1\r\n"
		"Host: p\r\n"
		"Authorization: Digest username=\"op, 7\", realm=\"r\", response=\"very-secret\"\r\n"
		"\r\n"
		A "HTTP/1.1 401 Unauthorized\r\n"
		"WWW-Authenticate: Digest qop=\"auth\", realm=\"TP700 Comfort\", nonce=\"1\"\r\n"
		"WWW-Authenticate: Basic realm=\"other\"\r\n"
		"Content-Length: 0\r\n"
		"\r\n",
		.expect = "{'complete':true,'http':{'hostname':'p','url':'/','http_method':'GET','protocol':'HTTP/1.1','st"
			  "atus':401,'request_length':0,'auth':{'scheme':'Digest','user':'op, 7'},'length':0,'challenge':'"
			  "Digest','realm':'TP700 Comfort','trans_depth':1,'rtt_us':1000}}\n"
			  "{'discovery':{'protocol':'http_server','detail':{'realm':'TP700 Comfort'}}}\n",
	},
	{
		.name = "Bearer",
		.spec = "RFC 6750 2.1",
		.script =
		Q "GET / HTTP/1.1\r\n"
		"Host: p\r\n"
		"Authorization: Bearer very-secret\r\n"
		"\r\n"
		A "HTTP/1.1 200 OK\r\n"
		"Content-Length: 0\r\n"
		"\r\n",
		.expect =
		"{'complete':true,'http':{'hostname':'p','url':'/','http_method':'GET','protocol':'HTTP/1.1','st"
		"atus':200,'request_length':0,'auth':{'scheme':'Bearer'},'length':0,'trans_depth':1,'rtt_us':100"
		"0}}\n",
	},
	{
		.name = "a token without a scheme",
		.spec = "RFC 9110 11.6.2",
		.script =
		Q "GET / HTTP/1.1\r\n"
		"Host: p\r\n"
		"Authorization: very-secret\r\n"
		"\r\n"
		A "HTTP/1.1 200 OK\r\n"
		"Content-Length: 0\r\n"
		"\r\n",
		.expect =
		"{'complete':true,'http':{'hostname':'p','url':'/','http_method':'GET','protocol':'HTTP/1.1','st"
		"atus':200,'request_length':0,'length':0,'trans_depth':1,'rtt_us':1000}}\n",
	},
	{
		.name = "the computer behind an NTLM challenge",
		.spec = "MS-NTHT 2.1, MS-NLMP 2.2.1.2",
		.script =
		Q "GET / HTTP/1.1\r\n"
		"Host: p\r\n"
		"\r\n"
		A "HTTP/1.1 401 Unauthorized\r\n"
		"WWW-Authenticate: NTLM TlRMTVNTUAACAAAACgAKADgAAAAFAoACiHdmVUQzIhEAAAAAAAAAAEIAQgBCAAAACgBjRQAAAA9QAEwA"
		"QQBOAFQAAgAKAFAATABBAE4AVAABAA4AUwBDAEEARABBAC0AMQADABoAcwBjAGEAZABhAC0AMQAuAHAAbABhAG4AdAAAAAAA\r\n"
		"Content-Length: 0\r\n"
		"\r\n",
		.expect = "{'discovery':{'protocol':'ntlm','name':'scada-1.plant','os':'Windows 10.0.17763','detail':{'domain':'PLANT'}}}\n"
			  "{'complete':true,'http':{'hostname':'p','url':'/','http_method':'GET','protocol':'HTTP/1.1','status':401,'request_length':0,'length':0,'challenge':'NTLM','trans_depth':1,'rtt_us':1000}}\n",
	},
	{
		.name = "NTLM",
		.spec = "MS-NLMP 2.2.1.3",
		.script =
		Q "GET / HTTP/1.1\r\n"
		"Host: p\r\n"
		"Authorization: NTLM TlRMTVNTUAADAAAAGAAYAEAAAAAYABgAWAAAAAoACgBwAAAABgAGAHoAAAAMAAwAgAAAAAAAAAB"
		"AAAAAAQAAAHZlcnktc2VjcmV0LXJlc3BvbnNlISEhIXZlcnktc2VjcmV0LXJlc3BvbnNlISEhIVAATABBAE4AVABvAHAANw"
		"BIAE0ASQAtADAAMwA=\r\n"
		"\r\n"
		A "HTTP/1.1 200 OK\r\n"
		"Content-Length: 0\r\n"
		"\r\n",
		.expect =
		"{'smb':{'mechanism':'ntlmssp','ntlmssp':{'type':'authenticate','domain':'PLANT','user':'op7','host"
		"':'HMI-03','ntlm_version':'v1'},'anonymous':false}}\n"
		"{'complete':true,'http':{'hostname':'p','url':'/','http_method':'GET','protocol':'HTTP/1.1','st"
		"atus':200,'request_length':0,'auth':{'scheme':'NTLM','user':'op7','domain':'PLANT','workstation"
		"':'HMI-03'},'length':0,'trans_depth':1,'rtt_us':1000}}\n",
	},
	{
		.name = "secrets in a URL",
		.spec = "events.md",
		.script =
		Q "GET http://op:very-secret@plc1/login;jsessionid=very-secret?user=op&password=very-secret&x=1&to"
		"ken=very-secret#sid=very-secret HTTP/1.1\r\n"
		"Host: plc1\r\n"
		"Referer: /a?pwd=very-secret\r\n"
		"\r\n"
		A "HTTP/1.1 200 OK\r\n"
		"Content-Length: 0\r\n"
		"\r\n",
		.expect =
		"{'complete':true,'http':{'hostname':'plc1','url':'http://op:***@plc1/login;jsessionid=***?user=op&password=***&x=1&token=***#sid=***','http_method':'GET','protocol':'HTTP/1.1','status':200,'request_length':0,'http_refer':'/a?pwd=***'"
		",'auth':{'scheme':'form','user':'op','default_credential':false},'length':0,'trans_depth':1,'rtt_us':1000}}\n",
	},
	{
		.name = "an upload of firmware",
		.spec = "RFC 7578 4.2",
		.script =
		Q "POST /up HTTP/1.1\r\n"
		"Host: p\r\n"
		"Content-Type: multipart/form-data; boundary=B\r\n"
		"Content-Length: 104\r\n"
		"\r\n"
		"--B\r\n"
		"Content-Disposition: form-data; name=\"f\"; filename=\"fw v2.bin\"\r\n"
		"Content-Type: x/y\r\n"
		"\r\n"
		"\177ELF\002\001\001 \r\n"
		"--B--\r\n"
		A "HTTP/1.1 200 OK\r\n"
		"Content-Length: 0\r\n"
		"\r\n",
		.expect =
		"{'complete':true,'http':{'hostname':'p','url':'/up','http_method':'POST','protocol':'HTTP/1.1',"
		"'status':200,'request_length':104,'request_content_type':'multipart/form-data; boundary=B','req"
		"uest_mime':'application/x-executable','request_file':{'name':'fw v2.bin','executable':true},'le"
		"ngth':0,'trans_depth':1,'rtt_us':4000}}\n",
	},
	{
		.name = "a download",
		.spec = "RFC 6266 4.3",
		.script =
		Q "GET /get?id=7 HTTP/1.1\r\n"
		"Host: p\r\n"
		"\r\n"
		A "HTTP/1.1 200 OK\r\n"
		"Content-Disposition: attachment; filename=\"tool.exe\"\r\n"
		"Content-Length: 7\r\n"
		"\r\n"
		"MZ\020ZZZZ",
		.expect =
		"{'complete':true,'http':{'hostname':'p','url':'/get?id=7','http_method':'GET','protocol':'HTTP/"
		"1.1','status':200,'request_length':0,'length':7,'response_mime':'application/x-dosexec','respon"
		"se_file':{'name':'tool.exe','executable':true},'trans_depth':1,'rtt_us':1000}}\n",
	},
	{
		.name = "a download named by its URL",
		.spec = "events.md",
		.script =
		Q "GET /files/run.sh?v=2 HTTP/1.1\r\n"
		"Host: p\r\n"
		"\r\n"
		A "HTTP/1.1 200 OK\r\n"
		"Content-Length: 4\r\n"
		"\r\n"
		"#!/b",
		.expect =
		"{'complete':true,'http':{'hostname':'p','url':'/files/run.sh?v=2','http_method':'GET','protocol"
		"':'HTTP/1.1','status':200,'request_length':0,'length':4,'response_mime':'text/x-script','respon"
		"se_file':{'name':'run.sh','executable':true},'trans_depth':1,'rtt_us':1000}}\n",
	},
	{
		.name = "both lengths",
		.spec = "RFC 9112 6.3, 11.2",
		.script =
		Q "POST / HTTP/1.1\r\n"
		"Host: p\r\n"
		"Content-Length: 50\r\n"
		"Transfer-Encoding: chunked\r\n"
		"\r\n"
		"0\r\n"
		"\r\n"
		"GET /smuggled HTTP/1.1\r\n"
		"Host: p\r\n"
		"\r\n",
		.expect =
		"{'anomaly':{'type':'malformed','reason':'te_and_cl','offset':0,'app_proto':'http'}}\n"
		"{'complete':false,'http':{'hostname':'p','url':'/','http_method':'POST','protocol':'HTTP/1.1','"
		"request_length':0,'trans_depth':1}}\n"
		"{'complete':false,'http':{'hostname':'p','url':'/smuggled','http_method':'GET','protocol':'HTTP"
		"/1.1','request_length':0,'trans_depth':2}}\n",
	},
	{
		.name = "two lengths",
		.spec = "RFC 9112 6.3",
		.script =
		Q "POST / HTTP/1.1\r\n"
		"Host: p\r\n"
		"Content-Length: 2\r\n"
		"Content-Length: 2, 3\r\n"
		"\r\n"
		"ab"
		A "HTTP/1.1 200 OK\r\n"
		"Content-Length: 0\r\n"
		"\r\n",
		.expect =
		"{'anomaly':{'type':'malformed','reason':'duplicate_cl','offset':0,'app_proto':'http'}}\n"
		"{'complete':true,'http':{'hostname':'p','url':'/','http_method':'POST','protocol':'HTTP/1.1','s"
		"tatus':200,'request_length':2,'request_mime':'text/plain','length':0,'trans_depth':1,'rtt_us':1"
		"000}}\n",
	},
	{
		.name = "a length that is none",
		.spec = "RFC 9112 6.3",
		.script =
		Q "POST / HTTP/1.1\r\n"
		"Host: p\r\n"
		"Content-Length: +2\r\n"
		"\r\n"
		A "HTTP/1.1 200 OK\r\n"
		"Content-Length: 0\r\n"
		"\r\n",
		.expect =
		"{'anomaly':{'type':'malformed','reason':'bad_content_length','offset':0,'app_proto':'http'}}\n"
		"{'complete':true,'http':{'hostname':'p','url':'/','http_method':'POST','protocol':'HTTP/1.1','s"
		"tatus':200,'request_length':0,'length':0,'trans_depth':1,'rtt_us':1000}}\n",
	},
	{
		.name = "a chunk of 2^64 bytes",
		.spec = "RFC 9112 7.1",
		.script =
		Q "POST / HTTP/1.1\r\n"
		"Host: p\r\n"
		"Transfer-Encoding: chunked\r\n"
		"\r\n"
		"10000000000000000\r\n"
		"\r\n"
		"GET /smuggled HTTP/1.1\r\n"
		"Host: p\r\n"
		"\r\n",
		.expect =
		"{'anomaly':{'type':'malformed','reason':'chunk_size_overflow','offset':0,'app_proto':'http'}}\n"
		"{'complete':false,'http':{'hostname':'p','url':'/','http_method':'POST','protocol':'HTTP/1.1','"
		"request_length':0,'trans_depth':1}}\n"
		"{'complete':false,'http':{'hostname':'p','url':'/smuggled','http_method':'GET','protocol':'HTTP"
		"/1.1','request_length':0,'trans_depth':2}}\n",
	},
	{
		.name = "a chunk size that is none",
		.spec = "RFC 9112 7.1",
		.script =
		Q "GET / HTTP/1.1\r\n"
		"Host: p\r\n"
		"\r\n"
		A "HTTP/1.1 200 OK\r\n"
		"Transfer-Encoding: chunked\r\n"
		"\r\n"
		"0x4\r\n"
		"Wiki\r\n"
		"0\r\n"
		"\r\n"
		Q "GET /2 HTTP/1.1\r\n"
		"Host: p\r\n"
		"\r\n"
		A "HTTP/1.1 200 OK\r\n"
		"Content-Length: 0\r\n"
		"\r\n",
		.expect =
		"{'anomaly':{'type':'malformed','reason':'bad_chunk_size','offset':0,'app_proto':'http'}}\n"
		"{'complete':false,'http':{'hostname':'p','url':'/','http_method':'GET','protocol':'HTTP/1.1','s"
		"tatus':200,'request_length':0,'length':0,'trans_depth':1,'rtt_us':1000}}\n"
		"{'complete':true,'http':{'hostname':'p','url':'/2','http_method':'GET','protocol':'HTTP/1.1','s"
		"tatus':200,'request_length':0,'length':0,'trans_depth':2,'rtt_us':1000}}\n",
	},
	{
		.name = "blanks before chunk sizes, bare LF",
		.spec = "RFC 9112 7.1",
		.script =
		Q "GET / HTTP/1.1\r\n"
		"Host: p\r\n"
		"\r\n"
		A "HTTP/1.1 200 OK\r\n"
		"Transfer-Encoding: chunked\r\n"
		"\r\n"
		"\t4\r\n"
		"Wiki\r\n"
		" 1 \n"
		"!\n"
		"0\r\n"
		"\r\n",
		.expect =
		"{'anomaly':{'type':'malformed','reason':'chunk_size_blank','offset':0,'app_proto':'http'}}\n"
		"{'anomaly':{'type':'malformed','reason':'chunk_bare_lf','offset':0,'app_proto':'http'}}\n"
		"{'complete':true,'http':{'hostname':'p','url':'/','http_method':'GET','protocol':'HTTP/1.1','st"
		"atus':200,'request_length':0,'length':5,'response_mime':'text/plain','trans_depth':1,'rtt_us':1"
		"000}}\n",
	},
	{
		.name = "a chunk longer than its size",
		.spec = "RFC 9112 7.1",
		.script =
		Q "GET / HTTP/1.1\r\n"
		"Host: p\r\n"
		"\r\n"
		A "HTTP/1.1 200 OK\r\n"
		"Transfer-Encoding: chunked\r\n"
		"\r\n"
		"2\r\n"
		"Wi-ki\r\n"
		"2\r\n"
		"ok\r\n"
		"0\r\n"
		"\r\n",
		.expect =
		"{'anomaly':{'type':'malformed','reason':'chunk_longer_than_its_size','offset':0,'app_proto':'ht"
		"tp'}}\n"
		"{'complete':true,'http':{'hostname':'p','url':'/','http_method':'GET','protocol':'HTTP/1.1','st"
		"atus':200,'request_length':0,'length':4,'response_mime':'text/plain','trans_depth':1,'rtt_us':1"
		"000}}\n",
	},
	{
		.name = "chunks without their end of line",
		.spec = "RFC 9112 7.1",
		.script =
		Q "GET / HTTP/1.1\r\n"
		"Host: p\r\n"
		"\r\n"
		A "HTTP/1.1 200 OK\r\n"
		"Transfer-Encoding: chunked\r\n"
		"\r\n"
		"2\r\n"
		"ok3\r\n"
		"yes\r\n"
		"0\r\n"
		"\r\n",
		.expect =
		"{'anomaly':{'type':'malformed','reason':'chunk_longer_than_its_size','offset':0,'app_proto':'ht"
		"tp'}}\n"
		"{'complete':true,'http':{'hostname':'p','url':'/','http_method':'GET','protocol':'HTTP/1.1','st"
		"atus':200,'request_length':0,'length':5,'response_mime':'text/plain','trans_depth':1,'rtt_us':1"
		"000}}\n",
	},
	{
		.name = "odd transfer codings",
		.spec = "RFC 9112 6.1",
		.script =
		Q "GET / HTTP/1.1\r\n"
		"Host: p\r\n"
		"\r\n"
		A "HTTP/1.0 200 OK\r\n"
		"Transfer-Encoding: chunked, identity\r\n"
		"Transfer-Encoding: chu" Z "nked\r\n"
		"\r\n"
		"0\r\n"
		"\r\n",
		.expect =
		"{'anomaly':{'type':'malformed','reason':'duplicate_te','offset':0,'app_proto':'http'}}\n"
		"{'anomaly':{'type':'malformed','reason':'unknown_transfer_encoding','offset':0,'app_proto':'htt"
		"p'}}\n"
		"{'anomaly':{'type':'malformed','reason':'chunked_not_last','offset':0,'app_proto':'http'}}\n"
		"{'anomaly':{'type':'malformed','reason':'te_in_http10','offset':0,'app_proto':'http'}}\n"
		"{'anomaly':{'type':'malformed','reason':'nul_in_header','offset':0,'app_proto':'http'}}\n"
		"{'complete':true,'http':{'hostname':'p','url':'/','http_method':'GET','protocol':'HTTP/1.1','st"
		"atus':200,'request_length':0,'length':0,'trans_depth':1,'rtt_us':1000}}\n",
	},
	{
		.name = "lines that end in LF, folded and odd headers",
		.spec = "RFC 9112 2.2, 5.1, 5.2",
		.script =
		Q "GET / HTTP/1.1\n"
		"Host : p\n"
		"User-Agent: a\n"
		" b\n"
		"no colon here\n"
		"X\r-Y: 1\n"
		"Host: q\n"
		"\n"
		A "HTTP/1.1 200\n"
		"\n",
		.expect =
		"{'anomaly':{'type':'malformed','reason':'bare_lf','offset':0,'app_proto':'http'}}\n"
		"{'anomaly':{'type':'malformed','reason':'bare_cr','offset':0,'app_proto':'http'}}\n"
		"{'anomaly':{'type':'malformed','reason':'obs_fold','offset':0,'app_proto':'http'}}\n"
		"{'anomaly':{'type':'malformed','reason':'space_before_colon','offset':0,'app_proto':'http'}}\n"
		"{'anomaly':{'type':'malformed','reason':'bad_header_line','offset':0,'app_proto':'http'}}\n"
		"{'anomaly':{'type':'malformed','reason':'duplicate_host','offset':0,'app_proto':'http'}}\n"
		"{'anomaly':{'type':'malformed','reason':'bare_lf','offset':0,'app_proto':'http'}}\n"
		"{'complete':true,'http':{'hostname':'p','url':'/','http_method':'GET','protocol':'HTTP/1.1','st"
		"atus':200,'request_length':0,'http_user_agent':'a\\u000a b','length':0,'trans_depth':1,'rtt_us'"
		":1000}}\n",
	},
	{
		.name = "a target with blanks",
		.spec = "RFC 9112 3.2",
		.script =
		Q "GET /a b c HTTP/1.1\r\n"
		"Host: p\r\n"
		"\r\n"
		A "HTTP/1.1 200 OK\r\n"
		"Content-Length: 0\r\n"
		"\r\n",
		.expect =
		"{'anomaly':{'type':'malformed','reason':'space_in_target','offset':0,'app_proto':'http'}}\n"
		"{'complete':true,'http':{'hostname':'p','url':'/a','url_tail':'b c','http_method':'GET','protoc"
		"ol':'HTTP/1.1','status':200,'request_length':0,'length':0,'trans_depth':1,'rtt_us':1000}}\n",
	},
	{
		.name = "request lines that are none",
		.spec = "RFC 9112 3",
		.script =
		Q "GET/ HTTP/1.1\r\n"
		"Host: p\r\n"
		"\r\n"
		"GET / HTTP/1.1\r\n"
		"Host: p\r\n"
		"\r\n"
		A "HTTP/1.1 200 OK\r\n"
		"Content-Length: 0\r\n"
		"\r\n",
		.expect =
		"{'anomaly':{'type':'not_protocol','reason':'no_message_starts_here','offset':0,'app_proto':'htt"
		"p'}}\n"
		"{'complete':true,'http':{'hostname':'p','url':'/','http_method':'GET','protocol':'HTTP/1.1','st"
		"atus':200,'request_length':0,'length':0,'trans_depth':1,'rtt_us':1000}}\n",
		.loose = true,
	},
	{
		.name = "headers behind a request line without version",
		.spec = "RFC 9112 3",
		.script =
		Q "OPTIONS\n"
		"Host: p:81\n"
		"\n"
		"POST /x\r\n"
		"Content-Length: 2\r\n"
		"\r\n"
		"hi"
		A "HTTP/1.0 400 Bad\r\n"
		"Content-Length: 0\r\n"
		"\r\n"
		"HTTP/1.0 400 Bad\r\n"
		"Content-Length: 0\r\n"
		"\r\n",
		.expect =
		"{'anomaly':{'type':'malformed','reason':'bare_lf','offset':0,'app_proto':'http'}}\n"
		"{'anomaly':{'type':'malformed','reason':'bare_lf','offset':0,'app_proto':'http'}}\n"
		"{'complete':true,'http':{'hostname':'p','http_port':81,'url':'?','http_method':'OPTIONS','proto"
		"col':'HTTP/0.9','status':400,'request_length':0,'length':0,'trans_depth':1,'rtt_us':1000}}\n"
		"{'complete':true,'http':{'url':'/x','http_method':'POST','protocol':'HTTP/0.9','status':400,'re"
		"quest_length':2,'request_mime':'text/plain','length':0,'trans_depth':2,'rtt_us':1000}}\n",
	},
	{
		.name = "a method nobody knows, a version of tomorrow",
		.spec = "RFC 9110 9.1",
		.script =
		Q "BREW /pot HTTP/1.7\r\n"
		"Host: p\r\n"
		"\r\n"
		A "HTTP/1.1 99 x\r\n"
		"Content-Length: 0\r\n"
		"\r\n",
		.expect =
		"{'anomaly':{'type':'malformed','reason':'bad_version','offset':0,'app_proto':'http'}}\n"
		"{'anomaly':{'type':'malformed','reason':'bad_status_line','offset':0,'app_proto':'http'}}\n"
		"{'complete':true,'http':{'hostname':'p','url':'/pot','http_method':'BREW','protocol':'HTTP/1.7'"
		",'request_length':0,'length':0,'trans_depth':1,'rtt_us':1000}}\n",
	},
	{
		.name = "more responses than requests",
		.spec = "RFC 9112 11.1",
		.script =
		Q "GET / HTTP/1.1\r\n"
		"Host: p\r\n"
		"\r\n"
		A "HTTP/1.1 200 OK\r\n"
		"Content-Length: 1\r\n"
		"\r\n"
		"aHTTP/1.1 200 OK\r\n"
		"Content-Length: 1\r\n"
		"\r\n"
		"b",
		.expect =
		"{'complete':true,'http':{'hostname':'p','url':'/','http_method':'GET','protocol':'HTTP/1.1','st"
		"atus':200,'request_length':0,'length':1,'response_mime':'text/plain','trans_depth':1,'rtt_us':1"
		"000}}\n"
		"{'anomaly':{'type':'malformed','reason':'response_without_request','offset':0,'app_proto':'http"
		"'}}\n"
		"{'complete':false,'http':{'protocol':'HTTP/1.1','status':200,'length':1,'response_mime':'text/p"
		"lain'}}\n",
	},
	{
		.name = "a response alone",
		.spec = "events.md",
		.script =
		A "HTTP/1.1 200 OK\r\n"
		"Content-Length: 1\r\n"
		"\r\n"
		"aHTTP/1.1 200 OK\r\n"
		"Content-Length: 77\r\n"
		"\r\n"
		"HTTP/1.1 200 OK\r\n"
		"Content-Length: 0\r\n"
		"\r\n",
		.expect =
		"{'complete':false,'http':{'protocol':'HTTP/1.1','status':200,'length':1,'response_mime':'text/p"
		"lain'}}\n"
		"{'complete':false,'http':{'protocol':'HTTP/1.1','status':200,'length':0}}\n"
		"{'complete':false,'http':{'protocol':'HTTP/1.1','status':200,'length':0}}\n",
		.loose = true,
	},
	{
		.name = "a request alone",
		.spec = "events.md",
		.script =
		Q "GET / HTTP/1.1\r\n"
		"Host: p\r\n"
		"\r\n",
		.expect =
		"{'complete':false,'http':{'hostname':'p','url':'/','http_method':'GET','protocol':'HTTP/1.1','r"
		"equest_length':0,'trans_depth':1}}\n",
	},
	{
		.name = "junk behind a body",
		.spec = "RFC 9112 11.1",
		.script =
		Q "GET / HTTP/1.1\r\n"
		"Host: p\r\n"
		"\r\n"
		"GET /2 HTTP/1.1\r\n"
		"Host: p\r\n"
		"\r\n"
		A "HTTP/1.1 200 OK\r\n"
		"Content-Length: 1\r\n"
		"\r\n"
		"away with it\n"
		"HTTP/1.1 200 OK\r\n"
		"Content-Length: 0\r\n"
		"\r\n",
		.expect =
		"{'complete':true,'http':{'hostname':'p','url':'/','http_method':'GET','protocol':'HTTP/1.1','st"
		"atus':200,'request_length':0,'length':1,'response_mime':'text/plain','trans_depth':1,'rtt_us':1"
		"000}}\n"
		"{'anomaly':{'type':'not_protocol','reason':'no_message_starts_here','offset':0,'app_proto':'htt"
		"p'}}\n"
		"{'complete':true,'http':{'hostname':'p','url':'/2','http_method':'GET','protocol':'HTTP/1.1','s"
		"tatus':200,'request_length':0,'length':0,'trans_depth':2,'rtt_us':1000}}\n",
		.loose = true,
	},
	{
		.name = "no length, but the next answer comes",
		.spec = "RFC 9112 6.3",
		.script =
		Q "GET / HTTP/1.1\r\n"
		"Host: p\r\n"
		"\r\n"
		A "HTTP/1.1 200 OK\r\n"
		"\r\n"
		"body"
		Q "GET /2 HTTP/1.1\r\n"
		"Host: p\r\n"
		"\r\n"
		A "HTTP/1.1 200 OK\r\n"
		"Content-Length: 0\r\n"
		"\r\n",
		.expect =
		"{'complete':true,'http':{'hostname':'p','url':'/','http_method':'GET','protocol':'HTTP/1.1','st"
		"atus':200,'request_length':0,'length':4,'response_mime':'text/plain','trans_depth':1,'rtt_us':1"
		"000}}\n"
		"{'complete':true,'http':{'hostname':'p','url':'/2','http_method':'GET','protocol':'HTTP/1.1','s"
		"tatus':200,'request_length':0,'length':0,'trans_depth':2,'rtt_us':1000}}\n",
		.loose = true,
	},
	{
		.name = "IPv6 host",
		.spec = "RFC 9110 7.2",
		.script =
		Q "GET / HTTP/1.1\r\n"
		"Host: [2001:db8::1]:8443\r\n"
		"\r\n"
		"GET /2 HTTP/1.1\r\n"
		"Host: [2001:db8::1]\r\n"
		"\r\n",
		.expect =
		"{'complete':false,'http':{'hostname':'[2001:db8::1]','http_port':8443,'url':'/','http_method':'"
		"GET','protocol':'HTTP/1.1','request_length':0,'trans_depth':1}}\n"
		"{'complete':false,'http':{'hostname':'[2001:db8::1]','url':'/2','http_method':'GET','protocol':"
		"'HTTP/1.1','request_length':0,'trans_depth':2}}\n",
	},
	{
		.name = "no host",
		.spec = "RFC 9112 3.2",
		.script =
		Q "GET / HTTP/1.1\r\n"
		"\r\n",
		.expect =
		"{'anomaly':{'type':'malformed','reason':'missing_host','offset':0,'app_proto':'http'}}\n"
		"{'complete':false,'http':{'url':'/','http_method':'GET','protocol':'HTTP/1.1','request_length':"
		"0,'trans_depth':1}}\n",
	},
	{
		.name = "JSON, and a type that is not HTML",
		.spec = "events.md",
		.script =
		Q "PATCH /p HTTP/1.1\r\n"
		"Host: p\r\n"
		"Content-Length: 11\r\n"
		"\r\n"
		"{\"a\":[1,2]}"
		A "HTTP/1.1 200 OK\r\n"
		"Content-Type: text/plain\r\n"
		"Content-Length: 24\r\n"
		"\r\n"
		"<title>no title</title> ",
		.expect =
		"{'complete':true,'http':{'hostname':'p','url':'/p','http_method':'PATCH','protocol':'HTTP/1.1',"
		"'status':200,'request_length':11,'request_mime':'application/json','length':24,'http_content_ty"
		"pe':'text/plain','response_mime':'text/html','trans_depth':1,'rtt_us':1000}}\n",
	},
};

#endif
