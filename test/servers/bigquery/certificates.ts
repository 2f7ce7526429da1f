import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const run = promisify(execFile);

/** An authority of its own, and a certificate of it for localhost and for Google's hosts. */
export async function makeCertificates(
  directory: string,
): Promise<{ authority: string; certificate: string; key: string }> {
  const at = (name: string) => join(directory, name);
  const [authority, authorityKey, certificate, key] = ['ca.pem', 'ca.key', 'server.pem', 'server.key'].map(at) as [
    string,
    string,
    string,
    string,
  ];
  const newKey = ['-newkey', 'rsa:2048', '-nodes'];
  const openssl = (...args: readonly string[]) => run('openssl', args);
  await openssl(
    ...['req', '-x509', ...newKey, '-keyout', authorityKey, '-out', authority, '-days', '30', '-subj', '/CN=Tests'],
    ...['-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=keyCertSign'],
  );
  await openssl(...['req', ...newKey, '-keyout', key, '-out', at('server.csr'), '-subj', '/CN=localhost']);
  await writeFile(at('names'), 'subjectAltName=DNS:localhost,DNS:googleapis.com,DNS:*.googleapis.com,IP:127.0.0.1');
  await openssl(
    ...['x509', '-req', '-in', at('server.csr'), '-CA', authority, '-CAkey', authorityKey, '-CAcreateserial'],
    ...['-out', certificate, '-days', '30', '-extfile', at('names')],
  );
  return { authority, certificate, key };
}
