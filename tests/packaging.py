#!/usr/bin/env python3
"""packaging.py [BUILD]: do the lists agree that say what sekisho is built with, what it is called, and what is installed?

packaging/lib.sh (quickstart and tests), packaging/debian/control, packaging/rpm/sekisho.spec, meson.build; with BUILD, a build directory,
also what meson installs against the files of the spec.
"""
import fnmatch, json, os, pathlib, re, shutil, subprocess, sys

TOP = pathlib.Path(__file__).resolve().parent.parent
# of every Debian machine that builds packages
ALWAYS = {'gcc', 'libc6-dev', 'build-essential', 'dpkg-dev', 'fakeroot'}
wrong = []


def text(path):
    return (TOP / path).read_text(encoding='utf-8')


def check(good, words):
    if not good:
        wrong.append(words)


def shell_list(name):
    return set(re.search(r'^%s=\(([^)]*)\)' % name, text('packaging/lib.sh'), re.M).group(1).split())


def versions():
    meson = re.search(r"^\s*version: '([^']+)'", text('meson.build'), re.M).group(1)
    spec = re.search(r'^Version:\s*(\S+)', text('packaging/rpm/sekisho.spec'), re.M).group(1)
    debian = re.match(r'sekisho \((.*)-[^-]+\)', text('packaging/debian/changelog')).group(1)
    check(meson == spec == debian, 'versions: meson.build %s, sekisho.spec %s, debian/changelog %s' % (meson, spec, debian))


def debian_lists():
    field = re.search(r'^Build-Depends:(.*?)^\S', text('packaging/debian/control'), re.M | re.S).group(1)
    clauses = [{re.match(r'\s*([a-z0-9.+-]+)', a).group(1) for a in clause.split('|')} for clause in field.split(',') if clause.strip()]
    ours = (shell_list('BUILD_PACKAGES') | shell_list('DEB_PACKAGES')) - ALWAYS
    named = {'debhelper' if name == 'debhelper-compat' else name for clause in clauses for name in clause}
    check(ours <= named, 'debian/control lacks %s, which packaging/lib.sh has' % sorted(ours - named))
    for clause in clauses:
        names = {'debhelper' if n == 'debhelper-compat' else n for n in clause}
        check(names & ours, 'packaging/lib.sh lacks %s, which debian/control has' % sorted(names))


def spec_requires():
    spec = text('packaging/rpm/sekisho.spec')
    for call in re.findall(r"^dep_\w+ = dependency\(([^)]*)\)", text('meson.build'), re.M):
        name = re.match(r"'([^']+)'", call).group(1)
        if 'required: ' not in call and name != 'threads':
            check('pkgconfig(%s)' % name in spec, 'sekisho.spec lacks BuildRequires: pkgconfig(%s)' % name)


def spec_files(build):
    listed = []
    for line in re.search(r'^%files\n(.*?)^%changelog', text('packaging/rpm/sekisho.spec'), re.M | re.S).group(1).splitlines():
        if line.startswith(('#', '%doc', '%license')):
            continue
        listed += [w.rstrip('/') for w in re.sub(r'%\w+\([^)]*\)', '', line).split() if w.startswith(('%{_', '/'))]
    option = {o['name']: o['value'] for o in json.loads((build / 'meson-info' / 'intro-buildoptions.json').read_text())}
    prefix = lambda key: os.path.join(option['prefix'], option[key])
    macros = {'_bindir': prefix('bindir'), '_sbindir': prefix('sbindir'), '_libdir': prefix('libdir'), '_datadir': prefix('datadir'), '_sysconfdir': prefix('sysconfdir'),
              '_mandir': prefix('mandir'), '_sysusersdir': option['prefix'] + '/lib/sysusers.d', '_tmpfilesdir': option['prefix'] + '/lib/tmpfiles.d'}
    expanded = [re.sub(r'%\{(\w+)\}', lambda m: macros.get(m.group(1), m.group(0)), w) for w in listed]
    for path in json.loads((build / 'meson-info' / 'intro-installed.json').read_text()).values():
        if '/systemd/system/' in path:   # where units lie depends on the system
            path = '%{_unitdir}/' + pathlib.Path(path).name
        check(any(fnmatch.fnmatch(path, w) or path.startswith(w + '/') for w in expanded), 'sekisho.spec: %%files lacks %s' % path)


def apparmor_profile():
    """what its parser says; nothing is loaded. @return whether there is a parser"""
    parser = shutil.which('apparmor_parser') or shutil.which('apparmor_parser', path='/usr/sbin:/sbin')
    if not parser:
        print('no apparmor_parser here (Debian package apparmor): the profile is not read')
        return False
    r = subprocess.run([parser, '-Q', '-K', '-T', str(TOP / 'packaging' / 'apparmor' / 'usr.sbin.sekishod')], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    check(r.returncode == 0, 'AppArmor profile: %s' % r.stdout)
    return True


versions()
debian_lists()
read = apparmor_profile()
spec_requires()
if len(sys.argv) > 1:
    spec_files(pathlib.Path(sys.argv[1]))
for words in wrong:
    print(words)
print('%d differences' % len(wrong))
sys.exit(1 if wrong else 0 if read else 77)
