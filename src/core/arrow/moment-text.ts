import { daysSince1970 } from '../fields/days.js';
import { digitsAt } from '../fields/digits-at.js';

/** `2024-01-31 12:34:56.123456789 +0530`, of which the day or the zone may be missing; with `T` in the place of the blank, too. */
const pattern =
  /^(?:(\d{4,6})-(\d\d)-(\d\d)(?:[ T]|$))?(?:(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?)?(?: ?(Z|[+-]\d\d:?\d\d))?$/;

const [hyphen, plus, blank, colon, point] = [0x2d, 0x2b, 0x20, 0x3a, 0x2e];
/** Bytes of the two forms that are read without a pattern: `2024-01-31 12:34:56.123456789`, and with ` +0530` behind it. */
const [plainLength, zonedLength] = [29, 35];
const secondsOfDay = 86_400;

/** The moment, or the time of a day, that a text says; for many texts in one buffer. */
export class MomentText {
  /** Since 1970, or midnight; rounded down. Of UTC where a zone is told. */
  seconds = 0;
  /** After {@link seconds}. */
  nanos = 0;
  /** Minutes of the zone's distance from UTC. */
  offset = 0;

  constructor(private readonly bytes: Uint8Array) {}

  /** False where it says none. */
  read(from: number, to: number): boolean {
    return this.readPlain(from, to) || this.readAny(from, to);
  }

  private readPlain(at: number, to: number): boolean {
    const { bytes } = this;
    const length = to - at;
    if (length !== plainLength && length !== zonedLength) return false;
    const isForm =
      bytes[at + 4] === hyphen &&
      bytes[at + 7] === hyphen &&
      bytes[at + 10] === blank &&
      bytes[at + 13] === colon &&
      bytes[at + 16] === colon &&
      bytes[at + 19] === point;
    if (!isForm) return false;
    const days = daysSince1970(digitsAt(bytes, at, 4), digitsAt(bytes, at + 5, 2), digitsAt(bytes, at + 8, 2));
    const time = digitsAt(bytes, at + 11, 2) * 3600 + digitsAt(bytes, at + 14, 2) * 60 + digitsAt(bytes, at + 17, 2);
    const nanos = digitsAt(bytes, at + 20, 9);
    const offset = length === zonedLength ? this.offsetAt(at + 29) : 0;
    if (Number.isNaN(days + time + nanos + offset)) return false;
    this.seconds = days * secondsOfDay + time - offset * 60;
    this.nanos = nanos;
    this.offset = offset;
    return true;
  }

  private readAny(from: number, to: number): boolean {
    const { bytes } = this;
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('latin1');
    const found = text === '' ? null : pattern.exec(text);
    if (found === null) return false;
    const [, year, month, day, hours = '0', minutes = '0', seconds = '0', fraction = '', zone = 'Z'] = found;
    const days = year === undefined ? 0 : daysSince1970(Number(year), Number(month), Number(day));
    if (Number.isNaN(days)) return false;
    const sign = zone.startsWith('-') ? -1 : 1;
    this.offset = zone === 'Z' ? 0 : sign * (Number(zone.slice(1, 3)) * 60 + Number(zone.slice(-2)));
    const time = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
    this.seconds = days * secondsOfDay + time - this.offset * 60;
    this.nanos = Number(fraction.padEnd(9, '0'));
    return true;
  }

  /** ` +0530`; NaN: it is none. */
  private offsetAt(at: number): number {
    const sign = this.bytes[at + 1];
    if (this.bytes[at] !== blank || (sign !== plus && sign !== hyphen)) return NaN;
    const minutes = digitsAt(this.bytes, at + 2, 2) * 60 + digitsAt(this.bytes, at + 4, 2);
    return sign === plus ? minutes : -minutes;
  }
}
