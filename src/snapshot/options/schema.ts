import * as z from 'zod';
import { definitionOf, optionKeys } from './table.js';

/** The JSON Schema (draft-07, which every editor reads) of the YAML file: made from the options, published in `docs/`. */
export function configSchema(): Record<string, unknown> {
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Tidemark configuration',
    description: 'Options of `tidemark snapshot` and `tidemark plan`. The keys are the names of the flags.',
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(optionKeys.map((key) => [key, propertySchema(key)])),
    allOf: pairs(['table', 'tables', 'query', 'query-file']).map(([one, other]) => atMostOne(one, other)),
  };
}

function propertySchema(key: (typeof optionKeys)[number]): Record<string, unknown> {
  const { schema, help, allowed, default: standard } = definitionOf(key);
  const shape: Record<string, unknown> = z.toJSONSchema(schema, { io: 'input', target: 'draft-7', reused: 'inline' });
  delete shape['$schema'];
  const description = `${help}. Allowed: ${allowed}.${standard === undefined ? '' : ` Default: ${standard}.`}`;
  return { description, ...shape };
}

function atMostOne(one: string, other: string): Record<string, unknown> {
  return { not: { required: [one, other] } };
}

function pairs(keys: readonly string[]): [string, string][] {
  return keys.flatMap((one, index) => keys.slice(index + 1).map((other): [string, string] => [one, other]));
}
