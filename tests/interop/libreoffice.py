#!/usr/bin/env python3
"""libreoffice.py SEKISHO

A register of 1,000 rows goes out in CP932, is opened and saved again as CP932 by LibreOffice Calc without a screen, and comes back: nothing has
changed. Not in the default run, since it needs libreoffice-calc: tests/run.sh --interop.
"""
import pathlib, re, subprocess, sys, tempfile

ROWS = 1000
# field separator, quote, character set (60: Windows-932), first line, the rest as Calc has it by itself
FILTER = '44,34,60,1'


def register():
    """rows with what spreadsheets spoil: formulas, leading zeros, dates, numbers, line breaks, rare characters"""
    notes = ['"二行の\nメモ"', '"カンマ, と ""引用符"""', "'=1+1", "'-5", "'+81-3-1234-5678", "'@sum(A1)", '①㈱№', '表示能力ソ十', '', "'2027-03-31"]
    yield '管理番号,名称,MACアドレス,IPアドレス,種別,型番,シリアル番号,ファームウェア,申請部門,用途,利用ケース,フェーズ,判定,条件,サポート期限,JC-STAR,保守時間帯,備考'
    for i in range(ROWS):
        yield ','.join(['G-%04d' % i, '髙﨑製%d号機' % i, '00:80:f4:%02x:%02x:11' % (i // 256, i % 256), '10.77.%d.%d' % (i // 250, 1 + i % 250), 'PLC',
                        'FX-%dMR' % i, "'0%05d" % i, "'1.%d0" % (i % 7), '生産技術', '制御', '本番利用', '運用チェック', '条件付き合格',
                        '"初期パスワードの変更｜2027-03-%02d｜未\n施錠|2027-04-01|済"' % (1 + i % 28), '2027-03-%02d' % (1 + i % 28), '☆%d' % (1 + i % 4),
                        '月-金 09:00-17:00', notes[i % len(notes)]])


def run(*args, **more):
    return subprocess.run([str(a) for a in args], check=True, stdout=subprocess.PIPE, text=True, timeout=300, **more).stdout


def main():
    sekisho = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as place:
        place = pathlib.Path(place)
        state, first, out = place / 'state', place / 'first.csv', place / 'out'
        first.write_bytes('\r\n'.join(list(register()) + ['']).encode('cp932'))
        env = {'LANG': 'C.UTF-8', 'LC_ALL': 'C.UTF-8', 'HOME': str(place), 'PATH': '/usr/bin:/bin', 'ASAN_OPTIONS': 'detect_leaks=0'}
        run(sekisho, 'register', 'import', '--state', state, first, env=env)
        exported = place / 'register.csv'
        run(sekisho, 'register', 'export', '--state', state, '--encoding', 'cp932', exported, env=env)
        # Python writes the rare characters by NEC's codes, Windows and sekisho by IBM's
        assert exported.read_bytes().decode('cp932') == first.read_bytes().decode('cp932'), 'the export is not what was imported'
        run('soffice', '-env:UserInstallation=file://%s/profile' % place, '--headless', '--infilter=CSV:' + FILTER, '--convert-to',
            'csv:Text - txt - csv (StarCalc):' + FILTER, '--outdir', out, exported, env=env)
        saved = out / 'register.csv'
        assert saved.read_bytes() != b'', 'LibreOffice wrote nothing'
        said = run(sekisho, 'register', 'check', '--state', state, saved, env=env)
        found = re.search(r'^rows: (\d+) \(new (\d+), changed (\d+), removed (\d+)\)', said, re.M)
        assert found and [int(n) for n in found.groups()] == [ROWS, 0, 0, 0], 'LibreOffice changed something:\n' + said[:2000]
        print('%d rows, opened and saved as CP932 by LibreOffice: nothing has changed' % ROWS)


main()
