import { Secret } from '../../core/secret.js';
import type { SourceRequests } from '../../core/source-description.js';
import type { Parameter, TableRequest } from '../../core/source-request.js';
import { undecodable } from './encoding.js';
import { variableOf } from '../../core/variables.js';
import { orProblem, type Problem } from './problems.js';
import type { OptionValues } from './table.js';

/**
 * The parameters of the query: those of `param` and `secret-param`, secrets read from TIDEMARK_PARAM_<NAME> where they
 * were given by name only, and the run's date, where the query uses `:date` and no parameter of that name is given.
 */
export function resolveParameters(
  values: OptionValues,
  {
    tables,
    date,
    env,
    source,
  }: {
    readonly tables: readonly TableRequest[];
    readonly date: string;
    readonly env: NodeJS.ProcessEnv;
    readonly source: SourceRequests;
  },
  problems: Problem[],
): readonly Parameter[] {
  const before = problems.length;
  const given = givenParameters(values, env, problems);
  const queries = tables.flatMap(({ query }) => query ?? []);
  if (queries.length === 0 && tables.length > 0 && given.length > 0) problems.push(useless(given[0]!.name));
  if (queries.length === 0 || problems.length > before) return given;
  const windowed = [...given, ...windowEnds(tables, given, source.parameterSign)];
  const dated = given.some(({ name }) => name === 'date') ? windowed : [...windowed, { name: 'date', value: date }];
  const used = orProblem(problems, () => source.parametersOf(queries, dated));
  if (used === undefined) return given;
  return used.has('date') ? dated : windowed;
}

/** A query with a cursor may say itself where the ends of the run's window stand. */
function windowEnds(
  tables: readonly TableRequest[],
  given: readonly Parameter[],
  sign: SourceRequests['parameterSign'],
): readonly Parameter[] {
  const queries = tables.flatMap(({ query, cursor }) => (query !== undefined && cursor !== undefined ? [query] : []));
  return (['low', 'high'] as const)
    .filter((end) => given.every(({ name }) => name !== end))
    .filter((end) => queries.some((query) => new RegExp(`(?<!${sign})${sign}${end}\\b`).test(query)))
    .map((end) => ({ name: end, value: '', windowEnd: end }));
}

function givenParameters(values: OptionValues, env: NodeJS.ProcessEnv, problems: Problem[]): Parameter[] {
  const plain = Object.entries(values.param ?? {});
  const secret = Object.entries(values['secret-param'] ?? {});
  const parameters: Parameter[] = [];
  for (const [name, given] of [...plain, ...secret]) {
    const variable = variableOf(`param-${name}`);
    const value = given.value ?? env[variable];
    const fault = given.value === undefined && value !== undefined ? undecodable(value, variable) : undefined;
    if (fault !== undefined) problems.push(fault);
    if (value === undefined) {
      problems.push({
        code: 'request.invalid',
        message: `the secret parameter "${name}" has no value: the variable ${variable} is not set`,
        hint: `Set ${variable} (in Valohai as a secret environment variable).`,
      });
    } else if (parameters.some((other) => other.name === name)) {
      problems.push({
        code: 'request.invalid',
        message: `the parameter "${name}" is given both as param and as secret-param`,
        hint: 'Keep the one that is meant.',
      });
    } else {
      parameters.push({ name, value: given.secret ? new Secret(value) : value });
    }
  }
  return parameters;
}

function useless(name: string): Problem {
  return {
    code: 'request.invalid',
    message: `the parameter "${name}" has no use: parameters belong to a query, and a table is read`,
    hint: 'Give a query with --query or --query-file, or leave the parameters out.',
  };
}
