#!/usr/bin/env python3
"""make.py TEMPLATE OUTPUT: fills the bash completion with the commands and options that the programs' help names (packaging/man/helptext.py)."""
import pathlib, sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / 'man'))
import helptext


def arms(rows):
    """arms of a case: words printed for a key, keys with the same words together"""
    by_words = {}
    for key, words in rows:
        if words:
            by_words.setdefault(' '.join(words), []).append(key)
    return ''.join('\t%s) echo "%s" ;;\n' % (' | '.join(keys), words) for words, keys in by_words.items())


def main():
    words = helptext.words()
    helps = {name: words[help_]['en'] for name, help_ in helptext.commands().items()}
    values = [('%s:%s' % (name, option), found) for name, text in helps.items() for option, found in sorted(helptext.choices(text).items())]
    values.append(('*:--lang', helptext.LANGUAGES))
    text = pathlib.Path(sys.argv[1]).read_text(encoding='utf-8')
    for mark, filling in (('@COMMANDS@', ' '.join(helps)),
                          ('@SUBCOMMANDS@', arms((name, helptext.subcommands(name, text)) for name, text in helps.items())),
                          ('@OPTIONS@', arms((name, helptext.options(text)) for name, text in helps.items())),
                          ('@VALUES@', arms(values)),
                          ('@DAEMON_OPTIONS@', ' '.join(helptext.options(words['W_DAEMON_HELP']['en'])))):
        text = text.replace(mark + '\n' if filling.endswith('\n') else mark, filling)
    pathlib.Path(sys.argv[2]).write_text(text, encoding='utf-8')


if __name__ == '__main__':
    main()
