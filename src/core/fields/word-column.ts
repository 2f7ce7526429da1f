import type { DataType } from 'apache-arrow';
import { type ArrowView, WordBuilder } from '../arrow/build/word-builder.js';
import { ColumnDecoder } from './column-decoder.js';
import type { MisfitTally } from './misfit-tally.js';

/** A column of values of one, two, four or eight 32-bit words. */
export abstract class WordColumn extends ColumnDecoder<WordBuilder> {
  constructor(tally: MisfitTally, type: DataType, wordsPerValue: number, view: ArrowView) {
    super(tally, new WordBuilder(type, wordsPerValue, view));
  }
}
