import type { Secret } from '../../../../core/secret.js';
import type { ConnectionSettings } from '../../../../core/source-request.js';

/** A token, or the file that has it, which is read whenever it is needed. */
export type TokenOrigin = { readonly token: Secret } | { readonly file: string };

/** As whom Snowflake is asked; `origin` says who said so. */
export type IdentitySettings = { readonly origin: string } & (
  | {
      readonly kind: 'key';
      readonly user: string;
      /** A private RSA key, unencrypted, PKCS #8 in PEM. */
      readonly privateKey: Secret;
    }
  | { readonly kind: 'oauth' | 'pat'; readonly user: string | undefined; readonly token: TokenOrigin }
  | { readonly kind: 'workload'; readonly provider: WorkloadProvider; readonly token: Secret | undefined }
  | { readonly kind: 'password'; readonly user: string; readonly password: Secret }
);

/** Who vouches for a workload. */
export const workloadProviders = ['AWS', 'AZURE', 'GCP', 'OIDC'] as const;
export type WorkloadProvider = (typeof workloadProviders)[number];

/** All that a connection needs, files read. */
export interface SnowflakeSettings extends ConnectionSettings {
  /** `organization-account`, or an account's locator with its region. */
  readonly account: string;
  /** `https://host`, without a slash at its end. */
  readonly endpoint: string;
  readonly identity: IdentitySettings;
  /** Undefined: the user's own default. */
  readonly role: string | undefined;
  readonly warehouse: string | undefined;
  readonly database: string | undefined;
  readonly schema: string | undefined;
  /** Of every statement. */
  readonly queryTag: string;
  /** What lets Snowflake write into a bucket: a name as SQL has it. */
  readonly storageIntegration: string | undefined;
}
