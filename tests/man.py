#!/usr/bin/env python3
"""man.py pages|form|completion BUILD: are the manual pages and the completion those of the programs that were built?

pages: each command, each option that a --help names, each key of the configuration, each column of the register and each key that a reader of
YAML accepts stands in its page, in both languages; every page that SEE ALSO names is there. form: mandoc and man have no complaint (77 where they are
missing). completion: bash offers each command, subcommand and option.
"""
import os, pathlib, re, shutil, subprocess, sys

TOP = pathlib.Path(__file__).resolve().parent.parent
LANGUAGES = ('en', 'ja')


def run(*args, **more):
    return subprocess.run([str(a) for a in args], capture_output=True, text=True, timeout=120, **more)


def plain(page):
    """a page as text, without roff's escapes"""
    return re.sub(r'\\[:&]', '', page.read_text(encoding='utf-8').replace('\\-', '-').replace('\\e', '\\'))


def named_options(text):
    return set(re.findall(r'(?<![\w-])(--[a-z][a-z-]*|-[a-z])(?![\w-])', text))


def names(source, *after):
    """the strings of a table in C: what stands between the first { behind each word and its }"""
    text = (TOP / source).read_text(encoding='utf-8')
    for word in after:
        at = text.index('{', text.index(word))
        yield from re.findall(r'"([^"]+)"', text[at:text.index('}', at)])


def missing(page, text, what, wanted):
    return ['%s: %s %s is missing' % (page, what, w) for w in wanted if not re.search(r'(?<![\w-])%s(?![\w-])' % re.escape(w), text)]


class Built:
    def __init__(self, build):
        self.build = build
        self.sekisho, self.sekishod = build / 'sekisho', build / 'sekishod'
        main = run(self.sekisho, '--help').stdout
        self.commands = re.findall(r'^  ([a-z]+) ', main, re.M)
        # a command that the list of the help forgets is one all the same
        self.commands += [c for c in re.findall(r'\{"(\w+)", cmd_', (TOP / 'daemon/app/sekisho.c').read_text()) if c not in self.commands]

    def page(self, language, name):
        return self.build / 'packaging/man' / language / name

    def help(self, command, language='en'):
        return run(self.sekisho, *([command] if command else []), '--help', '--lang', language).stdout


def check_pages(b):
    wrong = []
    keys = [line.split()[0] for line in run(b.sekisho, 'config', 'keys').stdout.splitlines()]
    columns = [line.split()[0] for line in run(b.sekisho, 'register', 'columns').stdout.splitlines()[1:]]
    if len(b.commands) < 20 or len(keys) < 60 or len(columns) < 60:
        wrong.append('only %d commands, %d keys, %d columns were found' % (len(b.commands), len(keys), len(columns)))
    tables = {
        'sekisho.yaml.5': (('key', keys), ('key', names('daemon/app/config_syslog.c', 'read_tls', 'static const char *const known[] = {"name"')),
                           ('key', names('daemon/app/config.c', 'other_top[]'))),
        'sekisho-zones.5': (('key', names('daemon/ledger/site.c', 'known[] = {"id"', 'fa_tokens[]')), ('key', names('daemon/ledger/site_conduit.c', 'known[]')),
                            ('key', names('daemon/ledger/site_extras.c', 'known[] = {"learn_from"')), ('key', ('model', 'time_zone', 'level_names'))),
        'sekisho-rules.5': (('key', names('rules/engine/rule_read.c', 'rule_keys[]')),),
        'sekisho-register.5': (('column', columns),),
        'sekisho-indicators.5': (('type', names('rules/engine/indicators.c', 'indicator_types[', 'columns[]')),),
        'sekisho-tags.5': (('column', names('daemon/ledger/setpoint.c', 'column_names[', 'type_names[')),),
        'sekisho-events.5': (('record', re.findall(r'^## (\w+)', run(b.sekisho, 'decode', '--fields').stdout, re.M)),),
    }
    tables = {page: [(what, list(wanted)) for what, wanted in rows] for page, rows in tables.items()}
    for language in LANGUAGES:
        pages = {'sekisho-%s.1' % c: named_options(b.help(c, language)) for c in b.commands}
        pages['sekisho.1'] = named_options(b.help('', language)) | {'sekisho-' + c for c in b.commands}
        pages['sekishod.8'] = named_options(run(b.sekishod, '--help', '--lang', language).stdout)
        for name in list(pages) + list(tables):
            path = b.page(language, name)
            if not path.exists():
                wrong.append('%s/%s: there is no such page' % (language, name))
                continue
            text = plain(path)
            shown = '%s/%s' % (language, name)
            wrong += missing(shown, text, 'option', sorted(pages.get(name, ())))
            for what, wanted in tables.get(name, ()):
                if not wanted:
                    wrong.append('%s: no %s was found to look for' % (shown, what))
                wrong += missing(shown, text, what, wanted)
            wrong += ['%s: SEE ALSO names %s, which is not there' % (shown, to) for to in
                      ('%s.%s' % pair for pair in re.findall(r'^\.BR (\S+) \((\d)\),?$', text, re.M)) if not b.page(language, to).exists()]
            if language == 'ja' and not re.search(r'[ぁ-ん]', text.split('.SH', 2)[-1]):
                wrong.append('%s: has no Japanese' % shown)
    return wrong, '%d commands, %d keys, %d columns, in both languages' % (len(b.commands), len(keys), len(columns))


def check_form(b):
    if not shutil.which('mandoc') or not shutil.which('man') or not shutil.which('groff'):
        print('mandoc, man or groff is not installed')
        sys.exit(77)
    wrong = []
    pages = sorted(p for language in LANGUAGES for p in (b.build / 'packaging/man' / language).glob('*.[158]'))
    environment = {**os.environ, 'LC_ALL': 'C.UTF-8', 'MANROFFSEQ': '', 'MANWIDTH': '80'}
    for page in pages:
        lint = run('mandoc', '-Tlint', '-W', 'warning', page)
        wrong += (lint.stdout + lint.stderr).splitlines()
        if lint.returncode and not lint.stdout + lint.stderr:
            wrong.append('%s: mandoc ended with %d' % (page, lint.returncode))
        shown = run('man', '--warnings', '-E', 'UTF-8', '-l', '-Tutf8', '-Z', page, env=environment)
        wrong += ['%s: %s' % (page, line) for line in shown.stderr.splitlines()]
        if shown.returncode or len(shown.stdout) < 500:
            wrong.append('%s: man shows nothing (status %d)' % (page, shown.returncode))
    if len(pages) < 50:
        wrong.append('only %d pages were built' % len(pages))
    return wrong, '%d pages' % len(pages)


def offered(script, program, words):
    """what bash offers for the last of these words"""
    code = 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _%s 2>/dev/null; printf "%%s\\n" "${COMPREPLY[@]}"' % program
    return set(run('bash', '-c', code, 'bash', script, *words).stdout.split())


def check_completion(b):
    script = b.build / 'packaging/completion/sekisho'
    wrong = ['sekisho: %s is not offered' % c for c in sorted(set(b.commands) - offered(script, 'sekisho', ['sekisho', '']))]
    several = 0
    for command in b.commands:
        text = b.help(command)
        wrong += ['sekisho %s: %s is not offered' % (command, o)
                  for o in sorted({o for o in named_options(text) if o.startswith('--')} - offered(script, 'sekisho', ['sekisho', command, '--']))]
        subcommands = set()
        for first, second in re.findall(r'^(?:usage:)? +sekisho (\S+) +([a-z|]+)(?= |$)', text, re.M):
            if command in first.split('|'):
                subcommands |= set(second.split('|'))
        several += len(subcommands)
        wrong += ['sekisho %s: %s is not offered' % (command, s) for s in sorted(subcommands - offered(script, 'sekisho', ['sekisho', command, '']))]
    if several < 30:
        wrong.append('only %d subcommands were found' % several)
    for words, least in ((['sekisho', 'assets', '--by', ''], {'level', 'zone', 'fa'}), (['sekisho', '--lang', 'ja', 'alert', 'm'], {'mute', 'mutes'}),
                         (['sekisho', 'map', '--format', 's'], {'svg'}), (['sekisho', 'alerts', '--lang', ''], {'en', 'ja'})):
        if not least <= offered(script, 'sekisho', words):
            wrong.append('%s: offers %s' % (' '.join(words), sorted(offered(script, 'sekisho', words))))
    if 'level' in offered(script, 'sekisho', ['sekisho', 'alert', '--by', '']):
        wrong.append('sekisho alert --by: offers how devices are grouped, and wants a name')
    daemon = {o for o in named_options(run(b.sekishod, '--help').stdout) if o.startswith('--')}
    wrong += ['sekishod: %s is not offered' % o for o in sorted(daemon - offered(b.build / 'packaging/completion/sekishod', 'sekishod', ['sekishod', '--']))]
    return wrong, '%d commands, %d subcommands' % (len(b.commands), several)


def main():
    wrong, right = {'pages': check_pages, 'form': check_form, 'completion': check_completion}[sys.argv[1]](Built(pathlib.Path(sys.argv[2])))
    print('\n'.join(wrong) if wrong else right)
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
