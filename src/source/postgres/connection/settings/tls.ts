import { X509Certificate } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { type GivenValue, told } from '../../../../core/given-value.js';
import { Secret } from '../../../../core/secret.js';
import { type CloudIdentity, mayGoPlain, tooWeak } from '../../../cloud-identity/settings.js';
import { isThisMachine } from '../../../this-machine.js';
import { type GivenParameters, invalid, type Variables } from './parameters.js';
import { type HostSettings, type SslMode, sslModes, type TlsSettings } from '../../../postgres-protocol/settings.js';

/** What distributions call the file with the roots that the system trusts. */
const systemRoots = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
];

const strictModes: readonly string[] = ['verify-full', 'verify-ca'];

/** The TLS settings of all hosts, with the files read. `~/.postgresql/` has the same default files as for libpq. */
export function tlsSettings(given: GivenParameters, home: string, env: Variables): TlsSettings {
  const roots = rootsOf(given.sslrootcert, home, env);
  const certificate = clientFile(given.sslcert, join(home, '.postgresql', 'postgresql.crt'), 'sslcert');
  const key = certificate && clientFile(given.sslkey, join(home, '.postgresql', 'postgresql.key'), 'sslkey');
  if (certificate && !key) {
    throw invalid(
      `sslkey: the certificate ${certificate.path} has no key`,
      'Give the file of its key: sslkey=/path/client.key (PGSSLKEY).',
    );
  }
  if (!certificate && given.sslkey) {
    throw invalid(
      `sslkey: ${given.sslkey.value} is given without a certificate`,
      'Give sslcert=/path/client.crt (PGSSLCERT), too.',
    );
  }
  if (certificate) checkCertificate(certificate.text, certificate.path, 'sslcert');
  if (key) checkKeyFile(key.path);
  return {
    negotiation: choice(given.sslnegotiation, 'sslnegotiation', ['postgres', 'direct'] as const) ?? 'postgres',
    channelBinding:
      choice(given.channel_binding, 'channel_binding', ['disable', 'prefer', 'require'] as const) ?? 'disable',
    roots,
    certificate: certificate?.text,
    key: key && new Secret(key.text),
    keyPassword: given.sslpassword && new Secret(given.sslpassword.value),
  };
}

/**
 * The sslmode of one host. By default `require` where packets leave this machine, `prefer` where they do not. As in libpq,
 * `require` with roots means `verify-ca`, and `verify-…` needs roots. A token in place of a password goes to a server that was
 * verified, so that the default is `verify-full`, and nothing weaker than `verify-ca` will do.
 */
export function sslModeOf(
  { host, address }: Pick<HostSettings, 'host' | 'address'>,
  given: GivenParameters,
  { tls, identity }: { readonly tls: TlsSettings; readonly identity: CloudIdentity | undefined },
): SslMode {
  const asked = choice(given.sslmode, 'sslmode', sslModes);
  const system = given.sslrootcert?.value === 'system';
  const strict = identity !== undefined && !mayGoPlain(identity, address ?? host);
  if (strict && host.startsWith('/')) throw tooWeak('sslmode', 'disable', strictModes);
  if (host.startsWith('/')) return asked ?? 'disable';
  const mode = asked ?? (system || strict ? 'verify-full' : isThisMachine(host) ? 'prefer' : 'require');
  if (strict && !strictModes.includes(mode)) throw tooWeak('sslmode', mode, strictModes);
  if (system && mode !== 'verify-full') {
    throw invalid(
      `sslmode: "${mode}" is too weak with sslrootcert=system, since anybody can have a certificate of a public authority`,
      'Use sslmode=verify-full.',
    );
  }
  if (tls.negotiation === 'direct' && ['disable', 'allow', 'prefer'].includes(mode)) {
    throw invalid(`sslnegotiation: "direct" needs sslmode require or stronger; it is ${mode}`, 'Add sslmode=require.');
  }
  if (tls.channelBinding === 'require' && mode === 'disable') {
    throw invalid('channel_binding: "require" needs TLS; sslmode is disable', 'Use sslmode=require or stronger.');
  }
  if (mode === 'require' && tls.roots) return 'verify-ca';
  if (mode.startsWith('verify') && !tls.roots) {
    throw invalid(
      `sslmode: "${mode}" has no authority to verify with`,
      'Give sslrootcert=/path/ca.pem (PGSSLROOTCERT), or sslrootcert=system for the public authorities; ~/.postgresql/root.crt is taken, too.' +
        (identity === undefined ? '' : ' RDS and Cloud SQL offer the file of their authorities for download.'),
    );
  }
  return mode;
}

function rootsOf(given: GivenValue | undefined, home: string, env: Variables): readonly string[] | undefined {
  if (given?.value === 'system') {
    const file = [env['SSL_CERT_FILE'], ...systemRoots].find((path) => path !== undefined && existsSync(path));
    return [...rootCertificates, ...(file === undefined ? [] : [readFileSync(file, 'utf8')])];
  }
  const path = given?.value ?? join(home, '.postgresql', 'root.crt');
  if (!given && !existsSync(path)) return undefined;
  const text = read(path, 'sslrootcert');
  checkCertificate(text, path, 'sslrootcert');
  return [text];
}

function clientFile(
  given: GivenValue | undefined,
  usual: string,
  key: string,
): { path: string; text: string } | undefined {
  const path = given?.value ?? usual;
  if (!given && !existsSync(path)) return undefined;
  return { path, text: read(path, key) };
}

function read(path: string, key: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw invalid(
      `${key}: the file ${path} cannot be read (${(error as NodeJS.ErrnoException).code})`,
      'Check path and permissions.',
    );
  }
}

function checkCertificate(pem: string, path: string, key: string): void {
  try {
    new X509Certificate(pem);
  } catch {
    throw invalid(`${key}: ${path} holds no certificate`, 'It must be in PEM form: -----BEGIN CERTIFICATE-----');
  }
}

/** libpq's rule: a key is readable by its owner alone, or, if root owns it, by a group. */
function checkKeyFile(path: string): void {
  const file = statSync(path);
  const open = file.mode & (file.uid === 0 ? 0o027 : 0o077);
  if (process.platform === 'win32' || open === 0) return;
  throw invalid(`sslkey: others may read ${path}`, `Run: chmod 600 ${path}`);
}

/** One of a few words. @throws request.invalid that lists them */
function choice<Word extends string>(
  given: GivenValue | undefined,
  key: string,
  words: readonly Word[],
): Word | undefined {
  if (!given) return undefined;
  const word = words.find((candidate) => candidate === given.value);
  if (word !== undefined) return word;
  const hint =
    given.value === 'no-verify' ? 'What no-verify means elsewhere is "require" here.' : `Change ${given.origin}.`;
  throw invalid(`${key}: ${told(given)} is not allowed; allowed is ${words.join(', ')}`, hint);
}
