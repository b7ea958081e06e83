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
}
