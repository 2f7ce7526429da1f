// GoogleSQL into DuckDB's SQL. What is translated:
// - one statement, SELECT or WITH; anything else, and more than one, is refused as invalidQuery;
// - tables after FROM, JOIN and commas: `project.dataset.table` in backticks, whole or by part, or bare; names of WITH; the default dataset;
// - FOR SYSTEM_TIME AS OF an expression: TIMESTAMP '…', a parameter, or a function such as TIMESTAMP_SUB(CURRENT_TIMESTAMP(), INTERVAL 1 HOUR);
// - CHANGES(TABLE table, start, end) after FROM, of tables whose changes are kept;
// - columns in backticks, * EXCEPT (…), IN UNNEST(…);
// - literals: '…', "…", '''…''', r'…', b'…', DATE, TIME, DATETIME, TIMESTAMP, NUMERIC, BIGNUMERIC and JSON before a string;
// - CAST and SAFE_CAST to BigQuery's types, ARRAY<> of them included;
// - STRUCT(x AS name, …), whose parts without names have those of their columns;
// - TO_JSON_STRING of a table's column of JSON is its text;
// - @named and ? parameters, which are written into the SQL as literals, in a dry run those that are not given as NULL;
// - the functions in functions.mjs; others are refused.
// The rest of an expression goes to DuckDB as it is, whose error becomes invalidQuery.
import { tokensOf } from './lexer.mjs';
import { endPart, jsonFunction, noteType } from './calls.mjs';
import { functions } from './functions.mjs';
import { Refusal } from './refusal.mjs';
import { parameterSql } from './parameters.mjs';
import { duckType, literal, normalize, quoteName, quoteText } from './types.mjs';

export { macros } from './functions.mjs';

const keywords = new Set(
  `ALL AND AS ASC BETWEEN BY CASE CROSS DESC DISTINCT ELSE END EXCEPT EXISTS FOR FROM FULL GROUP HAVING IN INNER INTERSECT INTERVAL INTO IS JOIN LEFT
   LIKE LIMIT NOT NULL NULLS OFFSET ON OR ORDER OUTER OVER PARTITION QUALIFY RIGHT ROWS SELECT SET SYSTEM_TIME TABLESAMPLE THEN UNION USING VALUES
   WHEN WHERE WINDOW WITH`.split(/\s+/),
);
const castsAndStructs = new Set(['CAST', 'SAFE_CAST', 'STRUCT']);
const literalTypes = new Set(['DATE', 'TIME', 'DATETIME', 'TIMESTAMP', 'NUMERIC', 'BIGNUMERIC', 'JSON']);

const invalid = (message) => new Refusal('invalidQuery', message);

class Translation {
  constructor(text, { parameters = [], resolve, resolveChanges, ctes, undeclared = false }) {
    this.resolveChanges = resolveChanges;
    this.undeclared = undeclared;
    this.tokens = tokensOf(text);
    this.i = 0;
    this.out = [];
    this.parens = [];
    this.parameters = parameters;
    this.positional = 0;
    this.resolve = resolve;
    /** What the query was found to name. */
    this.found = {
      tables: [],
      names: new Set(),
      filterNames: new Set(),
      except: new Set(),
      star: false,
      types: new Map(),
    };
    this.filtering = false;
    this.ctes =
      ctes ??
      new Set(
        this.tokens
          .filter((_, i) => this.tokens[i + 1]?.upper === 'AS' && this.tokens[i + 2]?.text === '(')
          .map((one) => one.value ?? one.text),
      );
  }

  at(ahead = 0) {
    return this.tokens[this.i + ahead];
  }

  is(upper, ahead = 0) {
    const token = this.at(ahead);
    return token !== undefined && token.kind !== 'string' && token.kind !== 'quoted' && token.upper === upper;
  }

  expect(upper) {
    if (!this.is(upper))
      throw invalid(`Syntax error: Expected ${upper} but got ${this.at()?.text ?? 'end of statement'}`);
    this.i += 1;
  }

  async run() {
    while (this.at() !== undefined) await this.step();
    return this.out.join(' ');
  }

  async step() {
    const token = this.at();
    switch (token.kind) {
      case 'string':
        this.i += 1;
        this.out.push(
          token.bytes
            ? `from_base64('${Buffer.from(token.value, 'latin1').toString('base64')}')`
            : quoteText(token.value),
        );
        return;
      case 'quoted':
        return this.column(token);
      case 'parameter':
      case 'positional':
        this.i += 1;
        this.out.push(this.parameter(token));
        return;
      case 'name':
        return this.name(token);
      case 'operator':
        return this.operator(token);
      default:
        this.i += 1;
        this.out.push(token.text);
    }
  }

  column(token) {
    this.i += 1;
    if (this.is('(')) throw invalid(`Function not found: ${token.text}`);
    this.named(token.value);
    this.out.push(quoteName(token.value));
  }

  named(name) {
    this.found.names.add(name.toLowerCase());
    if (this.filtering) this.found.filterNames.add(name.toLowerCase());
  }

  parameter(token) {
    const given =
      token.kind === 'positional'
        ? this.parameters[this.positional++]
        : this.parameters.find((one) => one.name?.toLowerCase() === token.text.slice(1).toLowerCase());
    // A dry run finds out which parameters there are.
    if (given === undefined && this.undeclared) return 'NULL';
    if (given === undefined)
      throw invalid(`Query parameter '${token.text.replace('@', '')}' not found at [1:${token.at + 1}]`);
    return parameterSql(given);
  }

  operator(token) {
    this.i += 1;
    if (token.text === ';') throw invalid('Only one statement is known here');
    if (token.text === '(') this.parens.push({ close: ')' });
    if (token.text === ',') endPart(this);
    if (token.text === ')') {
      endPart(this);
      const open = this.parens.pop();
      if (open === undefined) throw invalid('Syntax error: Expected end of input but got ")"');
      noteType(this, open);
      this.out.push(open.close);
      return;
    }
    if (token.text === '*' && /^(?:,|\.|SELECT|DISTINCT|ALL)$/.test(this.tokens[this.i - 2]?.upper ?? '')) this.star();
    else this.out.push(token.text);
  }

  star() {
    this.found.star = true;
    this.out.push('*');
    if (!this.is('EXCEPT') || !this.is('(', 1)) return;
    this.out.push('EXCLUDE');
    this.i += 1;
    for (let ahead = 1; this.at(ahead) !== undefined && !this.is(')', ahead); ahead++)
      this.found.except.add((this.at(ahead).value ?? this.at(ahead).text).toLowerCase());
  }

  async name(token) {
    const { upper } = token;
    const inside = this.parens.at(-1)?.of;
    if (literalTypes.has(upper) && this.at(1)?.kind === 'string') {
      this.i += 2;
      this.out.push(literal(normalize({ name: 'x', type: upper }), this.tokens[this.i - 1].value));
      return;
    }
    if (upper === 'AS' && castsAndStructs.has(inside)) return inside === 'STRUCT' ? this.partName() : this.castType();
    if ((upper === 'FROM' && inside !== 'EXTRACT' && this.tokens[this.i - 1]?.upper !== 'DISTINCT') || upper === 'JOIN')
      return this.tablesAfter(token);
    if (upper === 'IN' && this.is('UNNEST', 1) && this.is('(', 2)) {
      this.i += 3;
      this.out.push('IN ( SELECT unnest(');
      this.parens.push({ close: '))' });
      return;
    }
    if (this.is('(', 1) && !keywords.has(upper) && this.tokens[this.i - 1]?.text !== '.' && !this.isCte(token))
      return this.call(token);
    this.i += 1;
    if (upper === 'WHERE') this.filtering = true;
    if (/^(?:GROUP|ORDER|SELECT|HAVING|LIMIT)$/.test(upper)) this.filtering = false;
    if (!keywords.has(upper)) this.named(token.text);
    this.out.push(token.text);
  }

  isCte(token) {
    return this.tokens[this.i - 1]?.upper === 'AS' && this.ctes.has(token.text);
  }

  call(token) {
    const known = functions.get(token.upper);
    if (known === undefined) throw invalid(`Function not found: ${token.text} at [1:${token.at + 1}]`);
    this.i += 2;
    this.out.push(token.upper === 'TO_JSON_STRING' ? jsonFunction(this, known) : known, '(');
    this.parens.push({ close: ')', of: token.upper, from: this.out.length, at: this.i, count: 0 });
  }

  /** `AS name` in a STRUCT. */
  partName() {
    this.parens.at(-1).name = this.at(1)?.value ?? this.at(1)?.text;
    this.i += 2;
  }

  /** `AS type)` of a cast; types that DuckDB does not tell apart are remembered for the result's schema. */
  castType() {
    this.i += 1;
    const field = this.type();
    const { of, from } = this.parens.at(-1);
    // The name of the function stands before its parenthesis.
    if (of === 'CAST' && field.type === 'STRING' && field.mode !== 'REPEATED') this.out[from - 2] = 'bq_text';
    else this.out.push('AS', duckType(field));
    if (!this.is(')')) throw invalid(`Syntax error: Unexpected ${this.at()?.text} in a type`);
    this.parens.at(-1).field = field;
  }

  type() {
    const token = this.at();
    this.i += 1;
    if (token.upper === 'ARRAY') {
      this.expect('<');
      const of = this.type();
      this.expect('>');
      return { ...of, mode: 'REPEATED' };
    }
    const field = { name: 'x', type: token.upper };
    if (this.is('(')) {
      field.precision = Number(this.at(1).text);
      field.scale = this.is(',', 2) ? Number(this.at(3).text) : 0;
      this.i += this.is(',', 2) ? 5 : 3;
    }
    try {
      return normalize(field);
    } catch {
      throw invalid(`Type not found: ${token.text} at [1:${token.at + 1}]`);
    }
  }

  async tablesAfter(token) {
    this.i += 1;
    this.filtering = false;
    this.out.push(token.text);
    for (;;) {
      const next = this.at();
      if (next === undefined) throw invalid('Syntax error: Unexpected end of script');
      if (this.is('(') || this.is('UNNEST') || !/^(?:name|quoted)$/.test(next.kind)) return;
      await (this.is('CHANGES') && this.is('(', 1) ? this.changes() : this.table());
      if (!this.is(',')) return;
      this.i += 1;
      this.out.push(',');
    }
  }

  path() {
    const parts = [];
    do {
      if (parts.length > 0) this.i += 1;
      const token = this.at();
      let text = token?.value ?? token?.text ?? '';
      this.i += 1;
      // A project's name may have dashes without backticks.
      while (
        token.kind === 'name' &&
        parts.length === 0 &&
        this.is('-') &&
        /^(?:name|number)$/.test(this.at(1)?.kind ?? '')
      ) {
        text += `-${this.at(1).text}`;
        this.i += 2;
      }
      parts.push(...text.split('.'));
    } while (this.is('.'));
    return parts;
  }

  async table() {
    const parts = this.path();
    let alias;
    if (this.is('AS')) this.i += 1;
    if (
      /^(?:name|quoted)$/.test(this.at()?.kind ?? '') &&
      !(this.at().kind === 'name' && keywords.has(this.at().upper))
    ) {
      alias = this.at().value ?? this.at().text;
      this.i += 1;
    }
    let time;
    if (this.is('FOR')) {
      for (const word of ['FOR', 'SYSTEM_TIME', 'AS', 'OF']) this.expect(word);
      time = await this.timeExpression();
    }
    if (parts.length === 1 && this.ctes.has(parts[0])) {
      this.out.push(quoteName(parts[0]), ...(alias === undefined ? [] : ['AS', quoteName(alias)]));
      return;
    }
    const found = await this.resolve(parts, time);
    this.found.tables.push(found);
    // An alias after the time goes on to DuckDB by itself.
    const given = this.is('AS') || (time !== undefined && this.at()?.kind === 'name' && !keywords.has(this.at().upper));
    this.out.push(found.version.physical, ...(given ? [] : ['AS', quoteName(alias ?? parts.at(-1))]));
  }

  async changes() {
    this.i += 2;
    this.expect('TABLE');
    const parts = this.path();
    this.expect(',');
    const start = await this.timeExpression();
    this.expect(',');
    const end = await this.timeExpression();
    this.expect(')');
    const found = await this.resolveChanges(parts, start, end);
    this.found.tables.push(found);
    this.out.push(`(${found.sql}) AS changes`);
  }

  /** One operand, with the parentheses of a function. */
  async timeExpression() {
    const before = this.out.length;
    const depth = this.parens.length;
    do await this.step();
    while (this.parens.length > depth && this.at() !== undefined);
    return this.out.splice(before).join(' ');
  }
}

/** A whole query. `resolve(parts, timeSql)` gives `{table, version}`, `resolveChanges(parts, startSql, endSql)` their `sql` besides. */
export async function translate(text, options) {
  const trimmed = text.replace(/[\s;]+$/, '');
  const translation = new Translation(trimmed, options);
  const first = translation.tokens[0]?.upper;
  if (first === undefined) throw invalid('Syntax error: Unexpected end of script');
  if (!['SELECT', 'WITH', '('].includes(first))
    throw invalid(`Statements other than SELECT are not known here: ${first} at [1:1]`);
  const sql = await translation.run();
  return { sql, ...translation.found };
}

/** A condition alone, as a read session's row restriction. */
export async function translateCondition(text) {
  const resolve = () => {
    throw invalid('a row restriction names no tables');
  };
  const translation = new Translation(text, { resolve, ctes: new Set() });
  const sql = await translation.run();
  return { sql, ...translation.found };
}
