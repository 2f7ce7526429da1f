import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generate } from 'selfsigned';

const names = ['localhost', 'googleapis.com', '*.googleapis.com'];

/**
 * A certificate that is its own authority, for localhost and for Google's hosts.
 * @param {string} directory
 * @returns {Promise<{ certificate: string, key: string }>} paths of PEM files
 */
export async function makeCertificate(directory) {
  const altNames = [...names.map((value) => ({ type: 2, value })), { type: 7, ip: '127.0.0.1' }];
  const made = await generate([{ name: 'commonName', value: 'localhost' }], {
    keySize: 2048,
    algorithm: 'sha256',
    extensions: [
      { name: 'basicConstraints', cA: true },
      { name: 'keyUsage', digitalSignature: true, keyEncipherment: true, keyCertSign: true },
      { name: 'subjectAltName', altNames },
    ],
  });
  const [certificate, key] = [join(directory, 'certificate.pem'), join(directory, 'key.pem')];
  await writeFile(certificate, made.cert);
  await writeFile(key, made.private);
  return { certificate, key };
}
