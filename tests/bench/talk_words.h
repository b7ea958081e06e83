/*
 * What conversations are made of: scripts of dissect_harness.h that are formats, too (slow_talks.h says of which arguments),
 * or text in which Q and A stand before what the client and the server say.
 */
#ifndef SEKISHO_TESTS_TALK_WORDS_H
#define SEKISHO_TESTS_TALK_WORDS_H

#define Q "\1"
#define A "\2"
#define X4(s) s s s s
#define X16(s) X4(X4(s))

#define MODBUS_ASKS "> %1$04x 0000 0006 1103 0000 0001 "
#define MODBUS_ANSWERS "< %1$04x 0000 0005 1103 02 0007 "

#define HTTP_PAIR Q "GET / HTTP/1.1\r\nHost: a\r\n\r\n" A "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
#define HTTP_FORM "POST /l HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 400\r\n\r\n"
#define HTTP_BODY A "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 16000\r\n\r\n"

#define SMB2(command, flags, next, id) \
	"FE534D42 4000 0000 00000000 " command " 0100 " flags " " next " " id " 00000000 00000000 01000000 0100000000000000 00*16 "
#define SMB2_ASKS "> 00000044 " SMB2("0D00", "00000000", "00000000", "%2$08x") "0400 0000 "
#define SMB2_ANSWERS "< 00000044 " SMB2("0D00", "01000000", "00000000", "%2$08x") "0400 0000 "
#define SMB2_FOUR(side, flags) \
	side " 00000120 " SMB2("0D00", flags, "48000000", "%2$08x") "0400 00*6 " SMB2("0D00", flags, "48000000", "%3$08x") "0400 00*6 " \
	SMB2("0D00", flags, "48000000", "%4$08x") "0400 00*6 " SMB2("0D00", flags, "00000000", "%5$08x") "0400 00*6 "
#define SMB2_PACKED(kind, byte) "> 000001A0 FC534D42 00001000 " kind " 0000 00000000 " byte "*400 "
#define SMB1(side, command, flags, bytes, words) \
	side " 000000" bytes " FF534D42 " command " 00000000 " flags " 0140 0000 00*8 0000 0100 0100 0100 %1$04x " words

#define OPCUA_HELLO \
	"> 48454C46 32000000 00000000 FFFF0000 FFFF0000 00000000 00000000 120000006F70632E7463703A2F2F706C633A34383430 " \
	"< 41434B46 1C000000 00000000 FFFF0000 FFFF0000 00000000 00000000 "
#define OPCUA(flag, size) "4D5347" flag " " size " 07000000 01000000 %6$08x %2$08x "
#define OPCUA_ASKS "> " OPCUA("46", "3A000000") "0100 D901 0000 00*8 00*4 00*4 FFFFFFFF 00*4 00*3 00 "
#define OPCUA_ANSWERS "< " OPCUA("46", "34000000") "0100 DC01 00*8 00*4 00*4 00 00*4 00*3 "
#define OPCUA_WRITES(size) \
	"> " OPCUA("46", size) "0100 A102 0000 00*8 00*4 00*4 FFFFFFFF 00*4 00*3 01000000 0005 0D000000 FFFFFFFF 01 "

#define S7_HELLO \
	"> 03000016 11E0 0000 0001 00 C0010A C1020100 C2020102 < 03000016 11D0 0001 0001 00 C0010A C1020100 C2020102 "
#define S7_ASKS "> 0300001F 02F080 32010000 %1$04x 000E 0000 0401 120A10 02 0002 0001 84 000000 "
#define S7_ANSWERS "< 0300001B 02F080 32030000 %1$04x 0002 0006 0000 0401 FF04 0010 0001 "
#define ENIP(side) side " 6300 0000 00*4 00*4 %2$08x 00000000 00*4 "
#define SLMP_ASKS "> 5000 00FFFF0300 0C00 1000 0104 0000 000000A8 0100 "
#define SLMP_ANSWERS "< D000 00FFFF0300 0400 0000 0100 "
#define UDP_FRAME(ports) \
	"> 020000000001 020000000002 0800 4500 003C %1$04x 0000 4011 0000 0A000001 0A000002 " ports " 0028 0000 %2$08x 00*28 "
#define IP_IN_IP(length) "4500 " length " 0000 0000 4004 0000 0A000001 0A000002 "

#endif
