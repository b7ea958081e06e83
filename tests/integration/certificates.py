"""An authority of one's own and what it signs, for the tests of TLS."""
import ssl, subprocess


class Certificates:
    """an authority, and what it has signed"""

    def __init__(self, rig):
        self.rig, self.dir = rig, rig.dir
        self.openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=plant authority', '-addext', 'keyUsage=critical,keyCertSign', '-keyout', 'ca.key', '-out', 'ca.pem')

    def openssl(self, *words):
        subprocess.run(['openssl', *words], cwd=self.dir, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def sign(self, name, alternatives, days=2):
        (self.dir / ('%s.ext' % name)).write_text('subjectAltName=%s\nauthorityKeyIdentifier=keyid\nsubjectKeyIdentifier=hash\nbasicConstraints=CA:FALSE\n' % alternatives)
        self.openssl('req', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=%s' % name, '-keyout', '%s.key' % name, '-out', '%s.csr' % name)
        self.openssl('x509', '-req', '-in', '%s.csr' % name, '-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', str(days), '-extfile', '%s.ext' % name,
                     '-out', '%s.pem' % name)
        return self.dir / ('%s.pem' % name), self.dir / ('%s.key' % name)

    def context(self):
        return ssl.create_default_context(cafile=str(self.dir / 'ca.pem'))
