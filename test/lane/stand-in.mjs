// A lane's thread for tests of the coordinator. The ticket says for each range what becomes of it:
// `read`: three rows, all written; `exit`: the thread ends in the middle; `short`: a row is not written; `part`: the second
// of its files is not told of; `other`: answers for the range before; `again`: its first attempt is taken back.
import { once } from 'node:events';
import { parentPort } from 'node:worker_threads';

const [{ ticket, tables }] = await once(parentPort, 'message');
const say = (report) => parentPort.postMessage(report);
const progress = (rows) => say({ type: 'progress', rows, bytesRead: rows, bytesWritten: rows });

function shard(table, group, part, rows) {
  const path = `t${table}-g${group}-p${part}`;
  return { table, group, part, path, rows, bytes: 1, sha256: '', rowGroups: 1, columns: [] };
}

/** What the ranges read last became: every range is a file group. */
let shards = [];

function read({ table, range, end }) {
  const receipts = [];
  for (let one = range; one < end; one += 1) receipts.push(readOne(table, one));
  say({ type: 'read', receipts });
}

function readOne(table, range) {
  const how = ticket[tables[table].ranges[range].detail];
  progress(2);
  if (how === 'exit') process.exit(0);
  if (how === 'again') [-2, 2].forEach(progress);
  progress(1);
  const of = how === 'other' ? range - 1 : range;
  shards = [shard(table, range, 0, 2)];
  if (how !== 'short') shards.push(shard(table, range, how === 'part' ? 2 : 1, 1));
  return { table, range: of, segment: undefined, evidence: [] };
}

parentPort.on('message', (command) => {
  if (command.type === 'read') read(command);
  else if (command.type === 'finish')
    say({ type: 'finished', receipt: { table: command.table, group: command.group, shards } });
  else parentPort.close();
});
if (ticket.start === 'exit') process.exit(0);
say({ type: 'ready' });
