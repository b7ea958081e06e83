#!/usr/bin/env python3
"""readmes.py: do README.md and docs/README.ja.md hold the same things?

The words cannot be compared, so what can is: section by section, how many commands, table rows and points each has, which pages it
links to, and which rules and options it names.
"""
import pathlib, posixpath, re, sys

TOP = pathlib.Path(__file__).resolve().parent.parent
PAGES = ('README.md', 'docs/README.ja.md')


def sections(page):
    """for each section of a page: counts and names that do not depend on its language"""
    found = []
    for section in re.split(r'^## ', (TOP / page).read_text(encoding='utf-8'), flags=re.M):
        links = {posixpath.normpath(posixpath.join(posixpath.dirname(page), to)) for to in re.findall(r'\]\(([^)#]+)', section)}
        found.append({
            'commands': [re.sub(r' --lang \w+', '', line.split('#')[0]).strip()
                         for block in re.findall(r'^```\n(.*?)^```', section, re.M | re.S) for line in block.splitlines()],
            'table rows': len(re.findall(r'^\|', section, re.M)),
            'points': len(re.findall(r'^- ', section, re.M)),
            'links': {link.replace('.ja.md', '.md') for link in links if link not in PAGES and not link.endswith('.svg')},
            'pictures': len(re.findall(r'^!\[', section, re.M)),
            'rules': sorted(re.findall(r'\b(?:LA|PO|MB)-\d\d\b', section)),
        })
    return found


def main():
    here, there = map(sections, PAGES)
    wrong = [] if len(here) == len(there) else ['%d sections here, %d there' % (len(here), len(there))]
    for number, (a, b) in enumerate(zip(here, there)):
        wrong += ['section %d: %s: %s here, %s there' % (number, what, a[what], b[what]) for what in a if a[what] != b[what]]
    for page in PAGES:
        for link in re.findall(r'\]\(([^)#:]+)\)', (TOP / page).read_text(encoding='utf-8')):
            if not (TOP / posixpath.dirname(page) / link).exists():
                wrong.append('%s links to %s, which is not there' % (page, link))
    print('\n'.join(wrong) if wrong else '%d sections, the same in both' % len(here))
    return 1 if wrong or len(here) < 2 else 0


if __name__ == '__main__':
    sys.exit(main())
