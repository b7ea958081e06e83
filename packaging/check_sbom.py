#!/usr/bin/env python3
"""check_sbom.py SBOM TREE DEB: is SBOM SPDX 2.3 (the rules of its JSON that matter here), and does it say what TREE and DEB are?

TREE is where DEB was unpacked to. No schema is fetched: what it demands of the parts that packaging/sbom.py writes stands here.
"""
import datetime, hashlib, json, pathlib, re, subprocess, sys

RELATIONS = {'DESCRIBES', 'DEPENDS_ON', 'OPTIONAL_DEPENDENCY_OF', 'BUILD_DEPENDENCY_OF'}
PACKAGE_NEEDS = {'SPDXID', 'name', 'downloadLocation', 'licenseConcluded', 'licenseDeclared', 'copyrightText', 'supplier', 'filesAnalyzed'}


def main(sbom, tree, deb):
    wrong = []
    check = lambda good, words: good or wrong.append(words)
    d = json.loads(pathlib.Path(sbom).read_text(encoding='utf-8'))
    check(d['spdxVersion'] == 'SPDX-2.3' and d['dataLicense'] == 'CC0-1.0' and d['SPDXID'] == 'SPDXRef-DOCUMENT', 'head')
    check(re.fullmatch(r'[a-z][a-z0-9+.-]*:[^#\s]+', d['documentNamespace']), 'documentNamespace is no URI without a fragment')
    datetime.datetime.strptime(d['creationInfo']['created'], '%Y-%m-%dT%H:%M:%SZ')
    check(all(re.match(r'(Tool|Person|Organization): \S', c) for c in d['creationInfo']['creators']), 'creators')
    ids = [x['SPDXID'] for x in d['packages'] + d['files']]
    check(len(set(ids)) == len(ids), 'an SPDXID stands twice')
    check(all(re.fullmatch(r'SPDXRef-[A-Za-z0-9.-]+', i) for i in ids), 'an SPDXID has characters that it may not have')
    for p in d['packages']:
        check(PACKAGE_NEEDS <= set(p), '%s lacks %s' % (p['name'], PACKAGE_NEEDS - set(p)))
        check(p['supplier'] == 'NOASSERTION' or re.match(r'(Person|Organization): ', p['supplier']), 'supplier of ' + p['name'])
    for r in d['relationships']:
        check(r['relationshipType'] in RELATIONS and {r['spdxElementId'], r['relatedSpdxElement']} <= {*ids, 'SPDXRef-DOCUMENT'}, 'relation %s' % r)

    field = lambda name: subprocess.run(['dpkg-deb', '-f', deb, name], check=True, capture_output=True, text=True).stdout.strip()
    ours = d['packages'][0]
    check((ours['name'], ours['versionInfo']) == (field('Package'), field('Version')), 'it is about another package')
    by_id = {p['SPDXID']: p for p in d['packages']}
    named = {by_id[r['relatedSpdxElement']]['name'] for r in d['relationships'] if r['relationshipType'] == 'DEPENDS_ON' and r['spdxElementId'] == ours['SPDXID']}
    for clause in field('Depends').split(','):
        names = {re.match(r'\s*([a-z0-9.+-]+)', alternative).group(1) for alternative in clause.split('|')}
        check(names & named, 'the dependency %s is not named' % clause.strip())
    built = {by_id[r['spdxElementId']]['name'] for r in d['relationships'] if r['relationshipType'] == 'BUILD_DEPENDENCY_OF'}
    check({'gcc', 'meson', 'libndpi-dev'} & built and 'meson' in built, 'what it was built with is not named')
    check(all('versionInfo' in by_id[r['spdxElementId']] for r in d['relationships'] if r['relationshipType'] == 'BUILD_DEPENDENCY_OF'), 'a tool without a version')

    tree, told, sums = pathlib.Path(tree), {f['fileName']: {c['algorithm']: c['checksumValue'] for c in f['checksums']} for f in d['files']}, []
    excluded = set(ours['packageVerificationCode']['packageVerificationCodeExcludedFiles'])
    there = {'./' + str(p.relative_to(tree)): p for p in tree.rglob('*') if p.is_file() and not p.is_symlink()}
    check(set(there) - excluded == set(told), 'files: %s' % sorted((set(there) - excluded) ^ set(told))[:5])
    for name in set(there) & set(told):
        data = there[name].read_bytes()
        check(told[name] == {'SHA1': hashlib.sha1(data).hexdigest(), 'SHA256': hashlib.sha256(data).hexdigest()}, 'checksums of ' + name)
        sums.append(told[name]['SHA1'])
    check(hashlib.sha1(''.join(sorted(sums)).encode()).hexdigest() == ours['packageVerificationCode']['packageVerificationCodeValue'], 'verification code')
    for words in wrong:
        print(words)
    print('note: %d packages, %d files' % (len(d['packages']), len(d['files'])))
    return 1 if wrong else 0


if __name__ == '__main__':
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
