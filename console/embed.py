#!/usr/bin/env python3
"""embed.py OUTPUT FILE...: makes a C file of the console's page, so that nothing has to be installed beside the program."""
import pathlib, sys

TYPES = {'.html': 'text/html; charset=utf-8', '.css': 'text/css; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.svg': 'image/svg+xml; charset=utf-8'}


def rows(data, wide=24):
    return '\n'.join('\t' + ''.join('0x%02x,' % b for b in data[i:i + wide]) for i in range(0, len(data), wide))


def main(output, *files):
    paths = [pathlib.Path(f) for f in files]
    out = ['/* Made by console/embed.py. */', '#include "app/console/console.h"', '']
    for i, path in enumerate(paths):
        out += ['static const unsigned char file_%d[] = {' % i, rows(path.read_bytes()), '};']
    out += ['', 'const struct console_file console_files[] = {']
    out += ['\t{"/%s", "%s", file_%d, sizeof(file_%d)},' % (path.name, TYPES[path.suffix], i, i) for i, path in enumerate(paths)]
    out += ['};', 'const size_t console_n_files = sizeof(console_files) / sizeof(console_files[0]);', '']
    pathlib.Path(output).write_text('\n'.join(out))


main(*sys.argv[1:])
