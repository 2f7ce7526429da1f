import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Certificate {
  readonly cert: string;
  readonly key: string;
  readonly certFile: string;
  readonly keyFile: string;
}

/** A certificate authority of the test's own, by the openssl command line. */
export class Authority {
  readonly folder = mkdtempSync(join(tmpdir(), 'tidemark-ca-'));
  readonly root: Certificate;

  constructor(name = 'Tidemark test authority') {
    this.root = this.make('root', ['-x509', '-days', '2', '-subj', `/CN=${name}`]);
  }

  /** `subjectAltName` as openssl writes it: `DNS:localhost,IP:127.0.0.1`. */
  issue(commonName: string, subjectAltName: string): Certificate {
    const name = commonName.replace(/\W/g, '_');
    const request = this.make(name, ['-subj', `/CN=${commonName}`], '.csr');
    const extensions = join(this.folder, `${name}.ext`);
    writeFileSync(extensions, `subjectAltName=${subjectAltName}\n`);
    const certFile = join(this.folder, `${name}.crt`);
    this.openssl(
      ['x509', '-req', '-in', request.certFile, '-out', certFile, '-days', '2', '-extfile', extensions],
      ['-CA', this.root.certFile, '-CAkey', this.root.keyFile, '-CAcreateserial'],
    );
    return { ...request, certFile, cert: readFileSync(certFile, 'utf8') };
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  private make(name: string, options: readonly string[], ending = '.crt'): Certificate {
    const certFile = join(this.folder, name + ending);
    const keyFile = join(this.folder, `${name}.key`);
    this.openssl(
      ['req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ['-keyout', keyFile, '-out', certFile, ...options],
    );
    return { certFile, keyFile, cert: readFileSync(certFile, 'utf8'), key: readFileSync(keyFile, 'utf8') };
  }

  private openssl(...parts: (readonly string[])[]): void {
    execFileSync('openssl', parts.flat(), { stdio: 'pipe' });
  }
}

export function hasOpenssl(): boolean {
  try {
    execFileSync('openssl', ['version'], { stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
}
