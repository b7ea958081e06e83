#!/usr/bin/env python3
"""sbom.py --tree DIR --control FILE --substvars FILE --package NAME

Writes to stdout what is in a Debian package, what it runs with and what it was built with, as SPDX 2.3 JSON: the files of DIR by
checksum; the packages that NAME depends on, and those that its build needed, with all that these need, in the versions that are installed
here. All of it is dpkg's knowledge (dpkg-query, dpkg-parsechangelog, the substvars of dpkg-shlibdeps). The only clock is
SOURCE_DATE_EPOCH, the only order the alphabet's: the same machine gives the same bytes.

Licences: of this package, as debian/copyright has it. Of the others the names in their own /usr/share/doc/PACKAGE/copyright where it is
machine-readable (a comment, since those names are not SPDX's); their texts lie there.
"""
import argparse, datetime, hashlib, json, os, pathlib, re, subprocess, sys, urllib.parse, uuid

LICENCE = 'Apache-2.0'
FIELDS = ('Package', 'Version', 'Architecture', 'source:Package', 'source:Version', 'Depends', 'Pre-Depends', 'Provides', 'Essential', 'Maintainer',
          'Homepage', 'db:Status-Status')


def installed():
    """name -> fields of each installed package, and virtual name -> names that provide it"""
    line = '\t'.join('${%s}' % f for f in FIELDS) + '\n'
    packages, provided = {}, {}
    for row in subprocess.run(['dpkg-query', '-W', '-f', line], check=True, capture_output=True, text=True).stdout.splitlines():
        fields = dict(zip(FIELDS, row.split('\t')))
        if fields['db:Status-Status'] != 'installed':
            continue
        packages.setdefault(fields['Package'], fields)
        for virtual in alternatives(fields['Provides']):
            for name in virtual:
                provided.setdefault(name, set()).add(fields['Package'])
    return packages, provided


def alternatives(text):
    """'a (>= 1) | b, c:any <!nocheck>' -> [['a', 'b'], ['c']]"""
    out = []
    for clause in text.split(','):
        names = [re.match(r'\s*([a-z0-9][a-z0-9+.-]*)', a) for a in clause.split('|')]
        if any(names):
            out.append([n.group(1) for n in names if n])
    return out


def chosen(clause, packages, provided):
    """which installed package answers a clause; its first name where none does"""
    for name in clause:
        if name in packages:
            return name
        if provided.get(name):
            return sorted(provided[name])[0]
    return clause[0]


def closure(clauses, packages, provided):
    """what the clauses need, with all that these need: (names asked for, {name: names it needs})"""
    direct = {chosen(c, packages, provided) for c in clauses}
    edges, todo = {}, sorted(direct)
    while todo:
        name = todo.pop()
        if name in edges:
            continue
        p = packages.get(name)
        needs = alternatives(p['Depends'] + ',' + p['Pre-Depends']) if p else []
        edges[name] = {chosen(c, packages, provided) for c in needs}
        todo += sorted(edges[name])
    return direct, edges


def paragraphs(text):
    """fields of an RFC 822 file, paragraph by paragraph"""
    for block in re.split(r'\n\s*\n', text):
        fields = {}
        for line in block.splitlines():
            if line[:1] in ' \t' and fields:
                fields[last] += '\n' + line.strip()
            elif ':' in line and line[0] != '#':
                last, value = line.split(':', 1)
                fields[last] = value.strip()
        if fields:
            yield fields


def substitute(text, substvars):
    return re.sub(r'\$\{([^}]*)\}', lambda m: substvars.get(m.group(1), ''), text)


def spdx_id(kind, name):
    return 'SPDXRef-%s-%s' % (kind, re.sub(r'[^A-Za-z0-9.-]', lambda m: '-%02X-' % ord(m.group()), name))


def declared_licences(name):
    """the short names of licences in a machine-readable debian/copyright"""
    try:
        text = (pathlib.Path('/usr/share/doc') / name / 'copyright').read_text(encoding='utf-8', errors='replace')
    except OSError:
        return []
    if 'copyright-format' not in text.split('\n\n')[0]:
        return []
    return sorted({m.strip() for m in re.findall(r'^License:[ \t]*(\S[^\n]*)$', text, re.M)})


def purl(name, version, arch, distro):
    return 'pkg:deb/debian/%s@%s?arch=%s&distro=%s' % (urllib.parse.quote(name, safe='+.-~'), urllib.parse.quote(version, safe='.-~'), arch, distro)


def person(maintainer):
    return 'Person: ' + re.sub(r'\s*<([^>]*)>', r' (\1)', maintainer) if maintainer else 'NOASSERTION'


def package_entry(name, p, distro):
    entry = {'SPDXID': spdx_id('Package', name), 'name': name, 'downloadLocation': 'NOASSERTION', 'filesAnalyzed': False,
             'licenseConcluded': 'NOASSERTION', 'licenseDeclared': 'NOASSERTION', 'copyrightText': 'NOASSERTION', 'supplier': 'NOASSERTION'}
    if not p:
        entry['comment'] = 'Not installed where this package was built; the machine that it is installed on decides for a version.'
        return entry
    entry['versionInfo'] = p['Version']
    entry['supplier'] = person(p['Maintainer'])
    entry['sourceInfo'] = 'built from the Debian source package %s %s' % (p['source:Package'], p['source:Version'])
    entry['externalRefs'] = [{'referenceCategory': 'PACKAGE-MANAGER', 'referenceType': 'purl',
                              'referenceLocator': purl(name, p['Version'], p['Architecture'], distro)}]
    if p['Homepage']:
        entry['homepage'] = p['Homepage']
    licences = declared_licences(name)
    entry['licenseComments'] = ('Its copyright file names: %s. ' % ', '.join(licences) if licences else '') + \
        'The texts are in /usr/share/doc/%s/copyright.' % name
    return entry


def file_entries(tree, beside):
    """each file of the package, and SPDX's verification code over them"""
    entries, sums = [], []
    for path in sorted(p for p in tree.rglob('*') if p.is_file() and not p.is_symlink()):
        name = './' + str(path.relative_to(tree))
        if name.startswith('./DEBIAN/') or name == beside:
            continue
        data = path.read_bytes()
        sha1 = hashlib.sha1(data).hexdigest()
        sums.append(sha1)
        entries.append({'SPDXID': spdx_id('File', name[2:]), 'fileName': name,
                        'checksums': [{'algorithm': 'SHA1', 'checksumValue': sha1},
                                      {'algorithm': 'SHA256', 'checksumValue': hashlib.sha256(data).hexdigest()}],
                        'licenseConcluded': LICENCE, 'licenseInfoInFiles': ['NOASSERTION'], 'copyrightText': 'NOASSERTION'})
    return entries, hashlib.sha1(''.join(sorted(sums)).encode()).hexdigest()


def os_release():
    text = pathlib.Path('/etc/os-release').read_text(encoding='utf-8')
    fields = dict(re.findall(r'^(\w+)="?([^"\n]*)"?$', text, re.M))
    return '%s-%s' % (fields.get('ID', 'linux'), fields.get('VERSION_ID', fields.get('VERSION_CODENAME', 'unstable')))


def main():
    ap = argparse.ArgumentParser(usage=__doc__)
    for option in ('tree', 'control', 'substvars', 'package'):
        ap.add_argument('--' + option, required=True)
    args = ap.parse_args()
    if not os.environ.get('SOURCE_DATE_EPOCH', '').isdigit():
        sys.exit('sbom.py: SOURCE_DATE_EPOCH is not set: this is run by dpkg-buildpackage (packaging/build-deb.sh)')
    created = datetime.datetime.fromtimestamp(int(os.environ['SOURCE_DATE_EPOCH']), datetime.timezone.utc)

    packages, provided = installed()
    control = list(paragraphs(pathlib.Path(args.control).read_text(encoding='utf-8')))
    source = control[0]
    ours = next(p for p in control if p.get('Package') == args.package)
    substvars = dict(line.split('=', 1) for line in pathlib.Path(args.substvars).read_text().splitlines() if re.match(r'[\w:.-]+=', line))
    run, run_edges = closure(alternatives(substitute(ours['Depends'], substvars)), packages, provided)
    wanted = {c[0] for c in alternatives(ours.get('Recommends', ''))}
    essential = [[name] for name in sorted(packages) if packages[name]['Essential'] == 'yes']
    build, build_edges = closure(alternatives(source['Build-Depends'] + ', build-essential') + essential, packages, provided)
    version = subprocess.run(['dpkg-parsechangelog', '-S', 'Version'], check=True, capture_output=True, text=True).stdout.strip()
    arch = os.environ.get('DEB_HOST_ARCH') or subprocess.run(['dpkg', '--print-architecture'], check=True, capture_output=True, text=True).stdout.strip()
    distro = os_release()

    beside = './usr/share/doc/%s/%s.spdx.json' % (args.package, args.package)
    files, code = file_entries(pathlib.Path(args.tree), beside)
    this = spdx_id('Package', args.package)
    entries = [{'SPDXID': this, 'name': args.package, 'versionInfo': version, 'supplier': person(source['Maintainer']),
                'downloadLocation': 'NOASSERTION', 'filesAnalyzed': True, 'primaryPackagePurpose': 'APPLICATION',
                'packageVerificationCode': {'packageVerificationCodeValue': code, 'packageVerificationCodeExcludedFiles': [beside]},
                'licenseConcluded': LICENCE, 'licenseDeclared': LICENCE, 'licenseInfoFromFiles': ['NOASSERTION'],
                'copyrightText': 'Copyright %d %s' % (created.year, source['Maintainer'].split(' <')[0]), 'summary': ours['Description'].split('\n')[0],
                'externalRefs': [{'referenceCategory': 'PACKAGE-MANAGER', 'referenceType': 'purl',
                                  'referenceLocator': purl(args.package, version, arch, distro)}],
                'hasFiles': [f['SPDXID'] for f in files]}]
    others = sorted(set(run_edges) | set(build_edges) | wanted)
    entries += [package_entry(name, packages.get(name), distro) for name in others]

    relate = lambda a, how, b: {'spdxElementId': a, 'relationshipType': how, 'relatedSpdxElement': b}
    at = lambda name: spdx_id('Package', name)
    relations = [relate('SPDXRef-DOCUMENT', 'DESCRIBES', this)]
    relations += [relate(this, 'DEPENDS_ON', at(name)) for name in sorted(run)]
    relations += [relate(at(name), 'OPTIONAL_DEPENDENCY_OF', this) for name in sorted(wanted - run)]
    relations += [relate(at(name), 'BUILD_DEPENDENCY_OF', this) for name in sorted(build)]
    relations += [relate(at(name), 'DEPENDS_ON', at(needed)) for name, needs in sorted({**build_edges, **run_edges}.items()) for needed in sorted(needs)]
    document = {'spdxVersion': 'SPDX-2.3', 'dataLicense': 'CC0-1.0', 'SPDXID': 'SPDXRef-DOCUMENT', 'name': '%s_%s_%s' % (args.package, version, arch),
                'creationInfo': {'created': created.strftime('%Y-%m-%dT%H:%M:%SZ'), 'creators': ['Tool: sekisho-packaging-sbom.py']},
                'packages': entries, 'files': files, 'relationships': relations}
    # a name for this document alone: of what it says
    content = hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
    document['documentNamespace'] = 'urn:uuid:%s' % uuid.uuid5(uuid.NAMESPACE_OID, content)
    json.dump(document, sys.stdout, indent=1, ensure_ascii=False)
    print()


if __name__ == '__main__':
    main()
