/*
 * Conversations made to cost more than they weigh, beside ordinary ones of their protocol: the usual comes first, and what
 * follows it up to the next usual is held against it. Add a row, not a function.
 *
 * `first` is said once (or first_times), then `again` until there are bytes enough. Both are scripts of dissect_harness.h,
 * or text in which Q and A stand before what the client and the server say. They are formats, too: the first argument is
 * a number that counts up, the second four times the same as four bytes in the other order; of the third to fifth the same is
 * true for the numbers between. The sixth is the first as four bytes in the other order.
 */
#ifndef SEKISHO_TESTS_SLOW_TALKS_H
#define SEKISHO_TESTS_SLOW_TALKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "talk_words.h"

struct talk;

struct slow_talk {
	const char *name;
	uint16_t port;
	bool text; /* the scripts are */
	bool udp;  /* each step is a datagram */
	bool raw;  /* each step is a frame, from the Ethernet header on */
	/**
	 * What is said again and again makes no record: no message, one without an end, or one that is refused. All other
	 * rows must make more records than `first` alone, a usual one no anomaly.
	 */
	bool untold;
	const char *first;
	unsigned first_times; /* 0: once */
	const char *again;
	const char *filler;    /* text: put behind `again`, so many bytes of it */
	size_t filler_bytes;
	size_t step;    /* bytes of a segment, a datagram or a frame; 0: SEGMENT_BYTES */
	size_t lost_at; /* the client's segment with this byte is missing; 0: none */
	size_t turned;  /* so many segments at a time come in reverse order; 0: none do */
	size_t woven;   /* of so many segments every other one comes first, then those between; 0: they come in order */
	void (*make)(struct talk *t); /* where a script will not do */
};

static void dns_jumps(struct talk *t);
static void fragments(struct talk *t);

static const struct slow_talk slow_talks[] = {
	{"modbus: usual", 502, .again = MODBUS_ASKS MODBUS_ANSWERS},
	{"modbus: nobody answers", 502, .again = MODBUS_ASKS},
	{"modbus: strangers' answers", 502, .first = MODBUS_ASKS, .first_times = 200, .again = "< FFFF 0000 0005 1103 02 0007"},
	{"modbus: zeros", 502, .untold = true, .first = MODBUS_ASKS MODBUS_ANSWERS, .first_times = 4, .again = "> 00*64"},
	{"modbus: lengths everywhere", 502, .untold = true, .first = MODBUS_ASKS MODBUS_ANSWERS, .first_times = 4, .again = "> 00000100 00000100 00000100"},
	{"modbus: the same, lost", 502, .untold = true, .first = MODBUS_ASKS MODBUS_ANSWERS, .first_times = 4, .again = "> 00000100 00000100 00000100", .lost_at = 7000},
	{"modbus: zeros, lost", 502, .untold = true, .first = MODBUS_ASKS MODBUS_ANSWERS, .first_times = 4, .again = "> 000000FA", .lost_at = 7000},
	{"modbus: byte by byte", 502, .again = MODBUS_ASKS MODBUS_ANSWERS, .step = 1},
	{"modbus: back to front", 502, .again = MODBUS_ASKS MODBUS_ANSWERS, .step = 73, .turned = 200},
	{"modbus: every other first", 502, .again = MODBUS_ASKS MODBUS_ANSWERS, .step = 4, .woven = 1800},

	{"http: usual", 80, true, .again = Q "GET /index.html HTTP/1.1\r\nHost: plc1\r\nUser-Agent: hmi/1.0\r\n\r\n"
					   A "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 20\r\n\r\n<html>01234567890123"},
	{"http: nobody answers", 80, true, .again = Q "G / HTTP/1.1\n\n"},
	{"http: late answers", 80, true, .first = Q "G / HTTP/1.1\n\n", .first_times = 900, .again = Q "G / HTTP/1.1\n\n" A "HTTP/1.1 204 \n\n"},
	{"http: methods, lost", 80, true, .untold = true, .first = HTTP_PAIR, .again = Q "GET ", .lost_at = 3000},
	{"http: request lines, lost", 80, true, .untold = true, .first = HTTP_PAIR, .again = Q "GET / HTTP/1.1\nA", .lost_at = 3000},
	{"http: capitals, lost", 80, true, .untold = true, .first = HTTP_PAIR, .again = Q "A ", .lost_at = 3000},
	{"http: headers", 80, true, .first = Q "GET / HTTP/1.1\r\n", .again = Q "a:\n"},
	{"http: folded lines", 80, true, .first = Q "GET / HTTP/1.1\r\nA: b\n", .again = Q " \n"},
	{"http: codings", 80, true, .first = Q "GET / HTTP/1.1\r\nTransfer-Encoding: ", .again = Q "a,"},
	{"http: lengths", 80, true, .first = Q "GET / HTTP/1.1\r\nContent-Length: ", .again = Q "1,"},
	{"http: a long target", 80, true, .first = Q "GET /", .again = Q "?a&"},
	{"http: chunks of a byte", 80, true, .untold = true, .first = Q "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", .again = Q "1\r\nx\r\n"},
	{"http: blank lines", 80, true, .untold = true, .first = HTTP_PAIR, .again = Q "\r\n"},
	{"http: junk", 80, true, .untold = true, .first = HTTP_PAIR, .again = Q "\3\n"},
	{"http: no versions", 80, true, .untold = true, .first = HTTP_PAIR, .again = Q "G /\n"},
	{"http: heads byte by byte", 80, true, .first = HTTP_PAIR Q "GET / HTTP/1.1\r\n", .again = Q "a:\n", .step = 1},
	{"http: titles", 80, true, .again = HTTP_PAIR HTTP_BODY, .filler = "<titl<meta charset=", .filler_bytes = 16000},
	{"http: forms", 80, true, .again = Q HTTP_FORM X16(X4("u=&p")) X16("u=&p") X16("u=&p") X4("u=&p") A "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"},

	{"smb2: usual", 445, .again = SMB2_ASKS SMB2_ANSWERS},
	{"smb2: nobody answers", 445, .again = SMB2_ASKS},
	{"smb2: compounds", 445, .again = SMB2_FOUR(">", "00000000")},
	{"smb2: strangers' answers", 445, .first = SMB2_ASKS, .first_times = 600, .again = SMB2_FOUR("<", "01000000")},
	{"smb2: unknown files", 445, .again = "> 00000058 " SMB2("0600", "00000000", "00000000", "%2$08x") "1800 00*6 %2$08x 00*12 "},
	{"smb2: dialects", 445, .again = "> 00000108 " SMB2("0000", "00000000", "00000000", "%2$08x") "2400 5000 00*32 11*160 00*4 "},
	{"smb2: LZNT1", 445, .first = SMB2_ASKS SMB2_ANSWERS, .again = SMB2_PACKED("0100", "BF")},
	{"smb2: LZ77", 445, .first = SMB2_ASKS SMB2_ANSWERS, .again = SMB2_PACKED("0200", "FF")},
	{"smb2: LZ77 with Huffman", 445, .first = SMB2_ASKS SMB2_ANSWERS, .again = SMB2_PACKED("0300", "99")},
	{"smb2: patterns", 445, .first = SMB2_ASKS SMB2_ANSWERS, .again = SMB2_PACKED("0400", "11")},
	{"smb2: magic, lost", 445, .untold = true, .first = SMB2_ASKS SMB2_ANSWERS, .first_times = 60, .again = "> 00000040 FE534D42", .lost_at = 1500},
	{"smb2: keep-alives", 445, .untold = true, .first = SMB2_ASKS SMB2_ANSWERS, .again = "> 85000000"},
	{"smb2: nothing", 445, .untold = true, .first = SMB2_ASKS SMB2_ANSWERS, .again = "> 00000000"},

	{"smb1: usual", 445, .again = SMB1(">", "2B", "18", "25", "0101000000 ") SMB1("<", "2B", "98", "25", "0101000000 ")},
	{"smb1: nobody answers", 445, .again = SMB1(">", "2B", "18", "25", "0101000000 ")},
	{"smb1: parts", 445, .again = SMB1(">", "32", "18", "41", "0E C8 00*31 ") SMB1(">", "33", "18", "41", "0E C8 00*31 ")},
	{"smb1: chains", 445, .again = SMB1(">", "74", "18", "60", "02 74 00 2800 000000 02 74 00 3000 000000 02 74 00 3800 000000 02 74 00 4000 000000 "
									 "02 74 00 4800 000000 02 74 00 5000 000000 02 74 00 5800 000000 02 FF 00 0000 000000 ")},

	{"opcua: usual", 4840, .first = OPCUA_HELLO, .again = OPCUA_ASKS OPCUA_ANSWERS},
	{"opcua: nobody answers", 4840, .first = OPCUA_HELLO, .again = OPCUA_ASKS},
	{"opcua: in two chunks", 4840, .first = OPCUA_HELLO OPCUA_ASKS, .first_times = 300, .again = "> " OPCUA("43", "19000000") "01 " OPCUA("46", "19000000") "00 "},
	{"opcua: aborted", 4840, .first = OPCUA_HELLO, .again = "> " OPCUA("43", "19000000") "01 " OPCUA("41", "20000000") "00*8 "},
	{"opcua: many Variants", 4840, .first = OPCUA_HELLO, .again = OPCUA_WRITES("4D050000") "98 00050000 00*1280 "},
	{"opcua: Variants in Variants", 4840, .first = OPCUA_HELLO, .again = OPCUA_WRITES("89010000") X16(X4("98 01000000 ")) "00 "},
	{"opcua: many node ids", 4840, .first = OPCUA_HELLO, .again = OPCUA_WRITES("4D040000") "91 00020000 00*1024 "},
	{"opcua: beginnings", 4840, .untold = true, .first = OPCUA_HELLO, .again = "> 4D534746 000000 4D53"},
	{"opcua: headers, lost", 4840, .first = OPCUA_HELLO, .again = "> 4D534746 60EA0000", .lost_at = 3000},

	{"slmp: usual", 5007, .again = SLMP_ASKS SLMP_ANSWERS},
	{"slmp: nobody answers", 5007, .again = SLMP_ASKS},
	{"s7comm: usual", 102, .first = S7_HELLO, .again = S7_ASKS S7_ANSWERS},
	{"s7comm: nobody answers", 102, .first = S7_HELLO, .again = S7_ASKS},
	{"s7comm: TPKT", 102, .untold = true, .first = S7_HELLO S7_ASKS S7_ANSWERS, .again = "> 03000300", .lost_at = 3000},
	{"enip: usual", 44818, .again = ENIP(">") ENIP("<")},
	{"enip: nobody answers", 44818, .again = ENIP(">")},
	{"enip: commands, lost", 44818, .untold = true, .first = ENIP(">"), .first_times = 100, .again = "> 64000000", .lost_at = 3000},

	{"dns: usual", 5353, .udp = true, .again = "> 0000 8400 0000 0001 00*4 05706C633031056C6F63616C00 0001 8001 00000078 0004 C0A80001 00*1421 "},
	{"dns: names of names", 5353, .udp = true, .untold = true, .make = dns_jumps},

	{"frames: usual", .raw = true, .step = 74, .again = UDP_FRAME("9C40 9C41")},
	{"frames: a flow each", .raw = true, .step = 74, .again = UDP_FRAME("9C40 %1$04x")},
	{"frames: IP in IP", .raw = true, .step = 182, .again = "> 020000000001 020000000002 0800 " IP_IN_IP("00A8") IP_IN_IP("0094") IP_IN_IP("0080")
		IP_IN_IP("006C") IP_IN_IP("0058") IP_IN_IP("0044") IP_IN_IP("0030") "4500 001C 0000 0000 4011 0000 0A000001 0A000002 9C40 9C41 0008 0000 "},
	{"frames: fragments", .raw = true, .step = 42, .make = fragments},
};

#endif
