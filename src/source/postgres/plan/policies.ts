import type { PgConnection } from '../../postgres-protocol/connection.js';
import { isPinned } from '../snapshot/session.js';

/** What the policies of a table depend on besides the row. */
export interface PolicyFacts {
  /** Names of what may give another answer in another statement, such as `now()`; empty: lanes see the same rows. */
  readonly unsteady: readonly string[];
  /** Settings of the user's own, such as `app.tenant`, that decide which rows are seen: to be set alike in all lanes. */
  readonly settings: readonly string[];
}

/**
 * Expression nodes that depend on nothing but what stands in them: their functions and operators are looked up apart. As
 * `pg_node_tree` writes them (`outfuncs.c`); up to PostgreSQL 15 some have shorter names.
 */
const plainNodes = new Set(
  `VAR CONST OPEXPR FUNCEXPR BOOLEXPR NULLTEST BOOLEANTEST RELABELTYPE SCALARARRAYOPEXPR ARRAYEXPR ARRAY CASEEXPR CASE CASEWHEN
   WHEN CASETESTEXPR COALESCEEXPR COALESCE NULLIFEXPR DISTINCTEXPR COLLATEEXPR COLLATE FIELDSELECT SUBSCRIPTINGREF COERCEVIAIO
   SQLVALUEFUNCTION NAMEDARGEXPR ROWEXPR ROW ARRAYCOERCEEXPR MINMAXEXPR MINMAX`.split(/\s+/),
);

/** `SQLValueFunctionOp`: 0 to 8 are times; then `current_role`, `current_user`, `user`, `session_user`, catalog and schema. */
const firstSteadyValue = 9;
const valueNames = ['CURRENT_DATE', 'CURRENT_TIME', 'CURRENT_TIMESTAMP', 'LOCALTIME', 'LOCALTIMESTAMP'];
const valueNameOf = [0, 1, 1, 2, 2, 3, 3, 4, 4];

/** `current_setting(text)` and `current_setting(text, boolean)`, with a constant for a name (`pg_proc.dat`). */
const settingCall = /:funcid (?:2077|3294) /g;
const settingOfConstant =
  /:funcid (?:2077|3294) [^{}]*:args \(\{CONST :consttype 25 [^{}]*:constvalue \d+ \[ ([-\d ]+) \]\}/g;
/** Bytes before the text in a constant: its length. */
const lengthWord = 4;

/** What the policies that filter reads of a table depend on. */
export async function policyFacts(connection: PgConnection, relation: number): Promise<PolicyFacts> {
  const rows = await connection.query<{ tree: string }>(
    `SELECT polqual::pg_catalog.text AS tree FROM pg_catalog.pg_policy
      WHERE polrelid OPERATOR(pg_catalog.=) $1::pg_catalog.oid AND polqual IS NOT NULL
        AND polcmd OPERATOR(pg_catalog.=) ANY ('{r,*}'::pg_catalog."char"[])`,
    [relation],
  );
  const trees = rows.map((row) => row.tree);
  const settings = trees.flatMap(settingsIn);
  const unsteady = [...trees.flatMap(unsteadyNodes), ...(await unsteadyFunctions(connection, trees))];
  return { unsteady: [...new Set(unsteady)], settings: [...new Set(settings)].filter((name) => name.includes('.')) };
}

/** Names of settings that an expression asks for as constants. */
export function settingsIn(tree: string): string[] {
  return [...tree.matchAll(settingOfConstant)].map(([, bytes]) =>
    Buffer.from(Int8Array.from(bytes!.trim().split(' ').map(Number)).buffer)
      .subarray(lengthWord)
      .toString('utf8'),
  );
}

/** What of a policy's expression may change from statement to statement, functions and operators apart. */
function unsteadyNodes(tree: string): string[] {
  const nodes = [...tree.matchAll(/\{([A-Z_]+) /g)].map((match) => match[1]!);
  const values = [...tree.matchAll(/\{SQLVALUEFUNCTION :op (\d+) /g)].map((match) => Number(match[1]));
  const settings = settingsIn(tree);
  const dynamic = [...tree.matchAll(settingCall)].length > settings.length;
  return [
    ...nodes
      .filter((node) => !plainNodes.has(node))
      .map((node) => (/SUBLINK|QUERY/.test(node) ? 'a sub-select' : node))
      .slice(0, 1),
    ...values.filter((op) => op < firstSteadyValue).map((op) => valueNames[valueNameOf[op]!]!),
    ...(dynamic ? ['current_setting() of a computed name'] : []),
    ...settings.filter((name) => !name.includes('.') && !isPinned(name)).map((name) => `current_setting('${name}')`),
  ];
}

/** Functions that are not immutable, behind operators and casts too. */
async function unsteadyFunctions(connection: PgConnection, trees: readonly string[]): Promise<string[]> {
  const ids = (pattern: RegExp): number[] =>
    trees.flatMap((tree) => [...tree.matchAll(pattern)].map((match) => Number(match[1])));
  const steady = [2077, 3294];
  // A cast from or to text runs the input function of its type, which may read the clock: 'now'::timestamptz.
  const casts = trees.filter((tree) => tree.includes('{COERCEVIAIO '));
  const rows = await connection.query<{ name: string }>(
    `SELECT DISTINCT p.oid::pg_catalog.regprocedure::pg_catalog.text AS name FROM pg_catalog.pg_proc p
      WHERE p.provolatile OPERATOR(pg_catalog.<>) 'i' AND p.oid OPERATOR(pg_catalog.<>) ALL ($4::pg_catalog.oid[])
        AND (p.oid OPERATOR(pg_catalog.=) ANY ($1::pg_catalog.oid[])
          OR EXISTS (SELECT 1 FROM pg_catalog.pg_operator o WHERE o.oid OPERATOR(pg_catalog.=) ANY ($2::pg_catalog.oid[])
                       AND o.oprcode OPERATOR(pg_catalog.=) p.oid)
          OR EXISTS (SELECT 1 FROM pg_catalog.pg_type t WHERE t.oid OPERATOR(pg_catalog.=) ANY ($3::pg_catalog.oid[])
                       AND t.typinput OPERATOR(pg_catalog.=) p.oid))
      ORDER BY 1`,
    [ids(/:(?:op)?funcid (\d+)/g), ids(/:opno (\d+)/g), casts.length === 0 ? [] : ids(/ :resulttype (\d+)/g), steady],
  );
  return rows.map((row) => row.name);
}
