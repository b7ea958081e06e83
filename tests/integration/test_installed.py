"""What `meson install` puts somewhere runs from there: rules and words are found beside the programs, and nothing of the source tree is."""
import pathlib, shutil
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
