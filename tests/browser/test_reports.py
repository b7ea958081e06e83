#!/usr/bin/env python3
"""The six reports in a browser: both languages, light, dark, printed, at 200 % and narrow, by keyboard alone, as PDF, and from the diagram to a device's row."""
import browser
from consoles import factory
from rig import main

KINDS = ('daily', 'handover', 'monthly', 'jnsa', 'register', 'meti')
A4, A3 = '595x842', '1191x842'


def pages(rig, state=None):
    state = state or factory(rig)
    for kind in KINDS:
        for lang in ('ja', 'en'):
            rig.sekisho('report', kind, '--day', '2026-04-01', '--state', state, '--lang', lang, '--output', rig.dir / ('%s-%s.html' % (kind, lang)), env={'TZ': 'Asia/Tokyo'})
    return state


def in_form(name):
    def test(rig):
        pages(rig)
        browser.run(rig, 'reports.mjs', name, dir=rig.dir)
    return test


for form in ('light', 'dark', 'print', 'zoomed', 'narrow'):
    for lang in ('ja', 'en'):
        globals()['test_everybody_can_read_each_report_%s_%s' % (form, lang)] = in_form('%s_%s' % (form, lang))


def test_printed(rig):
    """nothing is cut off; the daily page is one page, the register with the diagram is on A3"""
    pages(rig)
    for lang in ('ja', 'en'):
        found = browser.run(rig, 'reports.mjs', 'pdf_' + lang, dir=rig.dir, pdf=rig.dir)
        assert found['daily'] == [1, [A4]], found
        assert found['register'][0] == 4 and found['register'][1] == [A3], found
        assert all(n >= 1 and size == [A4] for kind, (n, size) in found.items() if kind != 'register'), found


def test_a_click_on_the_diagram_leads_to_the_row(rig):
    state = pages(rig)
    browser.run(rig, 'reports.mjs', 'map', dir=rig.dir, device='加工PLC-1', devices=len(rig.assets(state)))


def test_by_keyboard_alone(rig):
    pages(rig)
    browser.run(rig, 'reports.mjs', 'keyboard', dir=rig.dir)


main(globals())
