import { invalidRequest, TidemarkError } from '../../../core/errors.js';
import { parseType } from '../../../core/type-text.js';
import type { ColumnPart, Exactness, LogicalType } from '../../../core/types.js';
import { type SnowflakeField, typeText } from '../connection/field.js';
import type { Wire } from '../decode/decoder.js';

export interface TypeRule {
  readonly type: LogicalType;
  readonly wire: Wire;
  readonly exactness: Exactness;
  readonly note?: string;
  readonly parts?: readonly ColumnPart[];
}

const exact = (type: LogicalType, wire: Wire, note?: string): TypeRule => ({
  ...{ type, wire, exactness: 'exact' },
  ...(note !== undefined && { note }),
});
const int = (bits: 16 | 32 | 64): LogicalType => ({ kind: 'int', bits });
const text: LogicalType = { kind: 'text' };

/** Digits that all integers of 32 and of 64 bits have. */
const [digitsOf32, digitsOf64] = [9, 18];
/** Digits of a second that microseconds have. */
const microDigits = 6;

/** Which text it is depends on the session: GEOGRAPHY_OUTPUT_FORMAT. */
const placeRule: TypeRule = {
  ...{ type: text, wire: 'text', exactness: 'widened' },
  note: 'as the service writes it: GeoJSON, where its output format is not set otherwise',
};

/** By the service's name of a type. */
const rules: Readonly<Record<string, (field: SnowflakeField) => TypeRule>> = {
  fixed: ({ precision, scale }) => fixedRule(precision ?? 38, scale ?? 0),
  real: () => exact({ kind: 'float', bits: 64 }, 'double'),
  decfloat: () => ({
    type: text,
    wire: 'text',
    exactness: 'widened',
    note: 'kept as exact text: each value has a scale of its own',
  }),
  text: () => exact(text, 'text'),
  boolean: () => exact({ kind: 'bool' }, 'truth'),
  binary: () => exact({ kind: 'binary' }, 'hex'),
  date: () => exact({ kind: 'date' }, 'days'),
  time: ({ scale }) => exact({ kind: 'time', ...((scale ?? 9) > microDigits && { unit: 'ns' }) }, 'seconds'),
  timestamp_ntz: ({ scale }) => momentRule(false, scale ?? 9),
  timestamp_ltz: ({ scale }) => momentRule(true, scale ?? 9),
  timestamp_tz: zonedRule,
  variant: () =>
    exact(
      { kind: 'json' },
      'text',
      'as the service writes it: NaN and infinities, where it holds such, are no JSON, and readers refuse the file; --cast col=text says nothing of JSON',
    ),
  object: () => exact({ kind: 'json' }, 'text'),
  array: () =>
    exact(
      { kind: 'json' },
      'text',
      'as the service writes it: elements that are missing are `undefined`, which is no JSON, and readers refuse the file; --cast col=text says nothing of JSON',
    ),
  map: () => exact({ kind: 'json' }, 'text', 'a JSON object: keys as texts'),
  geography: () => placeRule,
  geometry: () => placeRule,
  vector: vectorRule,
};

/** The rule of a column. @throws source.unsupported for types that are not known */
export function ruleOf(field: SnowflakeField): TypeRule {
  const rule = Object.hasOwn(rules, field.type) ? rules[field.type]!(field) : undefined;
  if (rule !== undefined) return rule;
  throw new TidemarkError('source.unsupported', `the type ${typeText(field)} of "${field.name}" is not known`, {
    hint: 'Leave the column out, or convert it in a query: SELECT TO_VARCHAR(x) AS x ….',
  });
}

function fixedRule(precision: number, scale: number): TypeRule {
  if (scale === 0 && precision <= digitsOf64) return exact(int(precision <= digitsOf32 ? 32 : 64), 'integer');
  const note = scale === 0 ? '--cast col=int64 writes integers, where all values are such' : undefined;
  return exact({ kind: 'decimal', precision, scale }, 'decimal', note);
}

const nanosNote =
  'microseconds; a value with nanoseconds is a misfit: --cast col=timestamp[ns] keeps them in the years 1678 to 2261, --cast col=text in all';

/** Most columns have nine digits because that is the default; what stands in them are microseconds, and years up to 9999. */
const momentRule = (utc: boolean, scale: number): TypeRule =>
  exact(
    { kind: 'timestamp', utc },
    'seconds',
    scale > microDigits ? nanosNote.replace('[ns]', utc ? '[ns, UTC]' : '[ns]') : undefined,
  );

function zonedRule({ scale }: SnowflakeField): TypeRule {
  const instant: LogicalType = { kind: 'timestamp', utc: true };
  const fields = [
    { name: 'instant', type: instant },
    { name: 'offset_minutes', type: int(16) },
  ];
  const [moment, minutes] = fields.map(({ name, type }, index): ColumnPart => ({
    ...{ name, type },
    ...{ sourceType: `TIMESTAMP_TZ(${scale ?? 9})`, wire: index === 0 ? 'seconds' : 'minutes' },
  }));
  return {
    ...exact(
      { kind: 'struct', fields },
      'zoned',
      `the instant, and minutes of its zone's distance from UTC${(scale ?? 9) > microDigits ? `; ${nanosNote.replace('[ns]', '[ns, UTC]')}` : ''}`,
    ),
    parts: [moment!, minutes!],
  };
}

function vectorRule({ fields }: SnowflakeField): TypeRule {
  const isWhole = fields?.[0]?.type === 'fixed';
  const type: LogicalType = isWhole ? int(32) : { kind: 'float', bits: 32 };
  const part: ColumnPart = {
    ...{ name: 'item', sourceType: isWhole ? 'INT' : 'FLOAT', type },
    wire: isWhole ? 'integer' : 'double',
  };
  return { ...exact({ kind: 'list', of: type }, 'vector'), parts: [part] };
}

const asText = { words: 'text', may: (): boolean => false };

/** What columns can be asked for as, beside their own type. */
const castable: Readonly<Record<string, { readonly words: string; may(to: LogicalType): boolean }>> = {
  fixed: {
    words: 'int32, int64, decimal(p,s) or text',
    may: ({ kind, ...to }) => kind === 'decimal' || (kind === 'int' && 'bits' in to && to.bits !== 16),
  },
  variant: asText,
  array: asText,
  timestamp_ntz: {
    words: 'timestamp[us], timestamp[ns] or text',
    may: (to) => to.kind === 'timestamp' && !to.utc,
  },
  timestamp_ltz: {
    words: 'timestamp[us, UTC], timestamp[ns, UTC] or text',
    may: (to) => to.kind === 'timestamp' && to.utc,
  },
  timestamp_tz: {
    words: 'timestamp[us, UTC] or timestamp[ns, UTC], without the offset, or text',
    may: (to) => to.kind === 'timestamp' && to.utc,
  },
};

/** What `--cast column=type` asks for. @throws request.invalid that lists what is allowed */
export function castRule(cast: string, field: SnowflakeField): TypeRule {
  const known = Object.hasOwn(castable, field.type) ? castable[field.type]! : undefined;
  if (known === undefined)
    throw refused(field, cast, 'it has one form', `Convert it in a query: SELECT ${field.name}::… AS ${field.name} ….`);
  const asked = parsed(cast, field, known.words);
  if (asked === undefined || !(asked.kind === 'text' || known.may(asked)))
    throw refused(field, cast, `allowed is ${known.words}`, castExamples);
  const note = `asked for as ${cast}; a value that does not fit is a misfit`;
  if (asked.kind === 'decimal') return exact(asked, 'decimal', note);
  if (asked.kind === 'int') return exact(asked, 'integer', note);
  const isMoment = field.type.startsWith('timestamp');
  if (asked.kind === 'text')
    return { type: text, wire: isMoment ? 'moment' : 'text', exactness: 'widened', note: 'asked for as text' };
  return exact(asked, field.type === 'timestamp_tz' ? 'instant' : 'seconds', note);
}

const castExamples = 'Examples: --cast price=decimal(20,4), --cast id=int64, --cast at=timestamp[ns].';

function parsed(cast: string, field: SnowflakeField, allowed: string): LogicalType | undefined {
  try {
    return parseType(cast.toLowerCase().replace('utc', 'UTC'));
  } catch (error) {
    throw refused(field, cast, `${(error as Error).message}; allowed is ${allowed}`, castExamples);
  }
}

const refused = (field: SnowflakeField, cast: string, why: string, hint: string): TidemarkError =>
  invalidRequest(`cast: ${field.name}=${cast} is not possible for ${typeText(field)}: ${why}`, hint);
