import type { Secret } from '../../../core/secret.js';
import type { ConnectionSettings } from '../../../core/source-request.js';
import type { SslMode } from '../../postgres-protocol/settings.js';

/** Who logs in: the machine's identity in AWS, for which a password is made every time; or somebody with a password. */
export type RedshiftLogin =
  | {
      readonly kind: 'iam';
      /** A user of the database; undefined: that of the identity itself. */
      readonly user: string | undefined;
      /** Groups of the database that the user joins for the session. */
      readonly groups: readonly string[];
    }
  | { readonly kind: 'password'; readonly user: string; readonly password: Secret };

/** All that a connection needs, files read. */
export interface RedshiftSettings extends ConnectionSettings {
  /** The name of a cluster, or of a workgroup of Redshift Serverless. Undefined: `host` alone is known. */
  readonly name: string | undefined;
  /** Undefined: it is asked for. */
  readonly kind: 'cluster' | 'workgroup' | undefined;
  /** Undefined: its endpoint is asked for. */
  readonly host: string | undefined;
  readonly port: number | undefined;
  readonly database: string;
  readonly login: RedshiftLogin;
  /** The role that UNLOAD writes with: its ARN, or `default`. */
  readonly unloadRole: string;
  /** Undefined: that of the environment, or of the machine. */
  readonly region: string | undefined;
  readonly sslMode: SslMode;
  /** PEM texts of the trusted roots; undefined: those that Node brings. */
  readonly roots: readonly string[] | undefined;
}
