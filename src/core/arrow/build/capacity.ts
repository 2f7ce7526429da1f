import { TidemarkError } from '../../errors.js';

/** Arrow's offsets are int32. */
const maxBytes = 0x7fff_ffff;
const megabyte = 1 << 20;

/** The items to make room for when `current` are too few for `needed`: twice as many, or a quarter more where that is much. */
export function grownCapacity(current: number, needed: number): number {
  if (needed > maxBytes) {
    throw new TidemarkError('source.unsupported', 'A column of one row group holds more than 2 GiB', {
      hint: 'One value is larger than Arrow and Parquet readers take. Leave the column out, or read it in pieces.',
    });
  }
  const roomy = current < 16 * megabyte ? current * 2 : Math.floor(current * 1.25);
  return Math.min(maxBytes, Math.max(1024, needed, roomy));
}
