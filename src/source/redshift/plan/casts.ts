import { invalidRequest, type TidemarkError } from '../../../core/errors.js';
import { parseType } from '../../../core/type-text.js';
import type { LogicalType } from '../../../core/types.js';
import type { ColumnFacts } from '../../postgres-protocol/describe.js';
import { exact, type TypeRule, typeText } from './type-rule.js';

const integers = [20, 21, 23];
const numeric = 1700;

/** What `--cast column=type` asks for: the same text, read as another type. @throws request.invalid that lists what is allowed */
export function castRule(cast: string, facts: ColumnFacts): TypeRule {
  const isNumber = [...integers, numeric].includes(facts.oid);
  const words = isNumber ? 'int32, int64, decimal(p,s) or text' : 'text';
  const asked = parsed(cast, facts, words);
  const note = `asked for as ${cast}; a value that does not fit is a misfit`;
  if (asked.kind === 'text') return { ...exact(asked, 'text', 'asked for as text'), exactness: 'widened' };
  if (isNumber && asked.kind === 'decimal') return exact(asked, 'decimal', note);
  if (isNumber && asked.kind === 'int' && asked.bits !== 16) return exact(asked, 'integer', note);
  throw refused(facts, cast, `allowed is ${words}`);
}

function parsed(cast: string, facts: ColumnFacts, allowed: string): LogicalType {
  try {
    const asked = parseType(cast);
    if (asked !== undefined) return asked;
  } catch (error) {
    throw refused(facts, cast, `${(error as Error).message}; allowed is ${allowed}`);
  }
  throw refused(facts, cast, `allowed is ${allowed}`);
}

const refused = (facts: ColumnFacts, cast: string, why: string): TidemarkError =>
  invalidRequest(
    `cast: ${facts.name}=${cast} is not possible for ${typeText(facts)}: ${why}`,
    `Convert it in a query: SELECT ${facts.name}::… AS ${facts.name} ….`,
  );
