import type * as Redshift from '@aws-sdk/client-redshift';
import type * as Serverless from '@aws-sdk/client-redshift-serverless';
import { optionalPackage } from '../../optional-package.js';

/** Of one request; milliseconds. */
const timeouts = { connectionTimeout: 5_000, requestTimeout: 20_000, throwOnRequestTimeout: true } as const;
const silent = (): void => undefined;
const logger = { trace: silent, debug: silent, info: silent, warn: silent, error: silent };

/** Amazon's clients of both kinds of Redshift, with the classes of their requests. */
export interface AwsClients {
  readonly redshift: Redshift.RedshiftClient;
  readonly serverless: Serverless.RedshiftServerlessClient;
  readonly commands: typeof Redshift;
  readonly serverlessCommands: typeof Serverless;
  close(): void;
}

/** Loads Amazon's clients, which not every installation has. @throws source.unsupported, with what to type */
export async function awsClients(region: string | undefined): Promise<AwsClients> {
  // What Node can run is said in the package, and needs no line on stderr from every run.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] ??= 'true';
  const [commands, serverlessCommands] = await load();
  const config = { maxAttempts: 1, logger, requestHandler: timeouts, ...(region !== undefined && { region }) };
  const redshift = new commands.RedshiftClient(config);
  const serverless = new serverlessCommands.RedshiftServerlessClient(config);
  const close = (): void => {
    redshift.destroy();
    serverless.destroy();
  };
  return { redshift, serverless, commands, serverlessCommands, close };
}

const load = (): Promise<[typeof Redshift, typeof Serverless]> =>
  optionalPackage(
    () => Promise.all([import('@aws-sdk/client-redshift'), import('@aws-sdk/client-redshift-serverless')]),
    {
      message: "Amazon's clients for Redshift are not installed",
      hint: 'npm install @aws-sdk/client-redshift @aws-sdk/client-redshift-serverless; or give a host and a password.',
    },
  );
