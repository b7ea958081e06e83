"""Tests in a browser: Debian's Chromium, driven by scripts in this folder with playwright-core and axe-core of package.json, which are put into the build directory.

    import browser                                # ends with 77 and the reason where there is no browser
    result = browser.run(rig, 'console.mjs', 'map', url=console.url)

runs a case of a script and gives what it prints as JSON; a case that fails says why on stderr. SEKISHO_SHOTS names a folder for pictures.
"""
import fcntl, json, os, pathlib, shutil, subprocess, sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / 'integration'))
from rig import BUILD   # noqa: E402

HOME = BUILD / 'browser'
CHROMIUM = os.environ.get('CHROMIUM') or shutil.which('chromium') or shutil.which('chromium-browser')


def absent(why):
    print('SKIP: %s' % why)
    sys.exit(77)


def put(script):
    """a script beside what it needs; another test may be running it"""
    there = HOME / script.name
    if not there.exists() or there.read_bytes() != script.read_bytes():
        fresh = HOME / ('%s.%d' % (script.name, os.getpid()))
        shutil.copy(script, fresh)
        os.replace(fresh, there)


def prepare():
    """scripts and what they need in the build directory, for one test at a time: two begin together; installed again when package.json has changed"""
    for program in ('node', 'npm'):
        if not shutil.which(program):
            absent('%s is not installed' % program)
    if not CHROMIUM:
        absent('chromium is not installed')
    HOME.mkdir(parents=True, exist_ok=True)
    with open(HOME / 'lock', 'w') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        install()
        for script in HERE.glob('*.mjs'):
            put(script)


def install():
    wanted, there = (HERE / 'package.json').read_text(), HOME / 'package.json'
    if (HOME / 'installed').exists() and (HOME / 'installed').read_text() == wanted:
        return
    there.write_text(wanted)
    r = subprocess.run(['npm', 'install', '--no-package-lock', '--no-audit', '--no-fund', '--ignore-scripts',
                        '--fetch-retries=1', '--fetch-retry-mintimeout=2000'],  # where nothing can be fetched it is known soon
                       cwd=HOME, capture_output=True, text=True, timeout=300, stdin=subprocess.DEVNULL)
    if r.returncode != 0:
        absent('npm cannot install playwright-core and axe-core: %s' % r.stderr.strip()[-300:])
    (HOME / 'installed').write_text(wanted)


def run(rig, script, case, seconds=120, **values):
    """runs `node SCRIPT CASE` with values as environment (url= becomes TEST_URL); its last line as JSON, or None"""
    env = dict(os.environ, CHROMIUM=CHROMIUM, **{'TEST_' + k.upper(): str(v) for k, v in values.items()})
    r = subprocess.run(['node', HOME / script, case], capture_output=True, text=True, timeout=seconds, env=env, stdin=subprocess.DEVNULL, cwd=rig.dir)
    assert r.returncode == 0, '%s %s:\n%s%s' % (script, case, r.stdout[-2000:], r.stderr[-3000:])
    lines = r.stdout.strip().splitlines()
    return json.loads(lines[-1]) if lines else None


prepare()
