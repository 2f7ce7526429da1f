// Snowflake's tokens.
import { compilation } from './refusal.mjs';

const rules = [
  ['space', /(?:\s+|--[^\n]*|\/\/[^\n]*|\/\*[\s\S]*?\*\/)/y],
  ['dollars', /\$\$[\s\S]*?\$\$/y],
  ['string', /'(?:[^'\\]|''|\\[\s\S])*'/y],
  ['quoted', /"(?:[^"]|"")+"/y],
  ['number', /(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?/iy],
  ['bind', /\?|:\d+/y],
  ['name', /[a-z_][\w$]*/iy],
  ['operator', /(?:::|=>|<=|>=|<>|!=|\|\||[-+*/%(),.;=<>[\]:])/y],
];

const escapes = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f', 0: '\0' };

const unescape = (text) =>
  text.replace(/''|\\(?:x([0-9a-f]{2})|u([0-9a-f]{4})|([\s\S]))/gi, (whole, x, u, one) => {
    if (whole === "''") return "'";
    return one === undefined ? String.fromCharCode(parseInt(x ?? u, 16)) : (escapes[one] ?? one);
  });

/** @returns {{kind: string, text: string, upper: string, at: number, value?: string}[]} without spaces and comments */
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
    if (found === undefined) throw compilation(`syntax error line 1 at position ${at} unexpected '${sql[at]}'.`);
    if (found.kind === 'string') found.value = unescape(found.text.slice(1, -1));
    if (found.kind === 'dollars') Object.assign(found, { kind: 'string', value: found.text.slice(2, -2) });
    if (found.kind === 'quoted') found.value = found.text.slice(1, -1).replaceAll('""', '"');
    if (found.kind === 'name') found.value = found.upper;
    at += found.text.length;
    if (found.kind !== 'space') tokens.push(found);
  }
  return tokens;
}
