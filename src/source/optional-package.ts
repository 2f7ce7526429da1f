import { TidemarkError } from '../core/errors.js';

/**
 * Loads what not every installation has.
 * @param missing what is said where it is not there: what it is, and what to type
 * @throws source.unsupported where it is not installed; what else goes wrong while it is loaded, as it is
 */
export async function optionalPackage<Module>(
  load: () => Promise<Module>,
  missing: { readonly message: string; readonly hint: string },
): Promise<Module> {
  try {
    return await load();
  } catch (thrown) {
    const { code } = thrown as { readonly code?: string };
    if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') throw thrown;
    throw new TidemarkError('source.unsupported', missing.message, { hint: missing.hint, cause: thrown });
  }
}
