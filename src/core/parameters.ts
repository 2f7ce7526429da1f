import { Secret } from './secret.js';
import type { Parameter } from './source-request.js';

/** The value itself; for the one who sends it to the server. */
export function valueOf({ value }: Parameter): string {
  return typeof value === 'string' ? value : value.reveal();
}

export function isSecret({ value }: Parameter): boolean {
  return value instanceof Secret;
}

/** The values of secret parameters, for whoever keeps them out of what is written and said. */
export function secretValues(parameters: readonly Parameter[]): string[] {
  return parameters.filter(isSecret).map(valueOf);
}
