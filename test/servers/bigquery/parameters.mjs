// Parameters of queries: REST reference, QueryParameter.
import { literal, normalize } from './types.mjs';

/** A query parameter's value as a literal. */
export function parameterSql({ parameterType, parameterValue }) {
  const field = fieldOfParameter('p', parameterType);
  return `(${literal(field, plainParameter(parameterType, parameterValue))})`;
}

function fieldOfParameter(name, type) {
  if (type.type === 'ARRAY') return { ...fieldOfParameter(name, type.arrayType), mode: 'REPEATED' };
  if (type.type === 'STRUCT')
    return normalize({
      name,
      type: 'RECORD',
      fields: type.structTypes.map((one) => fieldOfParameter(one.name, one.type)),
    });
  return normalize({ name, type: type.type, rangeElementType: type.rangeElementType });
}

function plainParameter(type, value) {
  if (type.type === 'ARRAY') return (value?.arrayValues ?? []).map((one) => plainParameter(type.arrayType, one));
  if (type.type !== 'STRUCT') return value?.value ?? null;
  return Object.fromEntries(
    type.structTypes.map((one) => [one.name, plainParameter(one.type, value.structValues[one.name])]),
  );
}
