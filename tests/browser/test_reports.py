#!/usr/bin/env python3
"""The six reports in a browser: both languages, light, dark, printed, at 200 % and narrow, by keyboard alone, as PDF, and from the diagram to a device's row."""
import pathlib, tempfile
import browser
import hostile
from consoles import factory
from rig import main, scenes
from test_map import plant, plant_config, plant_register

KINDS = ('daily', 'handover', 'monthly', 'jnsa', 'register', 'meti')
A4, A3 = '595x842', '1191x842'


def write(rig, state, folder):
    for kind in KINDS:
        for lang in ('ja', 'en'):
            rig.sekisho('report', kind, '--day', '2026-04-01', '--state', state, '--lang', lang, '--output', folder / ('%s-%s.html' % (kind, lang)), env={'TZ': 'Asia/Tokyo'})


made = tempfile.TemporaryDirectory(prefix='sekisho-reports-')
count = 0   # devices in them


def pages(rig):
    """the factory's reports, written once for all tests: their folder"""
    global count
    folder = pathlib.Path(made.name)
    if not count:
        state = factory(rig)
        write(rig, state, folder)
        count = len(rig.assets(state))
    return folder


def in_form(name):
    def test(rig):
        browser.run(rig, 'reports.mjs', name, dir=pages(rig))
    return test


for form in ('light', 'dark', 'print', 'zoomed', 'narrow'):
    for lang in ('ja', 'en'):
        globals()['test_everybody_can_read_each_report_%s_%s' % (form, lang)] = in_form('%s_%s' % (form, lang))


def test_printed(rig):
    """nothing is cut off; the daily page is one page, the register with the diagram is on A3"""
    for lang in ('ja', 'en'):
        found = browser.run(rig, 'reports.mjs', 'pdf_' + lang, dir=pages(rig), pdf=rig.dir)
        assert found['daily'] == [1, [A4]], found
        assert found['register'][0] == 4 and found['register'][1] == [A3], found
        assert all(n >= 1 and size == [A4] for kind, (n, size) in found.items() if kind != 'register'), found


def test_a_click_on_the_diagram_leads_to_the_row(rig):
    folder = pages(rig)
    browser.run(rig, 'reports.mjs', 'map', dir=folder, device='加工PLC-1', devices=count)


def test_three_hundred_devices_on_a_sheet(rig):
    """as large as it is printed on A3: nothing smaller than six points, nothing on anything else; crossings are red, who is in no register is dashed"""
    plant_register(rig.dir / 'plant.csv')
    config = plant_config(rig.dir / 'plant.yaml')
    config.write_text(config.read_text() + 'register: plant.csv\n')
    rig.sekisho('replay', '--config', config, '--state', rig.dir / 's', '--no-sinks', plant(rig.dir / 'plant.pcap'))
    strangers = len([a for a in rig.assets(rig.dir / 's') if a.get('registered') is False])
    assert strangers > 10
    for lang in 'ja', 'en':
        for model in 'pa', 'fa':
            svg = rig.dir / 'map.svg'
            rig.sekisho('map', '--state', rig.dir / 's', '--lang', lang, '--model', model, '--output', svg)
            found = browser.run(rig, 'reports.mjs', 'sheet', svg=svg, name='%s-%s' % (model, lang))
            assert not found['bad'], found['bad'][:10]
            assert found['least'] >= 6, (found['least'], found['of'])
            assert found['cards'] >= 270 and found['dashed'] == strangers, (found['cards'], found['dashed'], strangers)
            assert len(found['red']) == 21 and set(found['red']) == {'rgb(229, 115, 115)', 'rgb(198, 40, 40)'}, found['red']


def test_hostile_names_are_text(rig):
    write(rig, factory(rig, [*scenes(), hostile.capture(rig.dir / 'hostile.pcap')]), rig.dir)
    assert browser.run(rig, 'reports.mjs', 'hostile', dir=rig.dir) > 20


def test_by_keyboard_alone(rig):
    browser.run(rig, 'reports.mjs', 'keyboard', dir=pages(rig))


main(globals())
