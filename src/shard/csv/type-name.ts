import type { LogicalType } from '../../core/types.js';

/** Types of Frictionless Table Schema (https://specs.frictionlessdata.io/table-schema/), with their format behind a colon. */
const names: Readonly<Record<LogicalType['kind'], string>> = {
  bool: 'boolean',
  int: 'integer',
  float: 'number',
  decimal: 'number',
  text: 'string',
  json: 'any',
  binary: 'string:binary',
  uuid: 'string:uuid',
  date: 'date',
  time: 'time',
  timestamp: 'datetime',
  interval: 'duration',
  list: 'array',
  struct: 'object',
  map: 'object',
};

/** How values of a type stand in CSV files. A map whose keys are no texts is a list of keys and values. */
export const csvTypeName = (type: LogicalType): string =>
  type.kind === 'map' && type.key.kind !== 'text' && type.key.kind !== 'json' ? names.list : names[type.kind];
