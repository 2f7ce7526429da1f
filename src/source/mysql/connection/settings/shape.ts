import type { Secret } from '../../../../core/secret.js';
import type { ConnectionSettings } from '../../../../core/source-request.js';
import type { CloudIdentity } from '../../../cloud-identity/settings.js';

/** As MySQL's own clients have them. */
export const sslModes = ['DISABLED', 'PREFERRED', 'REQUIRED', 'VERIFY_CA', 'VERIFY_IDENTITY'] as const;
export type SslMode = (typeof sslModes)[number];

export interface TlsSettings {
  readonly mode: SslMode;
  /** PEM texts of the trusted roots; undefined: those that Node brings. */
  readonly roots: readonly string[] | undefined;
  /** PEM texts of the client's certificate and key. */
  readonly certificate: string | undefined;
  readonly key: Secret | undefined;
}

/** All that a connection needs, files read. */
export interface MysqlSettings extends ConnectionSettings {
  readonly host: string;
  readonly port: number;
  /** The path of a unix socket, in place of host and port. */
  readonly socket: string | undefined;
  /** The IP address that a connection was made to; later connections use it, so that all reach the same server. */
  readonly address?: string;
  readonly user: string;
  readonly password: Secret | undefined;
  /** Whose tokens log in, in place of a password. */
  readonly identity?: CloudIdentity;
  readonly database: string;
  readonly tls: TlsSettings;
  /** Milliseconds; 0 waits for ever. */
  readonly connectTimeout: number;
}
