import { TidemarkError } from '../../../core/errors.js';
import { typeName } from '../../../core/types.js';
import { type FieldFacts, fieldTypeName } from './field-types.js';
import { ruleOf } from './types.js';

/** What the server sends must be what was planned. @throws source.changed */
export function assertSent(sent: readonly FieldFacts[], planned: readonly FieldFacts[]): void {
  if (sent.length !== planned.length) {
    throw changed(`a row has ${sent.length} columns, and ${planned.length} were planned`);
  }
  for (const [index, field] of sent.entries()) {
    const plan = planned[index]!;
    if (field.name !== plan.name) throw changed(`a column is called "${field.name}" now, and was "${plan.name}"`);
    if (formOf(field) !== formOf(plan)) {
      throw changed(`"${field.name}" is of type ${fieldTypeName(field)} now, and was ${fieldTypeName(plan)}`);
    }
  }
}

function formOf(field: FieldFacts): string {
  const { wire, type } = ruleOf(field);
  return `${wire} ${typeName(type)}`;
}

function changed(what: string): TidemarkError {
  return new TidemarkError('source.changed', `what is read is not what was planned: ${what}`, {
    hint: 'A table was altered meanwhile: run again. In a query, a parameter may decide a type: CAST it.',
  });
}
