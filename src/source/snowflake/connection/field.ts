/** A column, as the service describes it, to its drivers and in the SQL API ("rowType"). */
export interface SnowflakeField {
  readonly name: string;
  /** `fixed`, `real`, `text`, `timestamp_ntz`, …; in small letters. */
  readonly type: string;
  readonly precision?: number | null;
  readonly scale?: number | null;
  /** Of a vector. */
  readonly vectorDimension?: number | null;
  /** What values are made of: a vector's elements. */
  readonly fields?: readonly Omit<SnowflakeField, 'name'>[] | null;
}

/** The service's words for the types that SQL names otherwise. */
const words: Readonly<Record<string, string>> = { fixed: 'NUMBER', real: 'FLOAT', text: 'VARCHAR' };

const withScale = new Set(['time', 'timestamp_ntz', 'timestamp_ltz', 'timestamp_tz']);

/** A field's type as SQL writes it: `NUMBER(38,0)`, `TIMESTAMP_NTZ(9)`. */
export function typeText({ type, precision, scale, vectorDimension, fields }: Omit<SnowflakeField, 'name'>): string {
  const word = words[type] ?? type.toUpperCase();
  if (type === 'fixed') return `${word}(${precision ?? 38},${scale ?? 0})`;
  if (withScale.has(type)) return `${word}(${scale ?? 9})`;
  if (type !== 'vector') return word;
  return `${word}(${fields?.[0]?.type === 'fixed' ? 'INT' : 'FLOAT'}, ${vectorDimension ?? '?'})`;
}

/** Whether a result has the columns that were described; of a vector it is not described what it is made of. */
export function isSame(one: readonly SnowflakeField[], other: readonly SnowflakeField[]): boolean {
  const [a, b] = [one, other].map((fields) =>
    fields.map((field) => [field.name, field.type === 'vector' ? field.type : typeText(field)]),
  );
  return JSON.stringify(a) === JSON.stringify(b);
}
