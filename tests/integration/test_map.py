#!/usr/bin/env python3
"""The drawn plant can be read: no line over a zone or card where it does not end, no line on another, no label on a label or a line's own track, nothing beyond the
sheet; with the bundled factory and with a plant of three hundred devices, in both languages and both models."""
import re, subprocess, unicodedata, xml.etree.ElementTree as tree

import frames
from rig import main, scenes

SVG = '{http://www.w3.org/2000/svg}'
ZONES = [('office', 'L4', 'fa.oa', '事務所', 40), ('head', 'L5', 'fa.oa', '本社', 10), ('dmz', 'L3.5', 'dmz', '産業用DMZ', 6), ('visit', 'L3.5', 'fa.remote', '保守', 6),
         ('mes', 'L3', 'fa.prodmgmt', '生産管理', 14), ('mon', 'L3', 'fa.monitor', '監視', 16), ('agv', 'L2', 'fa.agv', '自動搬送', 24), ('wh', 'L2', 'fa.warehouse', '自動倉庫', 20),
         ('scada', 'L2', 'fa.monitor', '監視制御', 18)] + [('cell-' + c, 'L1', 'fa.control', '加工セル' + c.upper(), 22) for c in 'abcdef'] + [('field', 'L0', 'fa.control', '現場機器', 14)]
READ, WRITE = bytes.fromhex('000100000006010300000002'), bytes.fromhex('000200000006010600010003')
READ_ANSWER = bytes.fromhex('00010000000701030400010002')


def plant(path):
    hosts = {z[0]: [frames.Host('10.20.%d.%d' % (10 + i, 10 + k), '00:80:f4:14:%02x:%02x' % (10 + i, 10 + k)) for k in range(z[4])] for i, z in enumerate(ZONES)}
    out, port = [], [20000]

    def talk(client, server, write=False):
        port[0] += 1
        out.extend(frames.Talk(client, server, port[0], 502).ask(WRITE if write else READ).answer(WRITE if write else READ_ANSWER).end())
    for zone in hosts.values():
        out += [frames.arp(h.mac, 1, h.ip, '00:00:00:00:00:00', h.ip) for h in zone]
    for i, c in enumerate('abcdef'):
        cell = hosts['cell-' + c]
        for k, device in enumerate(cell[4:]):
            talk(hosts['scada'][i * 2 + k % 2], device)
            talk(cell[k % 4], device, k % 3 == 0)
    for k, host in enumerate(hosts['office']):
        talk(host, hosts['mes'][k % 14])
        talk(host, hosts['dmz'][k % 6])
    for a, b in ('mes', 'scada'), ('mes', 'agv'), ('mes', 'wh'), ('mon', 'scada'), ('head', 'office'), ('dmz', 'mes'), ('field', 'cell-a'):
        for x, y in zip(hosts[a], hosts[b]):
            talk(x, y)
    for a, b in ('office', 'cell-b'), ('visit', 'cell-c'), ('head', 'cell-d'), ('agv', 'cell-e'), ('office', 'scada'):  # nothing allows these
        talk(hosts[a][3], hosts[b][5], True)
    talk(hosts['cell-f'][8], frames.Host('93.184.215.14', '00:80:f4:14:00:01'))
    return frames.write(path, [(i * 0.01, f) for i, f in enumerate(out)])


def plant_config(path):
    lines = ['sensor: { name: plant }', 'model: both', 'zones:']
    lines += ['  - { id: %s, name: { ja: "%s", en: "%s" }, purdue: %s, fa: %s, prefixes: [10.20.%d.0/24] }' % (z[0], z[3], z[0], z[1], z[2], 10 + i) for i, z in enumerate(ZONES)]
    lines += ['conduits:']
    pairs = [('scada', 'cell-' + c) for c in 'abcdef'] + [('office', 'mes'), ('office', 'dmz'), ('mes', 'scada'), ('mes', 'agv'), ('mes', 'wh'), ('mon', 'scada'), ('head', 'office'), ('dmz', 'mes')]
    path.write_text('\n'.join(lines + ['  - { from: %s, to: %s, protocol: modbus, class: read, owner: x, reason: y }' % p for p in pairs]) + '\n')
    return path


def plant_register(path):
    """names as a plant gives them, of all devices but the last of each zone"""
    kinds = {'L0': ('industrial_sensor', '%s センサー%02d'), 'L1': ('plc', '%s %d号機PLC'), 'L2': ('hmi', '%s 操作盤%d'), 'L3': ('server', '%s サーバ%d'), 'L3.5': ('server', '%s 中継%d'), 'L4': ('other', '%s PC-%03d'), 'L5': ('other', '%s PC-%03d')}
    rows = ['name,ip,kind,zone']
    for i, z in enumerate(ZONES):
        kind, form = kinds[z[1]]
        rows += ['%s,10.20.%d.%d,%s,%s' % (form % (z[3], k + 1), 10 + i, 10 + k, kind, z[0]) for k in range(z[4] - 1)]
    path.write_text('\n'.join(rows) + '\n')
    return path


def boxes(root):
    """(x, y, w, h, level) of every box that is drawn: bands 0, zones 1, cards 2"""
    for r in root.iter(SVG + 'rect'):
        x, y, w, h = (float(r.get(k, 0)) for k in ('x', 'y', 'width', 'height'))
        level = {'6': 0, '5': 1, '4': 2}.get(r.get('rx'))
        if level is not None:
            yield x, y, w, h, level


def segments(root):
    for i, p in enumerate(p for p in root.iter(SVG + 'path') if p.get('marker-end')):
        points = [tuple(map(float, a.split())) for a in re.split('[ML]', p.get('d')) if a]
        for n, (a, b) in enumerate(zip(points, points[1:])):
            yield i, a, b, n == 0, n == len(points) - 2


def inside(box, a, b, slack=1.0):
    """does the upright or level stretch run inside of the box?"""
    x, y, w, h = box[:4]
    lo_x, hi_x, lo_y, hi_y = min(a[0], b[0]), max(a[0], b[0]), min(a[1], b[1]), max(a[1], b[1])
    return hi_x > x + slack and lo_x < x + w - slack and hi_y > y + slack and lo_y < y + h - slack


def columns(text):
    return sum(2 if unicodedata.east_asian_width(c) in 'WF' else 1 for c in text)


def check(svg, bundled, crossing, denied):
    root = tree.fromstring(svg)
    width, height = map(float, root.get('viewBox').split()[2:])
    all_boxes = list(boxes(root))
    zones, cards = [b for b in all_boxes if b[4] == 1], [b for b in all_boxes if b[4] == 2]
    for x, y, w, h, _ in all_boxes:
        assert x >= 0 and y >= 0 and x + w <= width and y + h <= height, (x, y, w, h)
    lines = list(segments(root))
    for route, a, b, first, last in lines:
        assert a[0] == b[0] or a[1] == b[1], ('neither upright nor level', a, b)
        assert 0 <= min(a[0], b[0]) and max(a[0], b[0]) <= width and max(a[1], b[1]) <= height
        for card in cards:
            assert not inside(card, a, b), ('a line over a card', a, b, card)
        for zone in zones:
            own = inside(zone, a, b) and not bundled and (first or last or all(inside(zone, *s[1:3]) for s in lines if s[0] == route))
            assert own or not inside(zone, a, b), ('a line over a zone', a, b, zone)
    for n, (route, a, b, _, _) in enumerate(lines):
        for other, c, d, _, _ in lines[n + 1:]:
            if route == other:
                continue
            if a[0] == b[0] == c[0] == d[0]:
                assert min(max(a[1], b[1]), max(c[1], d[1])) <= max(min(a[1], b[1]), min(c[1], d[1])), ('two lines in one place', a, b, c, d)
            if a[1] == b[1] == c[1] == d[1]:
                assert min(max(a[0], b[0]), max(c[0], d[0])) <= max(min(a[0], b[0]), min(c[0], d[0])), ('two lines in one place', a, b, c, d)
    labels = [(float(t.get('x')), float(t.get('y')), float(t.get('font-size')), t.text) for t in root.iter(SVG + 'text')
              if t.get('paint-order') == 'stroke' and t.get('fill') == '#b71c1c']
    assert len(labels) >= 8
    for n, (x, y, size, text) in enumerate(labels):
        w = columns(text) * size * 0.53
        assert x + w <= width, text
        for x2, y2, size2, text2 in labels[n + 1:]:
            apart = x + w < x2 or x2 + columns(text2) * size2 * 0.53 < x or abs(y - y2) >= min(size, size2) * 0.9
            assert apart, ('a label on another', text, text2)
        for z in zones:
            assert not (x + w > z[0] and x < z[0] + z[2] and y > z[1] + 16 and y - size * 0.7 < z[1] + z[3]) or not bundled, ('a label on a zone', text)
    paths = [p.get('marker-end') for p in root.iter(SVG + 'path')]
    assert paths.count('url(#denied)') == denied and paths.count('url(#crosses)') == crossing, (paths.count('url(#crosses)'), paths.count('url(#denied)'))


def test_the_factory(rig):
    rig.sekisho('replay', '--config', rig.config(), '--state', rig.dir / 's', '--no-sinks', *scenes())
    for lang in 'ja', 'en':
        for model in 'pa', 'fa':
            check(rig.sekisho('map', '--state', rig.dir / 's', '--lang', lang, '--model', model).stdout, False, 13, 3)


def test_three_hundred_devices(rig):
    config = plant_config(rig.dir / 'plant.yaml')
    rig.sekisho('replay', '--config', config, '--state', rig.dir / 's', '--no-sinks', plant(rig.dir / 'plant.pcap'))
    for lang in 'ja', 'en':
        for model in 'pa', 'fa':
            svg = rig.sekisho('map', '--state', rig.dir / 's', '--lang', lang, '--model', model).stdout
            check(svg, True, 14, 7)
            names = [float(t.get('font-size')) * 1587 / float(re.search(r'viewBox="0 0 (\d+)', svg).group(1)) for t in tree.fromstring(svg).iter(SVG + 'text')
                     if t.get('font-weight') == 'bold' and re.match(r'10\.20\.', t.text)]
            assert len(names) >= 270 and min(names) >= 5.5, 'smaller than 1.5 mm on A3'
    assert '10.20.10.13 → 10.20.20.15: modbus' in svg
    dot = rig.sekisho('map', '--state', rig.dir / 's', '--format', 'dot').stdout
    assert dot.count('lhead=') == 21, dot.count('lhead=')


def test_graphviz_lays_it_out_with_the_bands_in_order(rig):
    rig.sekisho('replay', '--config', rig.config(), '--state', rig.dir / 's', '--no-sinks', *scenes())
    dot = rig.sekisho('map', '--state', rig.dir / 's', '--format', 'dot', '--lang', 'en').stdout
    plain = subprocess.run(['dot', '-Tplain'], input=dot, stdout=subprocess.PIPE, text=True, check=True, timeout=60).stdout
    height = {}
    for line in plain.splitlines():
        if line.startswith('node '):
            words = line.split(' ')
            height[words[6].strip('"').split('\\n')[0]] = float(words[3])
    assert height['93.184.215.14'] > height['生産管理PC-1'] > height['中継サーバ'] > height['監視HMI-1'] > height['加工PLC-1'], height


if __name__ == '__main__':
    main(globals())
