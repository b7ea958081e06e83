"""What `meson install` puts somewhere runs from there: rules and words are found beside the programs, and nothing of the source tree is."""
import pathlib, re, shutil, subprocess, tarfile
from rig import Absent, BUILD, TOP, main


def install(rig):
    """the folder in which bin, sbin and share are"""
    rig.run('meson', 'install', '-C', BUILD, '--no-rebuild', '--destdir', rig.dir / 'dest')
    return next((rig.dir / 'dest').rglob('bin/sekisho')).parent.parent


def test_an_installed_tree_runs_where_it_lies(rig):
    prefix = install(rig)
    moved = rig.dir / 'elsewhere'
    shutil.move(prefix, moved)
    told = rig.run('python3', TOP / 'packaging' / 'check_factory.py', moved / 'bin' / 'sekisho').stdout
    assert 'alerts' in told, told
    config = rig.config('state: %s\ncapture: { interfaces: [lo] }\n' % (rig.dir / 's'))
    rig.run(moved / 'sbin' / 'sekishod', '--config', config, '--check')


def test_without_its_rules_it_says_where_it_looked(rig):
    prefix = install(rig)
    shutil.rmtree(prefix / 'share' / 'sekisho' / 'rules')
    r = rig.run(prefix / 'bin' / 'sekisho', 'rules', 'check', status=None)
    if r.returncode == 0:
        raise Absent('rules are installed on this machine, and found')
    assert 'neither beside the program nor in' in r.stderr, r.stderr


def needs(elf):
    """the libraries that are loaded with a program or a module, all of them"""
    return set(re.findall(r'^\s*(lib[\w+.-]+?)[.-]\S* => ', subprocess.run(['ldd', elf], check=True, capture_output=True, text=True).stdout, re.M))


def other_version(module, version):
    """the module as another version of the same length would bring it"""
    assert version + b'\0' in module
    return module.replace(version + b'\0', version[:-1] + b'!\0')


def modules(prefix):
    return {p.name: p for p in prefix.glob('lib*/**/sekisho/*.so')}


def test_what_few_runs_need_is_loaded_by_them_alone(rig):
    prefix = install(rig)
    late = {'libmicrohttpd', 'libarchive', 'libgnutls', 'libxml2'}
    for program in (prefix / 'bin' / 'sekisho', prefix / 'sbin' / 'sekishod'):
        assert not needs(program) & late, (program, needs(program) & late)
    assert 'libmicrohttpd' in needs(modules(prefix)['mhd.so']) and 'libarchive' in needs(modules(prefix)['archive.so'])
    moved = rig.dir / 'elsewhere'
    shutil.move(prefix, moved)
    rig.run(moved / 'bin' / 'sekisho', 'support', '--state', rig.dir / 's', '--output', rig.dir / 'bundle.tar.gz')
    with tarfile.open(rig.dir / 'bundle.tar.gz') as tar:
        system = tar.extractfile('sekisho-support/system.txt').read().decode()
    assert re.search(r'^libmicrohttpd [01]\.', system, re.M) and re.search(r'^libarchive 3\.', system, re.M), system


def test_a_module_that_is_missing_or_of_no_use_is_named_with_the_remedy(rig):
    prefix = install(rig)
    program, mhd, archive = prefix / 'bin' / 'sekisho', modules(prefix)['mhd.so'], modules(prefix)['archive.so']
    config = rig.config('state: %s\ncapture: { interfaces: [lo] }\nmetrics: { listen: "unix:%s" }\n' % (rig.dir / 's', rig.dir / 'm.sock'))
    asked = [[program, 'console', '--state', rig.dir, '--listen', 'unix:%s' % (rig.dir / 'c.sock')], [prefix / 'sbin' / 'sekishod', '--config', config]]

    def told(words, japanese, *commands):
        for command in commands:
            for lang, text in (('en', words), ('ja', japanese)):
                r = rig.run(*command, '--lang', lang, status=None)
                assert r.returncode == 3 and text in r.stderr, (command, r.returncode, r.stderr)

    good = mhd.read_bytes()
    mhd.write_text('no module')
    told('mhd.so: cannot be loaded: ', 'を読み込めません: ', *asked)
    mhd.write_bytes(other_version(good, rig.run(program, '--version').stdout.split()[1].encode()))
    told('Install sekisho again', 'プログラムと同じ', *asked)
    mhd.unlink()
    archive.unlink()
    rig.run(program, 'rules', 'check')
    if (pathlib.Path('/') / mhd.parent.relative_to(rig.dir / 'dest')).exists():
        raise Absent('modules are installed on this machine, and found')
    told('neither beside the program nor in', 'プログラムのそばにも', *asked, [program, 'support', '--state', rig.dir])


def test_every_directory_of_the_tree_is_meant(rig):
    dest = rig.dir / 'dest'
    install(rig)
    files = {str(pathlib.Path('/') / p.relative_to(dest)) for p in dest.rglob('*') if p.is_file()}
    for what in ('share/sekisho/rules/packs/modbus.yaml', 'share/sekisho/rules/text/ja.yaml', 'share/sekisho/checklists/meti-factory-appE-draft.yaml', 'share/sekisho/configs/register-template.csv',
                 'etc/sekisho/sekisho.yaml', 'etc/logrotate.d/sekisho', 'systemd/system/sekishod.service', 'lib/sysusers.d/sekisho.conf',
                 'lib/tmpfiles.d/sekisho.conf'):
        assert any(f.endswith('/' + what) for f in files), what
    assert not [f for f in files if f.endswith(('meson.build', '.py', '.in'))], files


main(globals())
