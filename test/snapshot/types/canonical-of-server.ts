import * as canonical from '../../readers/canonical.js';

/** The server's text of a value of an Arrow type, in the form in which readers' values are compared. */
export function canonicalOfServer(arrow: string, text: string): string {
  if (arrow === 'bool') return text === 't' ? 'true' : 'false';
  if (arrow === 'float32') return canonical.floatText(Math.fround(Number(text)), 32);
  if (arrow === 'float64') return canonical.floatText(Number(text), 64);
  if (arrow === 'binary') return text.slice('\\x'.length);
  if (arrow === 'date32') return isoDate(text);
  if (arrow.startsWith('timestamp')) return isoTimestamp(text);
  return text;
}

/** `0044-03-15 BC` → `-000043-03-15`: ISO 8601 counts a year 0, and signs years of more than four digits. */
function isoDate(text: string): string {
  const [, digits, monthDay, era] = /^(\d+)(-\d\d-\d\d)( BC)?$/.exec(text)!;
  const year = era === undefined ? Number(digits) : 1 - Number(digits);
  if (year >= 0 && year <= 9999) return `${String(year).padStart(4, '0')}${monthDay}`;
  return `${year < 0 ? '-' : '+'}${String(Math.abs(year)).padStart(6, '0')}${monthDay}`;
}

/** `0044-03-15 12:00:00+00 BC` → `-000043-03-15T12:00:00Z`. */
function isoTimestamp(text: string): string {
  const [, date, clock, zone = '', era = ''] = /^(\S+) ([\d:.]+)(\+00)?( BC)?$/.exec(text)!;
  return `${isoDate(`${date}${era}`)}T${clock}${zone === '' ? '' : 'Z'}`;
}
