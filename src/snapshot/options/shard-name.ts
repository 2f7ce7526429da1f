import { invalidRequest } from '../../core/errors.js';
import type { VersionName } from '../../manifest/names.js';
import type { NameValues } from '../../manifest/placeholders.js';
import { resolveShardName, type ShardsToName } from '../../manifest/shard-names.js';
import { endings } from '../../shard/registry.js';

/** The template of shards' names. @throws request.invalid */
export function resolveName(
  template: string | undefined,
  naming: NameValues,
  { dataset, version }: VersionName,
  files: ShardsToName,
): string {
  const ending = endings.find((one) => template?.endsWith(one));
  if (ending !== undefined) {
    throw invalidRequest(
      `name: "${template}" ends with ${ending}, which the format adds`,
      `Leave it out: ${template!.slice(0, -ending.length)}.`,
    );
  }
  return resolveShardName(template, { ...naming, dataset, version }, files);
}
