"""helptext.py: reads what the programs say of themselves from the sources they say it from: words.def, the table of commands, config_keys.def.

Shared by the makers of the man pages and of the completion, so that neither has a list of its own.
"""
import pathlib, re, unicodedata

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
APP = TOP / 'daemon/app'
STRING = r'"(?:\\.|[^"\\])*"'
STRINGS = r'(?:%s\s*)+' % STRING
LANGUAGES = ('en', 'ja')


def unquote(literals):
    """the text of adjacent C string literals"""
    text = ''.join(s[1:-1] for s in re.findall(STRING, literals))
    return re.sub(r'\\(.)', lambda m: {'n': '\n', 't': '\t'}.get(m.group(1), m.group(1)), text)


def words():
    """id -> {en, ja} of words.def and what it includes"""
    source = (APP / 'words.def').read_text(encoding='utf-8')
    source = re.sub(r'^#include "(.+)"$', lambda m: (APP.parent / m.group(1)).read_text(encoding='utf-8'), source, flags=re.M)
    return {m.group(1): {'en': unquote(m.group(2)), 'ja': unquote(m.group(3))}
            for m in re.finditer(r'WORD\((\w+),\s*(%s),\s*(%s)\)' % (STRINGS, STRINGS), source)}


def commands():
    """command of sekisho -> id of its help, in the order of the source"""
    return dict(re.findall(r'\{"(\w+)", cmd_\w+, (W_\w+)\}', (APP / 'sekisho.c').read_text(encoding='utf-8')))


def config_keys():
    """rows of config_keys.def: path, kind, least, most, default, {en, ja}"""
    source = (APP / 'config_keys.def').read_text(encoding='utf-8')
    row = r'^(?:KEY|SECRET|SHOWN)\(("[^"]+"), (\w+), (\d+), (\d+), (%s), [\w.\[\]]+, (%s), (%s)\)' % (STRING, STRINGS, STRINGS)
    rows = [(unquote(m[0]), m[1], int(m[2]), int(m[3]), unquote(m[4]), {'en': unquote(m[5]), 'ja': unquote(m[6])}) for m in re.findall(row, source, re.M)]
    assert len(rows) == len(re.findall(r'^(?:KEY|SECRET|SHOWN)\(', source, re.M)), 'config_keys.def has rows of a shape that is not known here'
    return rows


def cells(text):
    """columns of a terminal that a text takes"""
    return sum(2 if unicodedata.east_asian_width(c) in 'WF' else 1 for c in text)


def cut(text, columns):
    """a text in two, where so many columns are full; None where a wide character stands across it"""
    for i in range(len(text) + 1):
        if cells(text[:i]) == columns:
            return text[:i], text[i:]
    return None


class Help:
    """a help text in parts: usage lines; then paragraphs, headings and rows of term and meaning, in their order"""

    def __init__(self, text):
        usage, _, rest = text.partition('\n\n')
        self.usage = [re.sub(r'^(usage:|使い方:) ', '', line).rstrip() for line in usage.splitlines()]
        indent = re.match(r'\S+ ', usage)
        margin = cells(indent.group(0)) if indent else 0
        self.usage = [self.usage[0]] + [line[margin:] if line.startswith(' ' * margin) else line for line in self.usage[1:]]
        self.parts = []
        block = []
        for line in rest.splitlines() + ['']:
            if line:
                block.append(line)
            elif block:
                self.take(block)
                block = []

    def take(self, block):
        """one run of lines between empty ones"""
        for line in block:
            depth = len(line) - len(line.lstrip(' '))
            last = self.parts[-1] if self.parts else None
            if depth == 0:
                if last and last[0] == 'text' and line != block[0]:
                    last[1].append(line)
                else:
                    self.parts.append(('text', [line]))
            elif last and last[0] == 'row' and line != block[0] and depth >= 10:
                last[2].append(line.strip())
            else:
                self.parts.append(('row', *self.split(line)))

    @staticmethod
    def split(line):
        """term and meaning of a row: at two blanks, else where the other rows have their meaning"""
        halves = re.split(r'\s{2,}', line.strip(), maxsplit=1)
        for columns in (22, 21, 20):
            at = cut(line, columns)
            if len(halves) == 1 and line.startswith('      ') and at and at[0].endswith(' ') and at[1].strip():
                return at[0].strip(), [at[1].strip()]
        return halves[0], halves[1:]


def options(text):
    """the options that a help text names, long and short"""
    return sorted(set(re.findall(r'(?<![\w-])(--[a-z][a-z-]*|-[a-z])(?![\w-])', text)))


def choices(text):
    """option -> the words it may be followed by"""
    return {m[0]: m[1].split('|') for m in re.findall(r'(--[a-z-]+) ([a-z0-9-]+(?:\|[a-z0-9-]+)+)', text)}


def subcommands(command, text):
    """what may stand after a command"""
    found = []
    for line in Help(text).usage:
        m = re.match(r'sekisho (\S+)\s+([a-z]+(?:\|[a-z]+)*)(?:\s|$)', line)
        if m and command in m.group(1).split('|'):
            found += [w for w in m.group(2).split('|') if w not in found]
    return found
