import type SnowflakeSdk from 'snowflake-sdk';
import type { SnowflakeStandIn } from './snowflake.js';

type Options = Record<string, unknown>;

const all = ['String', 'Boolean', 'Number', 'Date', 'JSON', 'Buffer', 'Object', 'Array', 'Map'];

/** The vendor's own client, which asks the stand-in; every value is a text. */
export async function vendorClient(standIn: SnowflakeStandIn) {
  const before = Object.fromEntries(Object.keys(standIn.env).map((name) => [name, process.env[name]]));
  Object.assign(process.env, standIn.env);
  const sdk = (await import('snowflake-sdk')).default as unknown as typeof SnowflakeSdk;
  sdk.configure({ logLevel: 'OFF', additionalLogToConsole: false } as never);
  return {
    // connectAsync does not tell of logins that were refused.
    connect(more: Options) {
      const fixed = { account: 'testacct', username: 'robot', rowMode: 'array', fetchAsString: all };
      const connection = sdk.createConnection({ accessUrl: standIn.url, ...fixed, ...more } as never);
      return new Promise<SnowflakeSdk.Connection>((done, failed) => {
        connection.connect((error) => (error ? failed(error) : done(connection)));
      });
    },
    execute: (connection: SnowflakeSdk.Connection, sqlText: string, more: Options = {}) =>
      new Promise<unknown[][]>((done, failed) => {
        connection.execute({
          sqlText,
          ...more,
          complete: (error: unknown, _: unknown, rows: unknown) =>
            error ? failed(error as Error) : done(rows as unknown[][]),
        } as never);
      }),
    /** The environment as it was. */
    restore() {
      for (const [name, value] of Object.entries(before))
        if (value !== undefined) process.env[name] = value;
        else Reflect.deleteProperty(process.env, name);
    },
  };
}
