#!/usr/bin/env python3
"""Writes input.pcap of each golden capture of discovery anew: tests/golden/discovery/make.py

A frame is: who sends (MAC), to whom, EtherType, payload; 'udp' stands for IPv4 and UDP between the addresses and ports that follow.
'snap' for 802.3 with LLC and SNAP (organisation and protocol id follow). [labels] are for people, XX*N repeats a byte. Only the standard library is needed.
"""
import os
import re
import struct

PLC, SERVER, PHONE, ALL, LLDP = '0080f4000020', '020000000001', '00085d000030', 'ffffffffffff', '0180c200000e'
CISCO, PROFINET = '01000ccccccc', '010ecf000000'
CLIENT = '[op]01 01 06 00 3903F326 0000 8000 '
REPLY = '[op]02 01 06 00 3903F326 0000 8000 '
CHADDR = '[chaddr]0080F4000020 00*202 [magic]63825363 '

CAPTURES = {
    'arp': [
        (PLC, ALL, 0x0806, '0001 0800 06 04 [probe]0001 0080F4000020 00000000 000000000000 0A0A0114'),
        (PLC, ALL, 0x0806, '0001 0800 06 04 [announcement]0001 0080F4000020 0A0A0114 000000000000 0A0A0114'),
        (PLC, ALL, 0x0806, '0001 0800 06 04 [request]0001 0080F4000020 0A0A0114 000000000000 0A0A01FE'),
        (SERVER, PLC, 0x0806, '0001 0800 06 04 [reply]0002 020000000001 0A0A01FE 0080F4000020 0A0A0114'),
        (SERVER, PLC, 0x0806, '0001 0800 06 04 [reply for another]0002 020000000099 0A0A0163 0080F4000020 0A0A0114'),
        (PLC, ALL, 0x0806, '0001 0800 08 04 [odd length]0001 0080F4000020'),
    ],
    'dhcp': [
        (PLC, ALL, 'udp', '00000000', 68, 'FFFFFFFF', 67, CLIENT + '00*16 ' + CHADDR + '350101 [client id]3D07010080F4000020 [requested]32040A0A0114 '
         '[host name]0C04504C4331 [class]3C084D53465420352E30 [parameters]37040103060F FF'),
        (SERVER, ALL, 'udp', '0A0A0101', 67, 'FFFFFFFF', 68, REPLY + '00*4 0A0A0114 00*8 ' + CHADDR + '350102 36040A0A0101 330400000E10 03040A0A01FE FF'),
        (PLC, ALL, 'udp', '00000000', 68, 'FFFFFFFF', 67, CLIENT + '00*16 ' + CHADDR + '350103 36040A0A0101 32040A0A0114 FF'),
        (SERVER, ALL, 'udp', '0A0A0101', 67, 'FFFFFFFF', 68, REPLY + '00*4 0A0A0114 00*8 ' + CHADDR + '350105 36040A0A0101 330400000E10 FF'),
        (SERVER, ALL, 'udp', '0A0A02FE', 67, '0A0A0101', 67, CLIENT + '00*12 [relay]0A0A02FE ' + CHADDR + '350103 [relay]520C 0104 00040001 0204 AABBCCDD FF'),
    ],
    'lldp': [
        (SERVER, LLDP, 0x88cc, '[chassis]0207 04 020000000000 [port]0406 05 67652D3031 [ttl]0602 0078 [port]080555706C6B31 [name]0A0453573031 '
         '[description]0C034F5331 [capabilities]0E0400140004 [management]100C 05 01 0A0A01FA 02 00000001 00 [PVID]FE06 0080C2 01 000A '
         '[VLAN]FE0A 0080C2 03 0014 03504C43 0000'),
        (PHONE, LLDP, 0x88cc, '[chassis]0206 05 01 0A0A0111 [port]0407 03 00085D000030 [ttl]0602 003C [capabilities]0E0400240024 '
         '[hardware]FE050012BB0541 [firmware]FE060012BB064231 [software]FE060012BB074332 [serial]FE060012BB085331 [maker]FE070012BB0941434D '
         '[model]FE060012BB0A5438 [asset]FE060012BB0B3432 0000'),
        (SERVER, LLDP, 0x88cc, '[chassis]0207 04 020000000000 [no port]0602 0078 0000'),
    ],
    'cdp': [
        (SERVER, CISCO, 'snap', '00000c2000', '[version]02 [ttl]B4 [checksum]0000 [device id]0001 0006 5331 [version]0005 001F '
         '494F53202876292C2056657273696F6E203132 2E322834292C2052 [platform]0006 000B 57532D33353630 [addresses]0002 0011 00000001 01 01 CC 0004 0A0A01FA '
         '[port]0003 0008 47693031 [capabilities]0004 0008 00000029 [VTP]0009 0007 504C43 [native vlan]000A 0006 0064 [name]0014 0008 53573031 '
         '[location]0017 0006 00 41'),
        (SERVER, CISCO, 'snap', '00000c2000', '02 78 0000 [device id]0001 0006 5331 [port beyond the end]0003 0040 47'),
        (SERVER, CISCO, 'snap', '00000c2004', '[DTP is not CDP]01 0001 0005 00'),
    ],
    'profinet_dcp': [
        (SERVER, PROFINET, 0x8892, 'FEFE 05 00 01000001 0001 0008 [who is plc-1?]0202 0005 706C632D31 00'),
        (PLC, SERVER, 0x8892, '[frame]FEFF [identify]05 [success]01 [xid]01000001 0000 [length]003E [type]0201 0009 0000 455432303053 50 00 '
         '[name]0202 0007 0000 706C632D31 00 [id]0203 0006 0000 002A 0301 [role]0204 0004 0000 01 00 [ip]0102 000E 0001 0A0A0114 FFFFFF00 0A0A01FE'),
        (PLC, PROFINET, 0x8892, 'FEFC 06 00 01000001 0000 0014 [name]0202 0006 0000 706C6331 [alias]0206 0005 0000 703031 00'),
        (SERVER, PLC, 0x8892, 'FEFD [set]04 00 01000002 0000 001C [name, for good]0202 0006 0001 706C6332 [ip]0102 000E 0001 0A0A010B FFFFFF00 00000000'),
        (PLC, SERVER, 0x8892, 'FEFD [set, done]04 01 01000002 0000 0008 [response]0504 0003 0202 00 00'),
        (SERVER, PLC, 0x8892, 'FEFD 04 00 01000003 0000 0006 [reset to factory]0506 0002 0002'),
        (PLC, SERVER, 0x8892, '[cyclic data]8001 80*40 0001 35 00'),
        (PLC, SERVER, 0x8892, 'FEFF 05 01 01000001 0000 0008 [beyond the end]0202 0040 0000 7063'),
    ],
}


def unhex(text):
    out = bytearray()
    for byte, times in re.findall(r'([0-9A-Fa-f]{2})(?:\*(\d+))?', re.sub(r'\[[^\]]*\]', ' ', text)):
        out += bytes.fromhex(byte) * int(times or 1)
    return bytes(out)


def checksum(data):
    total = sum(struct.unpack('!%dH' % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def udp(src, src_port, dest, dest_port, data):
    src, dest = bytes.fromhex(src), bytes.fromhex(dest)
    head = struct.pack('!BBHHHBBH', 0x45, 0, 28 + len(data), 0, 0, 64, 17, 0) + src + dest
    return head[:10] + struct.pack('!H', checksum(head)) + head[12:] + struct.pack('!HHHH', src_port, dest_port, 8 + len(data), 0) + data


def main():
    top = os.path.dirname(os.path.abspath(__file__))
    for name, frames in CAPTURES.items():
        os.makedirs(os.path.join(top, name), exist_ok=True)
        with open(os.path.join(top, name, 'input.pcap'), 'wb') as f:
            f.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
            for i, (src, dest, kind, *rest) in enumerate(frames):
                payload = unhex(rest[-1])
                if kind == 'udp':
                    kind, payload = 0x0800, udp(*rest[:4], payload)
                elif kind == 'snap':
                    payload = b'\xaa\xaa\x03' + bytes.fromhex(rest[0]) + payload
                    kind = len(payload)
                frame = bytes.fromhex(dest + src) + struct.pack('!H', kind) + payload
                if len(frame) < 60 and not (name == 'arp' and i == len(frames) - 1):
                    frame += b'\0' * (60 - len(frame))
                f.write(struct.pack('<IIII', 1763771640 + i, 0, len(frame), len(frame)) + frame)


if __name__ == '__main__':
    main()
