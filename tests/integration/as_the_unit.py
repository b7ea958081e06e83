#!/usr/bin/env python3
"""as_the_unit.py COMMAND...: becomes COMMAND, with no more families of sockets than packaging/systemd/sekishod.service.in leaves it

What systemd does for RestrictAddressFamilies=: socket() fails with EAFNOSUPPORT for all others.
"""
import ctypes, errno, os, pathlib, re, socket, sys

UNIT = pathlib.Path(__file__).resolve().parents[2] / 'packaging' / 'systemd' / 'sekishod.service.in'
ALLOW, ERRNO, EQUAL, FAMILIES = 0x7fff0000, 0x00050000, 4, 46


class Argument(ctypes.Structure):
    _fields_ = [('number', ctypes.c_uint), ('comparison', ctypes.c_int), ('a', ctypes.c_uint64), ('b', ctypes.c_uint64)]


def allowed():
    return {int(getattr(socket, name)) for name in re.search(r'^RestrictAddressFamilies=(.*)$', UNIT.read_text(), re.M).group(1).split()}


def refuse(families):
    lib = ctypes.CDLL('libseccomp.so.2')
    lib.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(lib.seccomp_init(ctypes.c_uint32(ALLOW)))
    call = lib.seccomp_syscall_resolve_name(b'socket')
    for family in families:
        argument = Argument(0, EQUAL, family, 0)
        assert lib.seccomp_rule_add_array(context, ctypes.c_uint32(ERRNO | errno.EAFNOSUPPORT), call, 1, ctypes.byref(argument)) == 0
    assert lib.seccomp_load(context) == 0


if __name__ == '__main__':
    may = allowed()
    refuse(set(range(FAMILIES)) - may)
    try:
        socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)
        assert socket.AF_NETLINK in may
    except OSError as e:
        assert e.errno == errno.EAFNOSUPPORT and socket.AF_NETLINK not in may, e
    os.execv(sys.argv[1], sys.argv[1:])
