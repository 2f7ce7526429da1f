import type { Data } from 'apache-arrow';
import { bitAt, validity } from './bitmap.js';

const zero = 0x30;
const nine = 0x39;
const point = 0x2e;
const minus = 0x2d;

/** How many digits numbers have that are written as text: the most before the point, without zeros at the beginning, and the most after it. */
export class DigitsOfTexts {
  /** Texts that are not NULL. */
  values = 0;
  integers = 0;
  /** With zeros at the end: those of a sum say which digits its other values may have. */
  shown = 0;
  /** Without them. */
  fraction = 0;
  /** There was a text of something else: NaN, an infinity. */
  isOther = false;

  /** Takes texts, or lists of such. */
  add(data: Data): void {
    const [elements] = data.children;
    if (elements !== undefined) return this.add(elements);
    const valid = validity(data);
    const bytes = data.values as Uint8Array;
    const offsets = data.valueOffsets as Int32Array;
    for (let i = 0; i < data.length; i++) {
      if (valid === undefined || bitAt(valid, i) === 1) this.addText(bytes, offsets[i]!, offsets[i + 1]!);
    }
  }

  private addText(bytes: Uint8Array, from: number, end: number): void {
    this.values++;
    let integers = 0;
    let fraction = 0;
    let afterPoint = 0;
    let isAfter = false;
    for (let at = bytes[from] === minus ? from + 1 : from; at < end; at++) {
      const byte = bytes[at]!;
      if (byte === point && !isAfter) isAfter = true;
      else if (byte < zero || byte > nine) this.isOther = true;
      else if (!isAfter) integers += integers > 0 || byte > zero ? 1 : 0;
      else {
        afterPoint++;
        if (byte > zero) fraction = afterPoint;
      }
    }
    this.integers = Math.max(this.integers, integers);
    this.shown = Math.max(this.shown, afterPoint);
    this.fraction = Math.max(this.fraction, fraction);
  }
}
