import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { invalidRequest } from '../../../../core/errors.js';
import { told } from '../../../../core/given-value.js';
import { Secret } from '../../../../core/secret.js';
import { type CloudIdentity, mayGoPlain, tooWeak } from '../../../cloud-identity/settings.js';
import { isThisMachine } from '../../../this-machine.js';
import type { Given, ParameterName } from './parameters.js';
import { type SslMode, sslModes, type TlsSettings } from './shape.js';

const strictModes: readonly string[] = ['VERIFY_IDENTITY', 'VERIFY_CA'];

/**
 * The TLS settings, with the files read. By default `REQUIRED` where packets leave this machine, `PREFERRED` where they do not;
 * `VERIFY_CA` where an authority is named. A token in place of a password goes to a server that was verified, so that the default is
 * `VERIFY_IDENTITY`, and nothing weaker than `VERIFY_CA` will do.
 * @param host this machine, where a socket is given
 * @throws request.invalid
 */
export function tlsSettings(given: Given, host: string, identity: CloudIdentity | undefined): TlsSettings {
  const roots = fileOf(given, 'ssl-ca');
  if (roots !== undefined) checkCertificate(roots, given, 'ssl-ca');
  const certificate = fileOf(given, 'ssl-cert');
  if (certificate !== undefined) checkCertificate(certificate, given, 'ssl-cert');
  const key = fileOf(given, 'ssl-key');
  if ((certificate === undefined) !== (key === undefined)) {
    const missing = key === undefined ? 'ssl-key' : 'ssl-cert';
    throw invalidRequest(`${missing}: is missing`, 'A client certificate needs its key, and a key its certificate.');
  }
  return {
    mode: modeAt(host, { given, hasRoots: roots !== undefined, identity }),
    roots: roots === undefined ? undefined : [roots],
    certificate,
    key: key === undefined ? undefined : new Secret(key),
  };
}

function modeAt(
  host: string,
  {
    given,
    hasRoots,
    identity,
  }: { readonly given: Given; readonly hasRoots: boolean; readonly identity: CloudIdentity | undefined },
): SslMode {
  const asked = modeOf(given);
  const strict = identity !== undefined && !mayGoPlain(identity, host);
  const usual = hasRoots ? 'VERIFY_CA' : isThisMachine(host) ? 'PREFERRED' : 'REQUIRED';
  const mode = given.socket === undefined ? (asked ?? (strict ? 'VERIFY_IDENTITY' : usual)) : 'DISABLED';
  if (strict && !strictModes.includes(mode)) throw tooWeak('ssl-mode', mode, strictModes);
  return mode;
}

function modeOf({ 'ssl-mode': given }: Given): SslMode | undefined {
  if (given === undefined) return undefined;
  const asked = given.value.toUpperCase().replaceAll('-', '_');
  const mode = sslModes.find((one) => one === asked);
  if (mode !== undefined) return mode;
  throw invalidRequest(
    `ssl-mode: ${told(given)} is not allowed; allowed is ${sslModes.join(', ')}`,
    `Change ${given.origin}.`,
  );
}

function fileOf(given: Given, name: ParameterName): string | undefined {
  const path = given[name]?.value;
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw invalidRequest(
      `${name}: the file ${path} cannot be read (${(error as NodeJS.ErrnoException).code})`,
      'Check path and permissions.',
    );
  }
}

function checkCertificate(pem: string, given: Given, name: ParameterName): void {
  try {
    new X509Certificate(pem);
  } catch {
    throw invalidRequest(
      `${name}: ${given[name]!.value} holds no certificate`,
      'It must be in PEM form: -----BEGIN CERTIFICATE-----',
    );
  }
}
