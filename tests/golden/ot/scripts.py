"""name: (IP protocol, server port, what it proves, script)"""
TCP, UDP = 6, 17

CAPTURES = {
    'slmp_tcp': (TCP, 5007, 'Commands of 3E and 4E frames, binary and ASCII, on one connection: reads, writes, remote stop and run, passwords not told.', """
        > [sub]5000 [net]00 [pc]FF [io]FF03 [drop]00 [len]0C00 [timer]1000 [cmd]0104 [sub]0000 [head]640000 [D]A8 [points]0300
        < [sub]D000 [net]00 [pc]FF [io]FF03 [drop]00 [len]0800 [end]0000 [data]0100 0200 0300
        > 5000 00 FF FF03 00 0E00 1000 [cmd]0104 [sub]0300 [head]10000000 [M]9000 [points]0800
        < D000 00 FF FF03 00 0600 [end]0000 [bits]10101010
        > 5400 [serial]3412 [fixed]0000 [net]01 [pc]02 [io]E003 [drop]00 [len]0E00 [timer]0000 [cmd]0114 [sub]0000 [head]F40100 [W]B4 [points]0100 [data]FFFF
        < D400 3412 0000 01 02 E003 00 [len]0B00 [end]51C0 [error info]01 02 E003 00 0114 0000
        > 5000 00 FF FF03 00 0800 1000 [cmd]0210 [sub]0000 [mode]0300
        < D000 00 FF FF03 00 0200 [end]0000
        > 5000 00 FF FF03 00 0600 1000 [cmd]0101 [sub]0000
        < D000 00 FF FF03 00 1400 [end]0000 [name]51303355 44454350 55202020 20202020 [code]6802
        > [sub]35303030 [net]3030 [pc]4646 [io]30334646 [drop]3030 [len]30303138 [timer]30303130 [cmd]30343031 [sub]30303030 [D*]442A [head]303030313030 [points]30303032
        < [sub]44303030 [net]3030 [pc]4646 [io]30334646 [drop]3030 [len]30303043 [end]30303030 [data]31323334 30303032
        > [sub]35343030 [serial]31323334 [fixed]30303030 [net]3030 [pc]4646 [io]30334646 [drop]3030 [len]30303141 [timer]30303130 [cmd]31343031 [sub]30303031 [X]5820 [head]303030304646 [points]30303032 [data]3131
        < [sub]44343030 [serial]31323334 [fixed]30303030 [net]3030 [pc]4646 [io]30334646 [drop]3030 [len]30303034 [end]30303030
        > 5000 00 FF FF03 00 0C00 1000 [cmd]3016 [sub]0000 [length]0400 [password]31323334
        < D000 00 FF FF03 00 0200 [end]0000
        > 5000 00 FF FF03 00 0E00 1000 [cmd]2918 [sub]0000 [pointer]0000 [offset]00000000 [n]0000
        < D000 00 FF FF03 00 0400 0000 0000
        > 5000 00 FF FF03 00 0600 1000 [cmd]7777 [sub]0000
        < D000 00 FF FF03 00 0200 [end]59C0
        > 35303030 3030 4646 30334646 3030 30303138 30303130 [cmd]58343031 30303030 442A 303030313030 30303032
        < D000 00 FF FF03 00 0400 [end]0000 0100
        > 5000 00 FF FF03 00 0A00 1000 [cmd]0110 [sub]0000 [mode]0100 [clear]0000"""),
    'slmp_udp': (UDP, 5010, 'The same over UDP, on a port that nobody knows.', """
        > [sub]5000 [net]00 [pc]FF [io]FF03 [drop]00 [len]0C00 [timer]1000 [cmd]0104 [sub]0000 [head]640000 [D]A8 [points]0300
        < [sub]D000 [net]00 [pc]FF [io]FF03 [drop]00 [len]0800 [end]0000 [data]0100 0200 0300
        > 5000 00 FF FF03 00 0E00 1000 [cmd]0104 [sub]0300 [head]10000000 [M]9000 [points]0800
        < D000 00 FF FF03 00 0600 [end]0000 [bits]10101010
        > 5400 [serial]3412 [fixed]0000 [net]01 [pc]02 [io]E003 [drop]00 [len]0E00 [timer]0000 [cmd]0114 [sub]0000 [head]F40100 [W]B4 [points]0100 [data]FFFF
        < D400 3412 0000 01 02 E003 00 [len]0B00 [end]51C0 [error info]01 02 E003 00 0114 0000
        > 5000 00 FF FF03 00 0800 1000 [cmd]0210 [sub]0000 [mode]0300
        < D000 00 FF FF03 00 0200 [end]0000
        > 5000 00 FF FF03 00 0600 1000 [cmd]0101 [sub]0000
        < D000 00 FF FF03 00 1400 [end]0000 [name]51303355 44454350 55202020 20202020 [code]6802
        > 5000 00 FF FF03 00 0C00 1000 [cmd]3016 [sub]0000 [length]0400 [password]31323334
        < D000 00 FF FF03 00 0200 [end]0000
        > 5000 00 FF FF03 00 0E00 1000 [cmd]2918 [sub]0000 [pointer]0000 [offset]00000000 [n]0000
        < D000 00 FF FF03 00 0400 0000 0000
        > 5000 00 FF FF03 00 0600 1000 [cmd]7777 [sub]0000
        < D000 00 FF FF03 00 0200 [end]59C0
        > 5000 00 FF FF03 00 0A00 1000 [cmd]0110 [sub]0000 [mode]0100 [clear]0000"""),
    'fins_tcp': (TCP, 9600, 'The FINS/TCP handshake, memory commands, run and stop, a frame that is refused.', """
        > [FINS]46494E53 [len]0000000C [cmd]00000000 [err]00000000 [client]00000000
        < 46494E53 00000010 [cmd]00000001 00000000 [client]00000010 [server]00000020
        > 46494E53 0000001A [frame]00000002 00000000 [icf]80 00 [gct]02 [dna]00 [da1]20 [da2]00 [sna]00 [sa1]10 [sa2]00 [sid]07 [mrc]01 [src]01 [dm]82 [addr]0064 [bit]00 [items]0002
        < 46494E53 0000001A 00000002 00000000 C0 00 02 00 10 00 00 20 00 07 0101 [end]0000 00010002
        > 46494E53 0000001C 00000002 00000000 80 00 02 00 20 00 00 10 00 08 0102 [cio bit]30 0000 05 0001 01 00
        < 46494E53 00000016 00000002 00000000 C0 00 02 00 10 00 00 20 00 08 0102 [write protected]2101
        > 46494E53 00000017 00000002 00000000 80 00 02 00 20 00 00 10 00 09 0401 [program]FFFF [monitor]02
        < 46494E53 00000016 00000002 00000000 C0 00 02 00 10 00 00 20 00 09 0401 [end, CPU error flag]0040
        > 46494E53 00000014 00000002 00000000 80 00 02 00 20 00 00 10 00 0A 0402
        > 46494E53 00000014 00000002 00000000 81 00 02 00 20 00 00 10 00 0B [no answer wanted]0306
        < 46494E53 00000008 [frame error]00000003 [no node]00000022
        > 46494E53 00000008 [confirmation]00000006 00000000"""),
    'fins_udp': (UDP, 9600, 'FINS without header: memory read, controller data, a datagram that is none.', """
        > 80 00 02 00 20 00 00 10 00 01 0101 B0 0000 00 0001
        < C0 00 02 00 10 00 00 20 00 01 0101 0000 1234
        > 80 00 02 00 20 00 00 10 00 02 0501
        < C0 00 02 00 10 00 00 20 00 02 0501 0000 [model]434A324D2D435055333320202020202020202020 [version]30322E30312020202020202020202020 20202020
        > 80 01 02 00 20 00 00 10 00 02 0501
        < C0 00 02 00 10 00 00 20 00 05 2203 0000"""),
    's7comm': (TCP, 102, 'Connecting, reads and writes, stop and start, a block downloaded, userdata, fragments; S7comm-plus named.', """
        > [tpkt]0300 0016 [len]11 [CR]E0 0000 0001 00 [size]C0010A [calling]C1020100 [called: pg, rack 0 slot 2]C2020102 [tpkt]0300 0019 [DT]02 F0 80 [s7]32 [job]01 0000 [ref]0100 [p]0008 [d]0000 [setup]F0 00 0001 0001 01E0
        < 0300 0016 11 [CC]D0 0001 0002 00 C0010A C1020100 C2020102 0300 001B 02F080 32 [ack data]03 0000 0100 0008 0000 [err]0000 F0 00 0001 0001 00F0
        > 0300 001F 02F080 32 01 0000 0200 [p]000E [d]0000 [read]04 [n]01 [spec]12 0A 10 [byte]02 [count]0004 [db]0001 [area]84 [bit address]000050
        < 0300 001D 02F080 32 03 0000 0200 [p]0002 [d]0008 [err]0000 04 01 [done]FF [bits]04 0020 [data]DEADBEEF
        > 0300 0037 02F080 32 01 0000 0201 [p]001A [d]000C [write]05 [n]02 12 0A 10 [bit]01 0001 0000 [flags]83 000005 12 0A 10 [timer]1D 0002 0000 [timers]1D 000007 [values]00 03 0001 01 00 00 04 0020 0A0B
        < 0300 0017 02F080 32 03 0000 0201 0002 0002 [err]0000 05 02 [done]FF [no such object]0A
        > 0300 0021 02F080 32 01 0000 0300 [p]0010 [d]0000 [stop]29 0000000000 09 [P_PROGRAM]505F50524F4752414D
        < 0300 0014 02F080 32 03 0000 0300 0001 0000 [err]0000 29
        > 0300 0025 02F080 32 01 0000 0301 [p]0014 [d]0000 [pi]28 000000000000FD [block]0000 09 505F50524F4752414D
        < 0300 0014 02F080 32 03 0000 0301 0001 0000 [busy]8104 28
        > 0300 0031 02F080 32 01 0000 0400 [p]0020 [d]0000 [request download]1A 01 0000 00000000 09 [_0A00001P]5F30413030303031 50 0D 31 303030313034 303030303136
        < 0300 0014 02F080 32 03 0000 0400 0001 0000 0000 1A
        < 0300 0023 02F080 32 [the server asks]01 0000 0500 [p]0012 [d]0000 [download block]1B 00 0000 00000000 09 5F30413030303031 50
        > 0300 001C 02F080 32 03 0000 0500 [p]0002 [d]0007 0000 1B 00 [data]0003 00FB 010203
        > 0300 002B 02F080 32 01 0000 0402 [p]001A [d]0000 28 000000000000FD [block]000A 0100 3041303030303150 05 [_INSE]5F494E5345
        < 0300 0014 02F080 32 03 0000 0402 0001 0000 0000 28
        > 0300 0021 02F080 32 [userdata]07 0000 0600 [p]0008 [d]0008 000112 04 11 [asks, cpu]44 [read szl]01 00 FF 09 0004 [id]0132 [index]0004
        < 0300 0021 02F080 32 07 0000 0600 [p]000C [d]0004 000112 08 12 [answers]84 01 01 00 00 [error]D401 0A000000
        > 0300 001D 02F080 32 07 0000 0601 0008 0004 000112 04 11 [time]47 [set]02 00 0A000000
        > 0300 0025 02F080 32 07 0000 0602 0008 000C 000112 04 11 [security]45 [password]01 00 FF 09 0008 6162636465666768
        < 0300 001D 02F080 32 07 0000 0700 0008 0004 000112 04 12 [the server tells]04 06 00 0A000000
        > 0300 0015 02 F0 [goes on]00 32 01 0000 0800 [p]000E [d]0000 04 01 12 0A 0300 0011 02F080 10 02 0004 0001 84 000050 0300 0007 02F080
        > 0300 0017 02F080 72 01 [len]0008 [request]31 0000 04CA 000000 [trailer]72010000
        < 0300 0017 02F080 72 01 0008 [response]32 0000 04CA 000000 72010000
        > 0300 0017 02F080 72 01 0008 31 0000 04CA 000001 72010000
        > 0300 0011 02F080 32 01 0000 0900 0000 0000
        < 0300 0013 02F080 32 [ack]02 0000 0901 0000 0000 [err]8500"""),
    'enip': (TCP, 44818, 'A session, CIP services with and without connection, several in one, routed, reset; answers with errors.', """
        > [cmd]6500 [len]0400 [session]00000000 [status]00000000 [context]0102030405060708 [options]00000000 [version]0100 [options]0000
        < [cmd]6500 [len]0400 [session]01000000 [status]00000000 [context]0102030405060708 [options]00000000 0100 0000
        > [cmd]6F00 [len]1800 [session]01000000 [status]00000000 [context]0102030405060708 [options]00000000 [interface]00000000 [timeout]0A00 [items]0200 [null]0000 0000 [unconnected]B200 0800 [get attribute single]0E 03 [class]20 01 [instance]24 01 [attribute]30 07
        < [cmd]6F00 [len]1900 [session]01000000 [status]00000000 [context]0102030405060708 [options]00000000 [interface]00000000 [timeout]0A00 [items]0200 [null]0000 0000 [unconnected]B200 0900 8E 00 [done]00 00 [data]0431323334
        > [cmd]6F00 [len]1E00 [session]01000000 [status]00000000 [context]0102030405060708 [options]00000000 [interface]00000000 [timeout]0A00 [items]0200 [null]0000 0000 [unconnected]B200 0E00 [set attribute single]10 04 [class, 16 bits]2100 F500 [instance]24 01 [attribute]30 05 C0A80101
        < [cmd]6F00 [len]1400 [session]01000000 [status]00000000 [context]0102030405060708 [options]00000000 [interface]00000000 [timeout]0A00 [items]0200 [null]0000 0000 [unconnected]B200 0400 90 00 [not settable]0E 00
        > [cmd]7000 [len]2200 [session]01000000 [status]00000000 [context]0000000000000000 [options]00000000 00000000 0000 0200 [address]A100 0400 11223344 [connected]B100 0E00 [seq]0100 [read tag]4C 04 [symbol]91 05 5370656564 00 0100
        < [cmd]7000 [len]2000 [session]01000000 [status]00000000 [own context]1122334455667788 [options]00000000 00000000 0000 0200 [address]A100 0400 11223344 [connected]B100 0C00 [seq]0100 CC 00 00 00 C400 01000000
        > [cmd]7000 [len]2800 [session]01000000 [status]00000000 [context]0000000000000000 [options]00000000 00000000 0000 0200 [address]A100 0400 11223344 [connected]B100 1400 [seq]0200 [write tag]4D 04 91 05 5370656564 00 C400 0100 2A000000
        < [cmd]7000 [len]1A00 [session]01000000 [status]00000000 [own context]1122334455667788 [options]00000000 00000000 0000 0200 [address]A100 0400 11223344 [connected]B100 0600 [seq]0200 CD 00 00 00
        > [cmd]7000 [len]3600 [session]01000000 [status]00000000 [context]0000000000000000 [options]00000000 00000000 0000 0200 [address]A100 0400 11223344 [connected]B100 2200 [seq]0300 [multiple]0A 02 20 02 24 01 [n]0200 [offsets]0600 0E00 [get attribute list]03 02 20 AC 24 01 0100 [write tag]4D 02 91 01 41 00 C400 0100 2A00
        < [cmd]7000 [len]2800 [session]01000000 [status]00000000 [context]0000000000000000 [options]00000000 00000000 0000 0200 [address]A100 0400 11223344 [connected]B100 1400 [seq]0300 8A 00 [partial]1E 00 0200 0600 0A00 8300 0000 CD00 0500
        > [cmd]6F00 [len]2400 [session]01000000 [status]00000000 [context]0102030405060708 [options]00000000 [interface]00000000 [timeout]0A00 [items]0200 [null]0000 0000 [unconnected]B200 1400 [unconnected send]52 02 20 06 24 01 [tick]0A 0E [bytes]0600 [reset]05 02 20 01 24 01 [route]01 00 01 00
        < [cmd]6F00 [len]1400 [session]01000000 [status]00000000 [context]0102030405060708 [options]00000000 [interface]00000000 [timeout]0A00 [items]0200 [null]0000 0000 [unconnected]B200 0400 85 00 [device state]10 00
        > [cmd]6F00 [len]1A00 [session]01000000 [status]00000000 [context]0102030405060708 [options]00000000 [interface]00000000 [timeout]0A00 [items]0200 [null]0000 0000 [unconnected]B200 0A00 [forward open]54 02 20 06 24 01 0A0E0000
        < [cmd]6F00 [len]1600 [session]01000000 [status]00000000 [context]0102030405060708 [options]00000000 [interface]00000000 [timeout]0A00 [items]0200 [null]0000 0000 [unconnected]B200 0600 D4 00 [failed]01 01 0001
        > [cmd]6F00 [len]1700 [session]01000000 [status]00000000 [context]0102030405060708 [options]00000000 [interface]00000000 [timeout]0A00 [items]0200 [null]0000 0000 [unconnected]B200 0700 [initiate upload]4B 02 20 37 24 C8 FF
        > [cmd]6600 [len]0000 [session]01000000 [status]00000000 [context]0102030405060708 [options]00000000
        > [cmd]6F00 [len]1600 [session]01000000 [status]00000000 [context]0102030405060708 [options]00000000 [interface]00000000 [timeout]0A00 [items]0200 [null]0000 0000 [unconnected]B200 0600 01 02 20 01 24 01
        < [cmd]6F00 [len]0000 [session]01000000 [status]64000000 [context]0102030405060708 [options]00000000
        > [cmd]0400 [len]0000 [session]00000000 [status]00000000 [context]0102030405060708 [options]00000000
        < [cmd]6F00 [len]1500 [session]01000000 [status]00000000 [context]0102030405060708 [options]00000000 [interface]00000000 [timeout]0A00 [items]0200 [null]0000 0000 [unconnected]B200 0500 81 00 00 00 00
        > [cmd]6F00 [len]1800 [session]01000000 [status]00000000 [context]0102030405060708 [options]00000000 [interface]00000000 [timeout]0A00 [items]0200 [null]0000 0000 [unconnected]B200 0800 0E 7F 20 01 24 01 30 07"""),
    'focas': (TCP, 8193, 'A flow that nobody reads is named by the shape of its payloads: app_proto_by is signature.', """
        > A0A0A0A0 0001 [open]0101 [len]0002 0002
        < A0A0A0A0 0001 [opened]0102 [len]0008 0001000000000000"""),
    'hart_ip': (UDP, 5094, 'The same over UDP; the shape comes before the guess by port.', """
        > 01 00 [initiate]00 00 0001 [len]000D 01 00007530
        < 01 01 00 00 0001 [len]000D 01 00007530"""),
}
