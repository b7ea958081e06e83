#!/usr/bin/env python3
"""readmes.py: is every page for users there in both languages, does it hold the same in both, and is what it names there?

A pair is X.md and X.ja.md; README.md and SECURITY.md have their Japanese in docs/. A page without the other language is wrong, unless it is for developers (ONE_LANGUAGE).
The words cannot be compared, so what can is: section by section, how many commands, table rows and points each has, what its YAML says, which pages it links to, which
rules it names, and on the page of measurements each figure. Japanese pages are all written in the plain form. The two link to each other at their beginning, and to others in their own language. Links and the scripts
that commands begin must be there.
"""
import pathlib, posixpath, re, sys

TOP = pathlib.Path(__file__).resolve().parent.parent
FOLDERS = ('docs', 'rules', 'configs', 'packaging')
# where decoders and decisions are explained, and what test captures hold: in English
ONE_LANGUAGE = re.compile(r'docs/(decisions/|decoders)|(dissectors|tests)/')
MOVED = {'README.md': 'docs/README.ja.md', 'SECURITY.md': 'docs/SECURITY.ja.md'}
MARKDOWN = sorted(str(p.relative_to(TOP)) for p in [*TOP.glob('*.md'), *(p for f in FOLDERS for p in (TOP / f).rglob('*.md'))])
PAIRS = [(page, MOVED.get(page, page[:-3] + '.ja.md')) for page in MARKDOWN if not page.endswith('.ja.md') and not ONE_LANGUAGE.match(page)]
ENGLISH = {there: here for here, there in PAIRS}
PAGES = [page for pair in PAIRS for page in pair if (TOP / page).exists()]


def lonely():
    """pages for users that are there in one language only"""
    yield from ('%s is missing: the other language of %s' % (there, here) for here, there in PAIRS if not (TOP / there).exists())
    yield from ('%s is missing: the other language of %s' % (page[:-6] + '.md', page) for page in MARKDOWN if page.endswith('.ja.md') and page not in ENGLISH)


def linked(page, text):
    """files that a text of this page links to, from the top"""
    return {posixpath.normpath(posixpath.join(posixpath.dirname(page), to)) for to in re.findall(r'\]\(([^)#:]+)', text)}


def plain(line):
    """a command or a line of YAML without its comment, its language and the words for what a reader puts in"""
    line = re.sub(r' --lang \w+', '', re.sub(r'(^|\s+)#.*', '', line)).strip()
    return re.sub(r'[A-Z_\u3041-\u9fff]{2,}', '_', line)


def sections(page):
    """for each section of a page: counts and names that do not depend on its language"""
    own = next(pair for pair in PAIRS if page in pair)
    found = []
    for section in re.split(r'^## ', (TOP / page).read_text(encoding='utf-8'), flags=re.M):
        blocks = re.findall(r'^```(\w*)[^\n]*\n(.*?)^```$', section, re.M | re.S)
        found.append({
            'commands': [plain(line) for kind, block in blocks if kind in ('', 'sh') for line in block.splitlines()],
            'YAML': [plain(line) for kind, block in blocks if kind == 'yaml' for line in block.splitlines() if plain(line)],
            'table rows': len(re.findall(r'^\|', section, re.M)),
            'points': len(re.findall(r'^(?:- |\d+\. )', section, re.M)),
            'links': {ENGLISH.get(link, link) for link in linked(page, section) if link not in own and link not in PAIRS[0] and not link.endswith(('.svg', '.png'))},
            'pictures': len(re.findall(r'^!\[', section, re.M)),
            'rules': sorted(re.findall(r'(?<![A-Z])(?:HT|LA|LC|MB|PO|SH|SM|UA)-\d\d(?!\d)', section)),
            'figures': [sorted(re.findall(r'\d[\d.,]*\d', row)) for row in re.findall(r'^\|(.*)', section, re.M)] if page.split('.')[0] == 'docs/delivery' else [],
        })
    return found


def languages_mixed(pair):
    """links of a pair of pages that lead into the other language alone, and a pair that does not link to itself"""
    for page, other, index in ((pair[0], pair[1], 0), (pair[1], pair[0], 1)):
        text = (TOP / page).read_text(encoding='utf-8')
        links = linked(page, text)
        if other not in linked(page, ''.join(text.splitlines(True)[:12])):
            yield '%s does not link to %s at its beginning' % (page, other)
        yield from ('%s links to %s, not to %s' % (page, p[1 - index], p[index]) for p in PAIRS if p != pair and p[1 - index] in links and p[index] not in links)


def named(page):
    """paths that a page links to or runs, from the top"""
    text = (TOP / page).read_text(encoding='utf-8')
    yield from (posixpath.join(posixpath.dirname(page), link) for link in re.findall(r'\]\(([^)#:]+)\)', text))
    yield from re.findall(r'\btests/[\w/.]+\.(?:py|sh|c)\b', text)
    yield from re.findall(r'`((?:daemon|dissectors|rules|configs|packaging|docs|tests)/[\w/.-]+\w)`', text)


def anchors(page):
    """what may stand behind the # of a link to a page: its headings, as the web shows them"""
    text = re.sub(r'^```.*?^```$', '', (TOP / page).read_text(encoding='utf-8'), flags=re.M | re.S)
    return {re.sub(r'[^\w\- ]', '', heading.lower()).replace(' ', '-') for heading in re.findall(r'^#+ (.+)$', text, re.M)}


def lost_anchors(page):
    """links of a page to a heading that is not there"""
    for to, heading in re.findall(r'\]\(([^)#:]*)#([^)]+)\)', (TOP / page).read_text(encoding='utf-8')):
        target = posixpath.join(posixpath.dirname(page), to) if to else page
        if not (TOP / target).exists() or heading not in anchors(target):
            yield '%s#%s' % (to, heading)


def polite(page):
    """ends of sentences that address the reader: Japanese pages are written in the plain form, while what the programs say, which pages quote, is polite"""
    text = re.sub(r'^```.*?^```$|^    .*$|`[^`\n]+`|「[^」]*」', '', (TOP / page).read_text(encoding='utf-8'), flags=re.M | re.S)
    return re.findall(r'[^\s。]*(?:です|(?<!なりす)ます|ました|でした|ません|ください|でしょう)(?=[。、）| :]|$)', text, re.M)


def main():
    wrong, count = list(lonely()), 0
    for pair in PAIRS:
        if not all((TOP / page).exists() for page in pair):
            continue
        here, there = map(sections, pair)
        count += len(here)
        if len(here) != len(there):
            wrong.append('%s: %d sections, %s: %d' % (pair[0], len(here), pair[1], len(there)))
        for number, (a, b) in enumerate(zip(here, there)):
            wrong += ['%s, section %d: %s: %s here, %s there' % (pair[0], number, what, a[what], b[what]) for what in a if a[what] != b[what]]
        wrong += languages_mixed(pair)
    wrong += ['%s names %s, which is not there' % (page, path) for page in PAGES for path in named(page) if not (TOP / path).exists()]
    wrong += ['%s links to %s, which is not there' % (page, link) for page in PAGES for link in lost_anchors(page)]
    wrong += ['%s: "%s" is not in the plain form, as the other pages are' % (page, end) for page in PAGES if page.endswith('.ja.md') for end in polite(page)]
    if count < 3 * len(PAIRS):
        wrong.append('only %d sections were found in %d pages' % (count, len(PAIRS)))
    print('\n'.join(wrong) if wrong else '%d pages of %d sections, the same in both' % (len(PAIRS), count))
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
