// Snowflake's SQL into DuckDB's. What is translated:
// - one statement, SELECT or WITH; show.mjs and session.mjs have the others; anything else, and more than one, is refused;
// - names: unquoted in capitals; a name that is a column's but for its case is refused;
// - tables after FROM, JOIN and commas by the session's database and schema; names of WITH; views; TABLE(RESULT_SCAN('id'));
//   TABLE(GENERATOR(ROWCOUNT => n));
// - AT and BEFORE with TIMESTAMP, OFFSET or STATEMENT after a table, CHANGES(INFORMATION => …) AT(…) END(…);
// - SELECT * EXCLUDE (…); literals: '…' with escapes, $$…$$, DATE, TIME, TIMESTAMP_NTZ and so on before a string;
// - x::TYPE, CAST and TRY_CAST to Snowflake's types;
// - ? and :1 binds, which are written into the SQL as literals, NULL where a description lacks them;
// - the functions in functions.mjs and the session's; others are refused.
// The rest of an expression goes to DuckDB as it is, whose error becomes 001003.
import { tokensOf } from './lexer.mjs';
import { functions } from './functions.mjs';
import { bindSql } from './binds.mjs';
import { compilation, Refusal } from './refusal.mjs';
import { duckType, kinds, literal, normalize, quoteName, quoteText } from './types.mjs';

const keywords = new Set(
  `ALL AND AS ASC BETWEEN BY CASE CROSS DESC DISTINCT ELSE END ESCAPE EXCEPT EXCLUDE EXISTS FIRST FOLLOWING FROM FULL GROUP HAVING ILIKE IN INNER
   INTERSECT INTERVAL INTO IS JOIN LAST LEFT LIKE LIMIT MINUS NATURAL NOT NULL NULLS OFFSET ON OR ORDER OUTER OVER PARTITION PRECEDING QUALIFY RANGE
   RECURSIVE RIGHT ROW ROWS SELECT THEN UNBOUNDED UNION USING VALUES WHEN WHERE WINDOW WITH TRUE FALSE CURRENT WITHIN`.split(
    /\s+/,
  ),
);
const literalTypes = new Set(['DATE', 'TIME', 'TIMESTAMP', 'TIMESTAMP_NTZ', 'TIMESTAMP_LTZ', 'TIMESTAMP_TZ']);
const constants =
  /^(?:CURRENT_(?:TIMESTAMP|DATE|USER|ROLE|ACCOUNT|WAREHOUSE|DATABASE|SCHEMA|VERSION|SESSION)|SYSDATE|LOCALTIMESTAMP|LAST_QUERY_ID)$/;

/** What stands before and after an expression to cast it. */
function castSql(field, attempt) {
  const kind = kinds[field.type];
  if (kind !== undefined) return [`${attempt ? 'try(' : ''}sf_as_${kind}${field.scale}(`, attempt ? '))' : ')'];
  if (field.type === 'DATE') return [attempt ? 'try(sf_as_date(' : 'sf_as_date(', attempt ? '))' : ')'];
  if (field.type === 'TEXT') return ['sf_text(', ')'];
  if (field.type === 'BINARY') return ['unhex(sf_text(', '))'];
  if (field.type === 'VARIANT') return ['sf_variant(sf_json(', '))'];
  if (duckType(field).startsWith('STRUCT')) return [`CAST({x: sf_text(`, `)} AS ${duckType(field)})`];
  return [attempt ? 'TRY_CAST(' : 'CAST(', ` AS ${duckType(field)})`];
}

/** A text that is cast to a type of time, worked out at once: DuckDB takes long to plan the macros. Undefined for other casts. */
function literalCast(field, text) {
  if (kinds[field.type] === undefined || /^-?\d+$/.test(text)) return undefined;
  // Without an offset that would move it: a wall clock keeps its reading.
  const wall = field.type === 'TIMESTAMP_NTZ' ? text.replace(/\s*(?:Z|[+-]\d\d:?\d\d)$/, '') : text;
  return literal(field, wall);
}

export class Translation {
  constructor(text, context) {
    this.context = context;
    this.tokens = tokensOf(text.replace(/[\s;]+$/, ''));
    this.i = 0;
    this.out = [];
    this.parens = [];
    this.positional = 0;
    /** Where the last operand begins in `out`, for casts. */
    this.operand = 0;
    this.found = { tables: [], names: new Set(), aliases: new Set() };
    this.ctes = new Set(
      this.tokens
        .filter(
          (_, i) =>
            this.isAt(i + 1, 'AS') &&
            this.isAt(i + 2, '(') &&
            /^(?:WITH|RECURSIVE|,)$/.test(this.tokens[i - 1]?.upper ?? ''),
        )
        .map((one) => one.value),
    );
  }

  at(ahead = 0) {
    return this.tokens[this.i + ahead];
  }

  isAt(index, upper) {
    const token = this.tokens[index];
    return token !== undefined && token.kind !== 'string' && token.kind !== 'quoted' && token.upper === upper;
  }

  is(upper, ahead = 0) {
    return this.isAt(this.i + ahead, upper);
  }

  unexpected() {
    const token = this.at();
    return compilation(`syntax error line 1 at position ${token?.at ?? 0} unexpected '${token?.text ?? '<EOF>'}'.`);
  }

  expect(upper) {
    if (!this.is(upper)) throw this.unexpected();
    this.i += 1;
  }

  async run() {
    while (this.at() !== undefined) await this.step();
    if (this.parens.length > 0) throw this.unexpected();
    return this.out.join(' ');
  }

  push(sql) {
    this.operand = this.out.length;
    this.out.push(sql);
  }

  async step() {
    const token = this.at();
    if (token.kind === 'name') return this.name(token);
    if (token.kind === 'operator') return this.operator(token);
    this.i += 1;
    if (token.kind === 'string') this.string(token);
    else if (token.kind === 'bind') this.push(this.bind(token));
    else if (token.kind === 'quoted') this.identifier(token);
    else this.push(token.text);
  }

  string({ value }) {
    this.push(quoteText(value));
    this.literal = { at: this.operand, text: value };
  }

  identifier(token) {
    const chained = this.isAt(this.i - 2, '.');
    const alias = this.isAt(this.i - 2, 'AS');
    if (alias) this.found.aliases.add(token.value);
    else if (!this.is('.')) this.found.names.add(token.value);
    if (chained) this.out.push(quoteName(token.value));
    else this.push(quoteName(token.value));
  }

  bind(token) {
    const index = token.text === '?' ? ++this.positional : Number(token.text.slice(1));
    const given = this.context.bindings?.[index];
    if (given === undefined && !this.context.describeOnly)
      throw new Refusal(
        '002049',
        '42601',
        `SQL compilation error: error line 1 at position ${token.at}\nBind variable ${token.text} not set.`,
      );
    return given === undefined ? 'NULL' : bindSql(given);
  }

  operator(token) {
    this.i += 1;
    if (token.text === ';')
      throw new Refusal('000008', '0A000', 'Actual statement count 2 did not match the desired statement count 1.');
    if (token.text === '(') {
      this.parens.push({ start: this.out.length, before: '(', close: ')' });
      this.out.push('(');
    } else if (token.text === ')') this.close();
    else if (token.text === '::') {
      this.castLast(this.type());
    } else if (token.text === '.') this.out.push('.');
    else if (token.text === '*' && /^(?:,|\.|SELECT|DISTINCT|ALL|\()$/.test(this.tokens[this.i - 2]?.upper ?? ''))
      this.star();
    else if (token.text === ':' || token.text === '=>') {
      this.i -= 1;
      throw this.unexpected();
    } else this.out.push(token.text);
  }

  /** `::` binds the operand before it. */
  castLast(field) {
    const plain = this.literal?.at === this.operand && this.out.length === this.operand + 1;
    const known = plain ? literalCast(field, this.literal.text) : undefined;
    if (known !== undefined) return void this.out.splice(this.operand, 1, known);
    const [before, after] = castSql(field, false);
    this.out.splice(this.operand, 0, before);
    this.out.push(after);
  }

  close() {
    const open = this.parens.pop();
    if (open === undefined) {
      this.i -= 1;
      throw this.unexpected();
    }
    this.out.push(open.close);
    this.operand = open.start;
  }

  star() {
    if (/^HASH(?:_AGG)?$/.test(this.parens.at(-1)?.of ?? '')) return void this.out.push('*COLUMNS(*)');
    this.out.push('*');
    if (!this.is('EXCLUDE')) return;
    this.i += 1;
    this.out.push('EXCLUDE');
  }

  async name(token) {
    const { upper } = token;
    const inside = this.parens.at(-1)?.of;
    if (this.isAt(this.i - 1, '.')) {
      this.i += 1;
      return this.identifier(token);
    }
    if (literalTypes.has(upper) && this.at(1)?.kind === 'string') {
      this.i += 2;
      this.string(this.tokens[this.i - 1]);
      return this.castLast(normalize({ name: 'x', type: upper }));
    }
    if (upper === 'AS' && (inside === 'CAST' || inside === 'TRY_CAST')) return this.castAs();
    if (upper === 'CASE') this.parens.push({ start: this.out.length, of: 'CASE' });
    if (upper === 'END' && inside === 'CASE') {
      this.operand = this.parens.pop().start;
      this.i += 1;
      return void this.out.push('END');
    }
    if ((upper === 'FROM' && inside !== 'EXTRACT' && !this.isAt(this.i - 1, 'DISTINCT')) || upper === 'JOIN')
      return this.context.tables(this, token);
    if (constants.test(upper)) return this.constant(upper);
    if (this.is('(', 1) && !keywords.has(upper) && !this.ctes.has(upper)) return this.call(token);
    this.i += 1;
    if (upper === 'MINUS') return void this.out.push('EXCEPT');
    if (keywords.has(upper)) {
      if (/^(?:NULL|TRUE|FALSE)$/.test(upper)) this.push(upper);
      else this.out.push(upper);
    } else this.identifier(token);
  }

  constant(upper) {
    this.i += 1;
    if (this.is('(')) {
      while (!this.is(')')) this.i += 1;
      this.i += 1;
    }
    this.push(this.context.constant(upper));
  }

  call(token) {
    const { upper } = token;
    this.i += 2;
    const start = this.out.length;
    if (upper === 'CAST' || upper === 'TRY_CAST') {
      this.out.push('(');
      return this.parens.push({ start, of: upper, close: ')' });
    }
    if (upper === 'DATEADD' || upper === 'TIMESTAMPADD' || upper === 'DATEDIFF' || upper === 'TIMESTAMPDIFF') {
      const unit = this.at().value.toLowerCase().replace(/s$/, '');
      this.i += 1;
      this.out.push(upper.endsWith('DIFF') ? 'sf_datediff(' : 'sf_dateadd_ltz(', quoteText(unit));
      return this.parens.push({ start, of: upper, close: ')' });
    }
    const known = functions.get(upper);
    if (known === undefined)
      throw new Refusal('002140', '42601', `SQL compilation error:\nUnknown function ${token.value}.`);
    this.out.push(`${known}(`);
    this.parens.push({ start, of: upper, close: upper === 'HASH_AGG' ? '))' : ')' });
  }

  castAs() {
    this.i += 1;
    const { start, of } = this.parens.pop();
    const [before, after] = castSql(this.type(), of === 'TRY_CAST');
    this.expect(')');
    this.out[start] = before;
    this.out.push(after);
    this.operand = start;
  }

  type() {
    let text = this.at()?.text ?? '';
    this.i += 1;
    if (this.is('(')) {
      do {
        text += this.at().text;
        this.i += 1;
      } while (!this.isAt(this.i - 1, ')') && this.at() !== undefined);
    }
    return normalize({ name: 'x', type: text });
  }

  /** A name of up to three parts, each as it is meant. */
  path() {
    const parts = [];
    do {
      if (parts.length > 0) this.i += 1;
      const token = this.at();
      if (!/^(?:name|quoted)$/.test(token?.kind ?? '')) throw this.unexpected();
      parts.push(token.value);
      this.i += 1;
    } while (this.is('.'));
    return parts;
  }

  /** What stands until the end of the parentheses that are open, which are closed; as DuckDB's SQL. */
  async untilClosed() {
    const before = this.out.length;
    const depth = this.parens.length;
    while (this.at() !== undefined && !(this.is(')') && this.parens.length === depth)) await this.step();
    this.expect(')');
    return this.out.splice(before).join(' ');
  }

  /** An alias after a table, with AS or without. */
  alias() {
    const given = this.is('AS') ? 1 : 0;
    const token = this.at(given);
    const named = token?.kind === 'quoted' || (token?.kind === 'name' && !keywords.has(token.upper));
    if (!named) return undefined;
    this.i += given + 1;
    return token.value;
  }
}
