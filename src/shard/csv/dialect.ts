import type { CsvDialect } from '../../core/format.js';

/** As most write it: NULL is nothing, and an empty text two quotation marks. */
export const usualDialect: CsvDialect = { separator: ',', null: '' };
