// GoogleSQL's tokens: https://cloud.google.com/bigquery/docs/reference/standard-sql/lexical
import { Refusal } from './refusal.mjs';

const rules = [
  ['space', /(?:\s+|--[^\n]*|#[^\n]*|\/\*[\s\S]*?\*\/)/y],
  [
    'string',
    /[rb]{0,2}(?:'''[\s\S]*?(?<!\\)'''|"""[\s\S]*?(?<!\\)"""|'(?:[^'\\\n]|\\[\s\S])*'|"(?:[^"\\\n]|\\[\s\S])*")/iy,
  ],
  ['quoted', /`(?:[^`\\]|\\.)+`/y],
  ['number', /(?:0x[0-9a-f]+|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)/iy],
  ['parameter', /@[a-z_]\w*/iy],
  ['positional', /\?/y],
  ['name', /[a-z_]\w*/iy],
  ['operator', /(?:<=|>=|<>|!=|\|\||<<|>>|[-+*/%(),.;=<>[\]~&|^:{}])/y],
];

const escapes = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', v: '\v', a: '\x07' };

function unescape(text) {
  return text.replace(
    /\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|([0-7]{3})|([\s\S]))/gi,
    (_, x, u, long, octal, one) => {
      if (one !== undefined) return escapes[one] ?? one;
      return String.fromCodePoint(parseInt(x ?? u ?? long ?? octal, octal === undefined ? 16 : 8));
    },
  );
}

function stringOf(text) {
  const [, prefix] = /^([rb]*)/i.exec(text);
  const marks = /^(?:'''|""")/.test(text.slice(prefix.length)) ? 3 : 1;
  const inner = text.slice(prefix.length + marks, -marks);
  return { value: /r/i.test(prefix) ? inner : unescape(inner), bytes: /b/i.test(prefix) };
}

/** @returns {{kind: string, text: string, upper: string, at: number, value?: string, bytes?: boolean}[]} without spaces and comments */
export function tokensOf(sql) {
  const tokens = [];
  for (let at = 0; at < sql.length;) {
    let found;
    for (const [kind, rule] of rules) {
      rule.lastIndex = at;
      const match = rule.exec(sql);
      if (match === null) continue;
      found = { kind, text: match[0], upper: match[0].toUpperCase(), at };
      break;
    }
    if (found === undefined)
      throw new Refusal(
        'invalidQuery',
        `Syntax error: Illegal input character ${JSON.stringify(sql[at])} at [1:${at + 1}]`,
      );
    if (found.kind === 'string') Object.assign(found, stringOf(found.text));
    if (found.kind === 'quoted') found.value = unescape(found.text.slice(1, -1));
    at += found.text.length;
    if (found.kind !== 'space') tokens.push(found);
  }
  return tokens;
}
