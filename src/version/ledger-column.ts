import { TidemarkError } from '../core/errors.js';
import { parseType } from '../core/type-text.js';
import type { Column, LogicalType } from '../core/types.js';
import type { LedgerLine } from '../manifest/shape.js';

/** A column as files have it, by its line of the type ledger. @throws verification.failed for a type that is not known */
export function columnOf({ name, sourceType, type, exactness, inPath }: LedgerLine): Column {
  const column = { name, sourceType, type: typeOf(name, type), wire: '', exactness, redacted: false };
  return { ...column, ...(inPath && { inPath }) };
}

function typeOf(column: string, text: string): LogicalType {
  let type: LogicalType | undefined;
  try {
    type = parseType(text);
  } catch {
    // A decimal of digits that no decimal has.
  }
  if (type !== undefined) return type;
  throw new TidemarkError(
    'verification.failed',
    `column ${column} has the type ${text}, which this tidemark does not know`,
    {
      hint: 'Verify it with a newer tidemark: npm install tidemark@latest.',
    },
  );
}
