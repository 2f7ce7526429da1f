import { randomTexts } from '../../../source/postgres/read/text/random-texts.js';

/** By the type on the server; the other types keep to their specimens. */
export const moreValues: Readonly<Record<string, readonly string[]>> = {
  bigint: randomTexts.int8,
  real: randomTexts.float4,
  'double precision': randomTexts.float8,
  numeric: randomTexts.numeric,
  date: randomTexts.date,
  time: randomTexts.time,
  timestamp: randomTexts.timestamp,
  timestamptz: randomTexts.timestamptz,
  uuid: randomTexts.uuid,
  bytea: randomTexts.bytea,
  text: randomTexts.text,
};
