import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';

const folder = new URL('../../../../src/source/postgres', import.meta.url).pathname;

/** What looks like a call and is grammar. */
const grammar = new Set(
  `and or not in any all as values from where exists case when then else end coalesce lateral operator array select union cast
   extract by on using over filter with materialized reachable member pg_catalog rows copy explain`.split(/\s+/),
);

/** The texts of all string and template literals of a file that hold SQL, with what is put into them left out. */
function sqlIn(file: string): string[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) found.push(node.text);
    else if (ts.isTemplateExpression(node)) {
      found.push(node.head.text + node.templateSpans.map((span) => ` hole ${span.literal.text}`).join(''));
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  // Hints for people hold SQL as they may write it.
  const hint = /--[a-z]|…/;
  return found.filter(
    (text) => /\b(SELECT|FROM|WHERE|JOIN|UNION ALL)\b|OPERATOR\(|pg_catalog\.\w+\(/.test(text) && !hint.test(text),
  );
}

/** Names that the search path would look up: calls, casts, relations, operators. */
function unqualified(sql: string): string[] {
  const bare = sql
    .replaceAll(/E?'(?:[^']|'')*'/g, "''")
    .replaceAll(/"(?:[^"]|"")*"/g, 'quoted')
    .replaceAll(/OPERATOR\(pg_catalog\.[^)]*\)/g, ' ');
  const calls = [...bare.matchAll(/(?<![\w.$])([a-z_]\w*)\s?\(/g)].map((match) => match[1]!);
  // `AS t(a, b)` and `WITH t(a, b)` name columns.
  const aliases = [...bare.matchAll(/(?:\bAS|\)|WITH RECURSIVE) ([a-z_]\w*)\s?\(/g)].map((match) => match[1]!);
  return [
    ...calls.filter((name) => !grammar.has(name.toLowerCase()) && !aliases.includes(name)),
    ...[...bare.matchAll(/::\s*(?!pg_catalog\.)([\w"]+)/g)].map((match) => `::${match[1]}`),
    ...[...bare.matchAll(/\b(?:FROM|JOIN)\s+(pg_\w+)(?!\.)\b(?!\.)/g)].map((match) => match[1]!),
    ...[...bare.matchAll(/(?:\s|\w)(<>|<=|>=|\|\||!~|~\*|[=<>~+])(?=\s|\w|')/g)].map((match) => match[1]!),
    ...[...bare.matchAll(/\b(LIKE|ILIKE|SIMILAR|BETWEEN|IN \(|NULLIF|IS DISTINCT|USING|NATURAL|CASE (?!WHEN))/g)].map(
      (match) => match[1]!,
    ),
  ];
}

const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));

describe('our SQL names everything with its schema', () => {
  it('finds what is not', () => {
    expect(unqualified(`SELECT count(*), a::text FROM pg_class WHERE a = 'x' AND b OPERATOR(pg_catalog.=) c`)).toEqual([
      'count',
      '::text',
      'pg_class',
      '=',
    ]);
    expect(unqualified('SELECT pg_catalog.count(*), a::pg_catalog.text FROM pg_catalog.pg_class c')).toEqual([]);
  });

  it.each(files.filter((name) => sqlIn(join(folder, name)).length > 0))('%s', (name) => {
    expect(sqlIn(join(folder, name)).flatMap(unqualified)).toEqual([]);
  });
});
