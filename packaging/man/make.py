#!/usr/bin/env python3
"""make.py --list | LANGUAGE PAGE OUTPUT: makes one manual page, such as `make.py ja sekisho-replay.1 out`.

A page is made of pages/PAGE where that is there (roff of man(7), with the directives below) and of what the programs say of themselves (helptext.py).
Each command of sekisho has a page, with a file in pages/ or without.

    @en, @ja, @end     lines of one language, and of both again
    @head SECTION en | ja   title line and NAME; for a command both come from its help
    @sh WORD           heading of a section, in the language of the page
    @help              SYNOPSIS, DESCRIPTION and OPTIONS of the command
    @ID                the same of another help text, such as @W_DAEMON_HELP
    @keys              every row of config_keys.def
    @columns           every column of the register, as docs/register.md explains it
    @exit              exit status of every command
    @see NAME(N)...    SEE ALSO
"""
import pathlib, re, sys

import helptext

HERE = pathlib.Path(__file__).resolve().parent
PAGES = HERE / 'pages'
HEADINGS = {
    'NAME': '名前', 'SYNOPSIS': '書式', 'DESCRIPTION': '説明', 'OPTIONS': 'オプション', 'COMMANDS': 'コマンド', 'EXAMPLES': '例', 'FILES': 'ファイル',
    'EXIT STATUS': '終了ステータス', 'SEE ALSO': '関連項目', 'NOTES': '注意', 'SIGNALS': 'シグナル', 'ENVIRONMENT': '環境変数', 'SECURITY': 'セキュリティ',
    'KEYS': 'キー', 'COLUMNS': '列', 'ZONES': 'ゾーン', 'CONDUITS': '許可する通信', 'RECEIVERS': 'syslogの送り先', 'CONDITIONS': '条件', 'COUNTING': '計数',
    'TESTS': '試験', 'TEXTS': '文言', 'RECORDS': 'レコード', 'FIELDS': 'フィールド', 'LIFE OF AN ALERT': '警報の状態', 'INTERFACES': 'インターフェース', 'SUBCOMMANDS AND OPTIONS': '操作とオプション', 'BASELINE': '学習',
}
MANUALS = {'1': {'en': 'sekisho commands', 'ja': 'sekishoのコマンド'}, '5': {'en': 'sekisho file formats', 'ja': 'sekishoのファイル形式'},
           '8': {'en': 'sekisho daemon', 'ja': 'sekishoのデーモン'}}
KINDS = {'TEXT': ('text', 'テキスト'), 'PATH': ('path', 'パス'), 'BOOL': ('yes or no', 'yesかno'), 'INT': ('number', '数値'), 'SIZE': ('size', '大きさ'),
         'TEXTS': ('list of texts', 'テキストの一覧'), 'CHOICE': ('one of', '次のどれか'), 'MAP': ('map', 'キーと値の組')}
KNOWN = {'--lang': ('language of what is printed (otherwise from LC_ALL, LC_MESSAGES or LANG)', '表示言語（省略時は LC_ALL、LC_MESSAGES、LANG に従う）'),
         '--version': ('print the version and end', '版を表示して終わる'), '-h': ('print the usage and end', '使い方を表示して終わる')}
EXIT = {'en': ((0, 'done'), (1, 'something is wrong in the input given, or was found wrong'), (2, 'wrong usage'), (3, 'the environment: a file, the disk, memory, a peer')),
        'ja': ((0, '完了'), (1, '与えられた入力に誤りがある、または異常が見つかった'), (2, '使い方の誤り'), (3, '環境の問題（ファイル・ディスク・メモリー・相手先）'))}


DATE = '2026-11-28'  # of the pages, not of the build: two builds give the same bytes
NEVER_FIRST = '、。，．・：；！？）」』】〕〉》ー々ぁぃぅぇぉっゃゅょァィゥェォッャュョ～…'
NEVER_LAST = '（「『【〔〈《'


def version():
    return re.search(r"version: '([^']+)'", (helptext.TOP / 'meson.build').read_text(encoding='utf-8')).group(1)


def pages():
    """every page, in the order of sections"""
    of_files = {p.name for p in PAGES.iterdir() if re.fullmatch(r'[\w.-]+\.[158]', p.name)}
    of_commands = {'sekisho-%s.1' % name for name in helptext.commands()}
    return sorted(of_files | of_commands, key=lambda p: (p[-1], p))


def roff(text):
    """plain text as roff that shows the same"""
    text = text.replace('\\', '\\e').replace('-', '\\-')
    return re.sub(r"^([.'])", r'\\&\1', text)


def breakable(line):
    """a line of Japanese with places where it may be broken, as there are no blanks in it; a request or macro stays as it is"""
    if line[:1] in '.\'' or line.isascii():
        return line
    out = []
    for a, b in zip(line, line[1:] + ' '):
        out.append(a)
        if ' ' not in (a, b) and '\\' not in (a, b) and 2 in (helptext.cells(a), helptext.cells(b)) and a not in NEVER_LAST and b not in NEVER_FIRST:
            out.append('\\:')
    return ''.join(out)


def joined(lines):
    """lines of one paragraph as one: between two wide characters there is no blank"""
    text = lines[0]
    for line in lines[1:]:
        text += ('' if text and line and helptext.cells(text[-1]) == helptext.cells(line[0]) == 2 else ' ') + line
    return text


def short_meanings(language):
    """command -> what the list of commands says of it"""
    rows = re.findall(r'^  (\w+) +(\S.*)$', helptext.words()['W_MAIN_HELP'][language], re.M)
    return {name: meaning for name, meaning in rows}


class Maker:
    def __init__(self, language, page):
        self.language, self.page = language, page
        self.name, self.section = page.rsplit('.', 1)
        self.command = self.name.partition('-')[2] if self.section == '1' else ''
        self.words = helptext.words()
        self.out = []

    def say(self, en, ja):
        return ja if self.language == 'ja' else en

    def heading(self, word):
        self.out.append('.SH ' + self.say(word, HEADINGS[word]))

    def head(self, meaning):
        self.out += ['.\\" Made by packaging/man/make.py; do not edit.',
                     '.TH %s %s %s "sekisho %s" "%s"' % (self.name.upper(), self.section, DATE, version(), MANUALS[self.section][self.language]),
                     '.ad l', '.ds AD l']  # for groff 1.22, and for 1.23, which adjusts anew at each paragraph
        self.heading('NAME')
        self.out.append('%s \\- %s' % (roff(self.name), roff(meaning)))

    def filled(self, lines):
        """roff of a paragraph"""
        if self.language == 'ja':
            return [breakable(roff(joined(lines)))]
        return [roff(line) for line in lines]

    def rows(self, parts):
        for part in parts:
            if part[0] == 'text':
                self.out += ([] if self.out[-1].startswith('.SH') else ['.PP']) + self.filled(part[1])
            else:
                meaning = part[2] or [self.say(*KNOWN.get(part[1].split()[0].rstrip(','), ('\\&', '\\&')))]
                self.out += ['.TP', '.B ' + roff(part[1])] + (self.filled(meaning) if meaning != ['\\&'] else meaning)

    def help(self, word):
        help_ = helptext.Help(self.words[word][self.language])
        self.heading('SYNOPSIS')
        self.out += ['.nf'] + [roff(line) for line in help_.usage] + ['.fi']
        first = next((i for i, p in enumerate(help_.parts) if p[0] == 'row'), len(help_.parts))
        last = max((i + 1 for i, p in enumerate(help_.parts) if p[0] == 'row'), default=first)
        if help_.parts[:first] + help_.parts[last:]:
            self.heading('DESCRIPTION')
            self.rows(help_.parts[:first] + help_.parts[last:])
        rows = help_.parts[first:last]
        self.heading('OPTIONS' if all(p[0] == 'text' or p[1].startswith('-') for p in rows) else 'SUBCOMMANDS AND OPTIONS')
        self.rows(rows)
        said = {p[1].split()[0] for p in rows if p[0] == 'row'}
        self.rows([('row', term, []) for term in ('--lang en|ja', '-h, --help') if term.split()[0] not in said])

    def keys(self):
        for path, kind, least, most, fallback, doc in helptext.config_keys():
            words = fallback.split()
            shape = self.say(*KINDS[kind])
            if kind == 'CHOICE':
                shape += ': ' + ', '.join(words)
                fallback = words[0]
            elif kind == 'INT':
                shape += self.say(', %d to %d', '（%d～%d）') % (least, most)
            fallback = self.say('; default: ', '、既定: ') + fallback if fallback else ''
            self.out += ['.TP', '.B ' + roff(path), *self.filled([doc[self.language]]), '.br', '(%s)' % roff(shape + fallback)]

    def columns(self):
        page = helptext.TOP / self.say('docs/register.md', 'docs/register.ja.md')
        last = page.read_text(encoding='utf-8').split('\n## ')[-1]
        for token, japanese, meaning in re.findall(r'^\| `(\w+)` \| ([^|]+) \| (.+) \|$', last, re.M):
            meaning = re.sub(r'\[([^\]]+)\]\([^)]+\)', r'\1', meaning).replace('`', '').replace('\\|', '|')
            self.out += ['.TP', '.BR %s " (%s)"' % (roff(token), roff(japanese)), *self.filled([meaning])]

    def exits(self):
        self.heading('EXIT STATUS')
        self.rows([('row', str(code), [meaning]) for code, meaning in EXIT[self.language]])

    def see(self, names):
        self.heading('SEE ALSO')
        self.out += ['.BR %s (%s)%s' % (roff(n), s, ',' if i + 1 < len(names) else '')
                     for i, (n, s) in enumerate(re.fullmatch(r'([\w.-]+)\((\d)\)', name).groups() for name in names)]

    def list_commands(self):
        for name in helptext.commands():
            self.out += ['.TP', '.BR %s (1)' % roff('sekisho-' + name), roff(short_meanings(self.language).get(name, ''))]

    def directive(self, line):
        word, _, rest = line[1:].partition(' ')
        if word == 'head':
            self.head([t.strip() for t in rest.split('|')][self.language == 'ja'])
        elif word == 'sh':
            self.heading(rest)
        elif word == 'help':
            self.command_head()
            self.help(helptext.commands()[self.command])
        elif word in self.words:
            self.help(word)
        elif word == 'see':
            self.see(rest.split())
        else:
            {'keys': self.keys, 'columns': self.columns, 'exit': self.exits, 'commands': self.list_commands}[word]()

    def command_head(self):
        self.head(short_meanings(self.language).get(self.command, self.command))

    def make(self):
        source = PAGES / self.page
        text = source.read_text(encoding='utf-8') if source.exists() else '@help\n@exit\n@see sekisho(1) sekisho.yaml(5) sekishod(8)\n'
        only, as_it_is = None, False
        for number, line in enumerate(text.splitlines(), 1):
            try:
                if line in ('@en', '@ja', '@end'):
                    only = line[1:] if line != '@end' else None
                elif only not in (None, self.language):
                    continue
                elif line.startswith('@'):
                    self.directive(line)
                else:
                    as_it_is = line == '.nf' or as_it_is and line != '.fi'
                    self.out.append(line if as_it_is or self.language != 'ja' else breakable(line))
            except (KeyError, AttributeError) as e:
                sys.exit('%s:%d: %s: not understood (%s)' % (source, number, line, e))
        return '\n'.join(self.out) + '\n'


def main():
    if sys.argv[1:] == ['--list']:
        print('\n'.join(pages()))
    elif len(sys.argv) == 4 and sys.argv[1] in helptext.LANGUAGES:
        pathlib.Path(sys.argv[3]).write_text(Maker(sys.argv[1], sys.argv[2]).make(), encoding='utf-8')
    else:
        sys.exit(__doc__)


if __name__ == '__main__':
    main()
