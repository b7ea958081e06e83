"""An AppArmor profile as far as files and sockets go, and what a traced program asked for: enough of both to hold one against the other where no
kernel does. Capabilities, signals and ptrace are left to the reader. Sources: apparmor.d(5), security/apparmor/lsm.c, strace(1)."""
import pathlib, re

HOME = pathlib.Path('/etc/apparmor.d')
RULE = re.compile(r'^(?:(audit|owner|deny|allow) )*((?:/|@\{).*?)\s+([rwaklmixuUpPcC]+)$')


def glob_to_regex(glob):
    out, depth, i = '', 0, 0
    while i < len(glob):
        c = glob[i]
        if glob.startswith('**', i):
            out, i = out + '.*', i + 1   # not nothing behind a slash, which is a matter of "/" itself only
        elif c == '*':
            out += '[^/]*'
        elif c == '?':
            out += '[^/]'
        elif c == '[':
            end = glob.index(']', i)
            out, i = out + glob[i:end + 1], end
        elif c in '{}':
            depth += 1 if c == '{' else -1
            out += '(?:' if c == '{' else ')'
        elif c == ',' and depth:
            out += '|'
        else:
            out += re.escape(c)
        i += 1
    return re.compile(out)


class Profile:
    def __init__(self, path):
        self.files, self.networks, self.variables = [], [], {}
        for tunable in sorted((HOME / 'tunables').rglob('*')):
            if tunable.is_file():
                self.tunables(tunable.read_text())
        self.variables.setdefault('pid', ['[0-9]*'])
        self.read(pathlib.Path(path).read_text())

    def tunables(self, text):
        for name, add, values in re.findall(r'^@\{(\w+)\}\s*(\+?)=\s*(.*)$', text, re.M):
            self.variables[name] = (self.variables.get(name, []) if add else []) + values.split()

    def read(self, text):
        for line in text.splitlines():
            line = line.split(' #')[0].strip().rstrip(',') if not line.strip().startswith('#include') else line.strip()
            include = re.match(r'#?include (if exists )?<(.+)>', line)
            if include:
                path = HOME / include.group(2)
                for one in sorted(path.iterdir()) if path.is_dir() else [path]:
                    if one.is_file() or not include.group(1):
                        self.read(one.read_text() if not one.is_dir() else '')
            elif line.startswith('network'):
                self.networks.append(line.split()[1:])
            else:
                rule = RULE.match(line)
                if rule and rule.group(1) != 'deny':
                    self.files.append((glob_to_regex(self.expanded(rule.group(2).strip('"'))), set(rule.group(3)) | ({'a'} if 'w' in rule.group(3) else set())))

    def expanded(self, glob):
        while True:
            m = re.search(r'@\{(\w+)\}', glob)
            if not m:
                return re.sub(r'/{2,}', '/', glob)
            values = [v.rstrip('/') if v != '/' else v for v in self.variables[m.group(1)]]
            glob = glob[:m.start()] + (values[0] if len(values) == 1 else '{%s}' % ','.join(values)) + glob[m.end():]

    def lacks(self, path, wanted):
        """of @wanted ("rwk"), what no rule grants at @path"""
        granted = set().union(*(perms for regex, perms in self.files if regex.fullmatch(path)))
        return ''.join(p for p in wanted if p not in granted)

    def lets_talk(self, family, kind):
        return any(not rule or (rule[0] == family and rule[1:] in ([], [kind])) for rule in self.networks)


TEXT = r'"((?:[^"\\]|\\.)*)"'
AT = r'(?:AT_FDCWD(?:<[^>]*>)?|\d+<([^>]*)>), '


def asked(trace, at):
    """(files, sockets) of a trace by strace -f -y: {(path, permissions)}, {(family, type)}; paths that do not begin at / begin at @at"""
    files, sockets = set(), set()
    made = set(re.findall(r'\bmkdir\(' + TEXT, trace))

    def want(path, perms, folder=None):
        path = path if path.startswith('/') else '%s/%s' % (folder or at, path)
        files.add((re.sub(r'/\./|/{2,}', '/', path.replace('/proc/self/', '/proc/1/')), perms))

    for line in trace.splitlines():
        line = re.sub(r'^\d+ +', '', line)
        m = re.match(r'openat\(' + AT + TEXT + r', ([A-Z_|]+)', line)
        if m and 'O_PATH' not in m.group(3):
            flags = m.group(3).split('|')
            perms = {'O_RDONLY': 'r', 'O_WRONLY': 'w', 'O_RDWR': 'rw'}[flags[0]]
            if {'O_CREAT', 'O_TRUNC'} & set(flags) and 'w' not in perms:
                perms += 'w'
            found = re.search(r'= \d+<(.*)>$', line)   # links are resolved before AppArmor looks
            path = found.group(1).replace(' (deleted)', '') if found else m.group(2)
            if not found and path.startswith('/sys/class/'):   # all links
                continue
            folder = 'O_DIRECTORY' in flags or path in made or pathlib.Path(path).is_dir()
            want(path.rstrip('/') + '/' * folder, perms, m.group(1))
        m = re.match(r'(unlink|chmod|chown|truncate|mknod)\(' + TEXT, line) or re.match(r'()unlinkat\(' + AT + TEXT, line)
        if m:
            want(m.groups()[-1], 'w')
        m = re.match(r'(?:mkdir|rmdir)\(' + TEXT, line)
        if m:
            want(m.group(1).rstrip('/') + '/', 'w')
        m = re.match(r'rename\(' + TEXT + ', ' + TEXT, line)
        if m:
            want(m.group(1), 'rw')
            want(m.group(2), 'w')
        m = re.match(r'link\(' + TEXT + ', ' + TEXT, line)
        if m:
            want(m.group(2), 'l')
        m = re.match(r'(?:flock|fcntl)\(\d+<(/[^>]*)>, (?:LOCK_|F_(?:OFD_)?(?:SETLK|GETLK))', line)
        if m and not line.startswith('flock') or m and 'LOCK_UN' not in line:
            path = m.group(1).replace(' (deleted)', '')
            want(path + '/' * (path in made or pathlib.Path(path).is_dir()), 'k')
        m = re.match(r'mmap\([^,]+, \d+, [A-Z_|]*PROT_EXEC[^,]*, [^,]+, \d+<(/[^>]*)>', line)
        if m:
            want(m.group(1), 'm')
        m = re.match(r'(connect|bind|sendmsg|sendto)\(.*?sun_path=' + TEXT, line)
        if m:
            want(m.group(2), 'rw' if m.group(1) == 'connect' else 'w')
        m = re.match(r'socket\(AF_(\w+), SOCK_(\w+)', line)
        if m:
            sockets.add((m.group(1).lower(), m.group(2).lower()))
    return files, sockets
