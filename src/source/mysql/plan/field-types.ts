/** Type codes of column definitions (MySQL manual, "Protocol::ColumnType"), of those that results have. */
export const fieldType = {
  tiny: 1,
  short: 2,
  long: 3,
  float: 4,
  double: 5,
  nothing: 6,
  timestamp: 7,
  longlong: 8,
  int24: 9,
  date: 10,
  time: 11,
  datetime: 12,
  year: 13,
  varchar: 15,
  bit: 16,
  vector: 242,
  json: 245,
  decimal: 246,
  tinyBlob: 249,
  mediumBlob: 250,
  longBlob: 251,
  blob: 252,
  varString: 253,
  string: 254,
  geometry: 255,
} as const;

export const fieldFlag = { unsigned: 0x20, enum: 0x100, set: 0x800 } as const;

/** The character set of what is bytes and no text. */
export const binaryCharacterSet = 63;

/** A column of a result, as the server describes it before the rows. */
export interface FieldFacts {
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly characterSet: number;
  /** The most characters or digits of a value, in bytes. */
  readonly length: number;
  /** Places after the point; 31 where it floats. */
  readonly decimals: number;
}

/** Precision and scale of a decimal: its length counts a sign and a point. */
export function decimalOf({ length, decimals, flags }: FieldFacts): { precision: number; scale: number } {
  const sign = (flags & fieldFlag.unsigned) === 0 ? 1 : 0;
  return { precision: Math.max(1, length - (decimals > 0 ? 1 : 0) - sign), scale: decimals };
}

const integerNames: Readonly<Record<number, string>> = {
  [fieldType.tiny]: 'tinyint',
  [fieldType.short]: 'smallint',
  [fieldType.int24]: 'mediumint',
  [fieldType.long]: 'int',
  [fieldType.longlong]: 'bigint',
};

const otherNames: Readonly<Record<number, string>> = {
  [fieldType.float]: 'float',
  [fieldType.double]: 'double',
  [fieldType.nothing]: 'null',
  [fieldType.date]: 'date',
  [fieldType.year]: 'year',
  [fieldType.json]: 'json',
  [fieldType.vector]: 'vector',
  [fieldType.geometry]: 'geometry',
};

const temporalNames: Readonly<Record<number, string>> = {
  [fieldType.time]: 'time',
  [fieldType.datetime]: 'datetime',
  [fieldType.timestamp]: 'timestamp',
};

/** The type of a result's column as SQL names it, as far as its description tells. */
export function fieldTypeName(field: FieldFacts): string {
  const { type, flags, length, decimals, characterSet } = field;
  const unsigned = (flags & fieldFlag.unsigned) === 0 ? '' : ' unsigned';
  const integer = integerNames[type];
  if (integer !== undefined) return `${integer}${unsigned}`;
  const temporal = temporalNames[type];
  if (temporal !== undefined) return decimals > 0 && decimals <= 6 ? `${temporal}(${decimals})` : temporal;
  if (type === fieldType.decimal) {
    const { precision, scale } = decimalOf(field);
    return `decimal(${precision},${scale})${unsigned}`;
  }
  if (type === fieldType.bit) return `bit(${length})`;
  const other = otherNames[type];
  if (other !== undefined) return other;
  if ((flags & fieldFlag.enum) !== 0) return 'enum';
  if ((flags & fieldFlag.set) !== 0) return 'set';
  const isBlob = type >= fieldType.tinyBlob && type <= fieldType.blob;
  if (characterSet === binaryCharacterSet) return isBlob ? 'blob' : 'varbinary';
  return isBlob ? 'text' : 'varchar';
}
