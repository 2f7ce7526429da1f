import type { CsvDialect } from '../../core/format.js';

/** As most write it: NULL is nothing, and an empty text two quotation marks. */
export const usualDialect: CsvDialect = { separator: ',', null: '' };

export const quote = 0x22;
export const lineFeed = 0x0a;
export const carriageReturn = 0x0d;
