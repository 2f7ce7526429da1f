import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { pythonEnvironment, type PythonEnvironment } from '../platform/python.js';
import * as canonical from './canonical.js';
import type { Reader } from './reader.js';

const requirements = [
  'pyarrow==26.0.1',
  'polars==2.1.0',
  'pandas==3.1.1',
  'deltalake==1.6.6',
  'duckdb==1.5.5',
  'xxhash==4.1.0',
];
let environment: Promise<PythonEnvironment> | undefined;

/** The Python environment of the readers, made on first use. */
export function readersEnvironment(): Promise<PythonEnvironment> {
  environment ??= pythonEnvironment('readers', requirements);
  return environment;
}

export const pyarrow: Reader = pythonReader('pyarrow');
export const polars: Reader = pythonReader('polars');

function pythonReader(name: 'pyarrow' | 'polars'): Reader {
  return {
    name,
    async unavailable() {
      const { bin, reason } = await readersEnvironment();
      return bin === undefined ? reason : undefined;
    },
    async read(file) {
      const answer = await ask({ reader: name, file });
      if ('error' in answer) throw new Error(answer.error);
      return answer.columns.map((column) => ({ ...column, values: column.values.map(textOf) }));
    },
  };
}

type Tagged = readonly [string, unknown] | null;
type Answer = { error: string } | { columns: { name: string; type: string; values: Tagged[] }[] };

let python: { process: ChildProcessByStdio<Writable, Readable, null>; answers: AsyncIterator<string> } | undefined;
let turn: Promise<unknown> = Promise.resolve();

/** Requests go one at a time to one Python process, which ends with this one. */
function ask(request: object): Promise<Answer> {
  const answer = turn.then(async () => {
    const { process, answers } = await start();
    process.stdin.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await answers.next();
    if (done) throw new Error('the Python reader ended');
    return JSON.parse(value) as Answer;
  });
  turn = answer.catch(() => undefined);
  return answer;
}

async function start() {
  if (python) return python;
  const { bin } = await readersEnvironment();
  const script = new URL('python-readers.py', import.meta.url).pathname;
  const child = spawn(join(bin!, 'python'), [script], { stdio: ['pipe', 'pipe', 'inherit'] });
  child.unref();
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  python = { process: child, answers };
  return python;
}

const perSecond: Readonly<Record<string, bigint>> = { s: 1n, ms: 1_000n, us: 1_000_000n, ns: 1_000_000_000n };

function textOf(tagged: Tagged): canonical.CanonicalText {
  if (tagged === null) return null;
  const [tag, value] = tagged;
  const [kind, unit, utc] = tag.split('_');
  const inside = (item: Tagged) => canonical.inner(textOf(item), item?.[0] === 'text');
  switch (kind) {
    case 'float16':
    case 'float64':
      return canonical.floatText(Buffer.from(value as string, 'hex').readDoubleBE(), 64);
    case 'float32':
      return canonical.floatText(Buffer.from(value as string, 'hex').readDoubleBE(), 32);
    case 'date':
      return canonical.dateText(BigInt(value as string));
    case 'time':
      return canonical.timeText(BigInt(value as string), perSecond[unit!]!);
    case 'timestamp':
      return canonical.timestampText(BigInt(value as string), perSecond[unit!]!, utc !== undefined);
    case 'uuid':
      return canonical.uuidText(Buffer.from(value as string, 'hex'));
    case 'list':
      return canonical.listText((value as Tagged[]).map(inside));
    case 'struct':
      return canonical.structText((value as [string, Tagged][]).map(([name, item]) => [name, inside(item)]));
    case 'map':
      return canonical.mapText((value as [Tagged, Tagged][]).map(([key, item]) => [inside(key), inside(item)]));
    default:
      return value as string;
  }
}
