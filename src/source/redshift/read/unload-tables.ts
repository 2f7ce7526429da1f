import { invalidRequest, TidemarkError } from '../../../core/errors.js';
import { isSecret } from '../../../core/parameters.js';
import type { SourceRequest, TableRequest, UnloadedTable, UnloadRequest } from '../../../core/source-request.js';
import { worthUnloading } from '../../unloaded.js';
import type { PgConnection } from '../../postgres-protocol/connection.js';
import type { PlannedTable } from '../plan/table.js';
import { unloadFolders, unloadQuery, unloadStatement } from '../plan/unload.js';

/** Whether files are written, and not rows asked for. @throws request.invalid for what cannot be had of files */
export function isUnloaded(tables: readonly PlannedTable[], request: SourceRequest): UnloadRequest | undefined {
  const { unload } = request;
  if (unload === undefined || request.onlyPlans === true) return undefined;
  const bytes = tables.reduce((sum, { plan }) => sum + (plan.sourceBytes ?? 0), 0);
  const fault = whyNotUnloaded(request);
  if (unload.when === 'large') return bytes >= worthUnloading && fault === undefined ? unload : undefined;
  if (fault !== undefined) throw invalidRequest(fault, 'Leave it out, or --via unload.');
  return unload;
}

function whyNotUnloaded({ readsAllKeys, parameters }: SourceRequest): string | undefined {
  if (readsAllKeys) return 'deletes: keys of all rows are no part of the files of an UNLOAD';
  return parameters.some(isSecret)
    ? 'secret-param: the text of an UNLOAD is kept by Redshift, and a secret would stand in it'
    : undefined;
}

/** For people: why rows are asked for where sizes would decide, and are not told. */
export function sizeWarnings(tables: readonly PlannedTable[], request: SourceRequest): readonly string[] {
  const areDecisive = request.unload?.when === 'large' && whyNotUnloaded(request) === undefined;
  if (!areDecisive || tables.every(({ plan }) => plan.table === undefined)) return [];
  return [
    'staging: Redshift does not tell this user how large tables are, so rows are asked for. --via unload has files written; with GRANT SELECT ON svv_table_info the user is told',
  ];
}

/** Has Redshift write the rows of all tables, each in a folder of its own, inside of the transaction. Its manifest tells how many rows there are. */
export async function unloadTables(
  connection: PgConnection,
  tables: readonly PlannedTable[],
  unload: UnloadRequest & { readonly role: string; readonly foldersBy: readonly TableRequest['foldersBy'][] },
): Promise<readonly UnloadedTable[]> {
  const unloaded: UnloadedTable[] = [];
  for (const [index, { plan, statement }] of tables.entries()) {
    const folder = String(index);
    unload.begins?.(plan.name);
    const by = unloadFolders(plan, unload.foldersBy[index]);
    const text = unloadStatement(unloadQuery(statement, index), { folder, by }, unload);
    const doing = `unloading ${plan.table ?? plan.name}`;
    try {
      await connection.run(() => connection.ask(text), { doing });
    } catch (error) {
      throw withHint(error, unload.role);
    }
    unloaded.push({ folder });
  }
  return unloaded;
}

/** What Redshift says of the bucket, and what helps. It has the code of an internal error. */
const hints: readonly (readonly [RegExp, (role: string) => string])[] = [
  [
    /different region|PermanentRedirect/,
    () => "Say where the bucket is, and in quotes: --staging 's3://bucket/prefix?region=eu-west-1'.",
  ],
  [
    /assume IAM role|get credentials of role|AccessDenied/i,
    (role) =>
      `The role that writes is ${role === 'default' ? "the cluster's default role" : role}: attach it to the cluster or workgroup, have it trust redshift.amazonaws.com, and allow it s3:PutObject, s3:GetBucketLocation and s3:ListBucket on the prefix (with KMS: kms:GenerateDataKey and kms:Decrypt).`,
  ],
];

function withHint(error: unknown, role: string): unknown {
  if (!(error instanceof TidemarkError)) return error;
  const found = hints.find(([pattern]) => pattern.test(error.message));
  return found ? new TidemarkError(error.code, error.message, { cause: error, hint: found[1](role) }) : error;
}
