/** The variable that holds the key of masks by hash: a secret, and so no option. */
export const maskKeyVariable = 'TIDEMARK_MASK_KEY';

/** The variable that holds the key which signs versions: a secret, and so no option. */
export const signingKeyVariable = 'TIDEMARK_SIGNING_KEY';

/** Variables that hold secrets, and are of no option. */
export const secretKeyVariables: readonly string[] = [maskKeyVariable, signingKeyVariable];

/** The environment variable of an option: `shard-size` → `TIDEMARK_SHARD_SIZE`. */
export function variableOf(name: string): string {
  return `TIDEMARK_${name.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}`;
}
