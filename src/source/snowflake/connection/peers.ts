import type Sdk from 'snowflake-sdk';
import { optionalPackage } from '../../optional-package.js';

/** What the package does otherwise when it is loaded, or when it logs in: it looks for clouds on the network, loads native code, and tells how it was called. */
const quiet = {
  SNOWFLAKE_DISABLE_PLATFORM_DETECTION: 'true',
  SNOWFLAKE_DISABLE_MINICORE: '1',
  SF_TELEMETRY_DISABLE_CONNECTION_SHAPE: '1',
};

/** Loads Snowflake's own client, which not every installation has. @throws source.unsupported, with what to type */
export async function loadSdk(): Promise<typeof Sdk> {
  for (const [name, value] of Object.entries(quiet)) process.env[name] ??= value;
  const { default: sdk } = await optionalPackage(() => import('snowflake-sdk'), {
    message: "Snowflake's client is not installed",
    hint: 'It is not part of every installation, since it is large: npm install snowflake-sdk',
  });
  sdk.configure({ logLevel: 'OFF', additionalLogToConsole: false });
  return sdk;
}
