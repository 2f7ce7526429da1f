import type Sdk from 'snowflake-sdk';
import { TidemarkError } from '../../../core/errors.js';

/** What the package does otherwise when it is loaded, or when it logs in: it looks for clouds on the network, loads native code, and tells how it was called. */
const quiet = {
  SNOWFLAKE_DISABLE_PLATFORM_DETECTION: 'true',
  SNOWFLAKE_DISABLE_MINICORE: '1',
  SF_TELEMETRY_DISABLE_CONNECTION_SHAPE: '1',
};

/** Loads Snowflake's own client, which not every installation has. @throws source.unsupported, with what to type */
export async function loadSdk(): Promise<typeof Sdk> {
  for (const [name, value] of Object.entries(quiet)) process.env[name] ??= value;
  try {
    const { default: sdk } = await import('snowflake-sdk');
    sdk.configure({ logLevel: 'OFF', additionalLogToConsole: false });
    return sdk;
  } catch (thrown) {
    const { code } = thrown as { readonly code?: string };
    if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw thrown;
    throw new TidemarkError('source.unsupported', "Snowflake's client is not installed", {
      hint: 'It is not part of every installation, since it is large: npm install snowflake-sdk',
      cause: thrown,
    });
  }
}
