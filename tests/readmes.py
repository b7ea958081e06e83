#!/usr/bin/env python3
"""readmes.py: does a page hold the same things in both languages, and is what it names there?

The words cannot be compared, so what can is: section by section, how many commands, table rows and points each has, which pages it
links to, which rules it names, and on the page of measurements each figure. Links and the scripts that commands begin must be there.
"""
import pathlib, posixpath, re, sys

TOP = pathlib.Path(__file__).resolve().parent.parent
PAIRS = (('README.md', 'docs/README.ja.md'), ('docs/delivery.md', 'docs/delivery.ja.md'), ('docs/performance.md', 'docs/performance.ja.md'),
         ('docs/packages.md', 'docs/packages.ja.md'), ('SECURITY.md', 'docs/SECURITY.ja.md'), ('docs/quickstart.md', 'docs/quickstart.ja.md'),
         ('docs/guide.md', 'docs/guide.ja.md'), ('docs/observability.md', 'docs/observability.ja.md'))
ENGLISH = {there: here for here, there in PAIRS}
PAGES = [page for pair in PAIRS for page in pair]


def sections(page):
    """for each section of a page: counts and names that do not depend on its language"""
    own = next(pair for pair in PAIRS if page in pair)
    found = []
    for section in re.split(r'^## ', (TOP / page).read_text(encoding='utf-8'), flags=re.M):
        links = {posixpath.normpath(posixpath.join(posixpath.dirname(page), to)) for to in re.findall(r'\]\(([^)#]+)', section)}
        found.append({
            'commands': [re.sub(r' --lang \w+', '', line.split('#')[0]).strip()
                         for kind, block in re.findall(r'^```(\w*)[^\n]*\n(.*?)^```$', section, re.M | re.S) if kind == '' for line in block.splitlines()],
            'table rows': len(re.findall(r'^\|', section, re.M)),
            'points': len(re.findall(r'^- ', section, re.M)),
            'links': {ENGLISH.get(link, link.replace('.ja.md', '.md')) for link in links if link not in own and link not in PAIRS[0] and not link.endswith('.svg')},
            'pictures': len(re.findall(r'^!\[', section, re.M)),
            'rules': sorted(re.findall(r'(?<![A-Z])(?:LA|PO|MB|SH)-\d\d(?!\d)', section)),
            'figures': [sorted(re.findall(r'\d[\d.,]*\d', row)) for row in re.findall(r'^\|(.*)', section, re.M)] if 'delivery' in page else [],
        })
    return found


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


def main():
    wrong, count = [], 0
    for pair in PAIRS:
        here, there = map(sections, pair)
        count += len(here)
        if len(here) != len(there) or len(here) < 2:
            wrong.append('%s: %d sections, %s: %d' % (pair[0], len(here), pair[1], len(there)))
        for number, (a, b) in enumerate(zip(here, there)):
            wrong += ['%s, section %d: %s: %s here, %s there' % (pair[0], number, what, a[what], b[what]) for what in a if a[what] != b[what]]
    wrong += ['%s names %s, which is not there' % (page, path) for page in PAGES for path in named(page) if not (TOP / path).exists()]
    wrong += ['%s links to %s, which is not there' % (page, link) for page in PAGES for link in lost_anchors(page)]
    print('\n'.join(wrong) if wrong else '%d sections, the same in both' % count)
    return 1 if wrong else 0


if __name__ == '__main__':
    sys.exit(main())
