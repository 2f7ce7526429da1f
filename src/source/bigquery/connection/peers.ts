import { TidemarkError } from '../../../core/errors.js';

const packages = '@google-cloud/bigquery @grpc/grpc-js google-auth-library';

/** Loads one of the packages that BigQuery alone needs, which not every installation has. @throws source.unsupported, with what to type */
export async function peer<Module>(load: () => Promise<Module>): Promise<Module> {
  try {
    return await load();
  } catch (thrown) {
    const { code } = thrown as { readonly code?: string };
    if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw thrown;
    throw new TidemarkError('source.unsupported', "BigQuery's client is not installed", {
      hint: `It is not part of every installation, since it is large: npm install ${packages}`,
      cause: thrown,
    });
  }
}
