// Reads a query of one column into record batches, and prints the CPU seconds that it took. Run by `per-value.mjs`.
import { resolveConnection } from '../../../dist/source/postgres/connection/settings/resolve.js';
import { createDecoder, open, openLane } from '../../../dist/source/postgres/source.js';
import { typeName } from '../../../dist/core/types.js';

const { url, query } = JSON.parse(process.argv[2]);
const { signal } = new AbortController();
const table = { name: 'q', query, casts: {}, redacted: [], limit: undefined, dateColumn: undefined };
const source = await open(
  {
    connection: resolveConnection({ url, env: {}, home: '/nonexistent' }),
    ...{ tables: [table], parameters: [], via: 'copy', maxStatement: undefined, stallLimit: 3_600_000 },
    ...{ consistency: 'snapshot', hideValues: false },
  },
  signal,
);
const [plan] = source.tables;
const lane = await openLane(source.ticket, signal);
const decoder = createDecoder(plan.columns, { misfit: 'fail', infinity: 'misfit' });
let rows = 0;
const sink = {
  rows: (bytes, start, end) => decoder.add(bytes, start, end),
  cut: () => void (rows += decoder.finish().numRows),
};
const before = process.cpuUsage();
await lane.read(plan, plan.ranges[0], { rows: 131_072, bytes: 64 << 20 }, sink);
sink.cut();
const { user, system } = process.cpuUsage(before);
await lane.close();
await source.close();
console.log(JSON.stringify({ rows, cpu: (user + system) / 1e6, type: typeName(plan.columns[0].type) }));
