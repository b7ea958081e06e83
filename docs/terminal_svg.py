#!/usr/bin/env python3
"""terminal_svg.py < TEXT > PICTURE.svg: what a terminal showed, colours included, as a picture for the README.

Understands the few SGR sequences that sekisho prints. Wide (East Asian) characters take two columns.
"""
import html, re, sys, unicodedata

CELL, LINE, PAD = 7.8, 17, 14
COLOURS = {'31': '#ff7b72', '33': '#e3b341', '36': '#76e3ea', '2': '#8b949e', '1;37;41': '#ffffff'}


def columns(text):
    return sum(2 if unicodedata.east_asian_width(c) in 'WF' else 1 for c in text)


def pieces(line):
    """(column, text, sgr)"""
    at, sgr = 0, ''
    for text, code in re.findall(r'([^\x1b]*)(?:\x1b\[([0-9;]*)m)?', line):
        if text:
            yield at, text, sgr
            at += columns(text)
        if code:
            sgr = '' if code == '0' else code


def main():
    lines = sys.stdin.read().rstrip('\n').split('\n')
    width = PAD * 2 + CELL * max(columns(re.sub(r'\x1b\[[0-9;]*m', '', line)) for line in lines)
    height = PAD * 2 + LINE * len(lines)
    print('<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img">' % (width, height, width, height))
    print('<rect width="100%" height="100%" rx="8" fill="#0d1117"/>')
    print('<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,\'Noto Sans Mono CJK JP\',monospace" font-size="13" fill="#c9d1d9" xml:space="preserve">')
    for n, line in enumerate(lines):
        y = PAD + LINE * n + 13
        for at, text, sgr in pieces(line):
            x = PAD + CELL * at
            if sgr == '1;37;41':
                print('<rect x="%.1f" y="%d" width="%.1f" height="%d" fill="#da3633"/>' % (x, y - 13, CELL * columns(text.rstrip()), LINE))
            # each run is stretched to its columns, so that the picture lines up whatever font is there
            print('<text x="%.1f" y="%d" textLength="%.1f"%s>%s</text>' % (
                x, y, CELL * columns(text), ' fill="%s"' % COLOURS[sgr] if sgr in COLOURS else '', html.escape(text)))
    print('</g></svg>')


if __name__ == '__main__':
    main()
