// A lane's thread for tests of the coordinator. The ticket says for each range what becomes of it:
// `read`: three rows, all written; `exit`: the thread ends in the middle; `short`: a row is not written; `part`: the second
// of its files is not told of; `other`: answers for the range before; `again`: its first attempt is taken back.
import { parentPort, workerData } from 'node:worker_threads';

const { ticket, tables } = workerData;
const say = (report) => parentPort.postMessage(report);
const progress = (rows) => say({ type: 'progress', rows, bytesRead: rows, bytesWritten: rows });

function shard(table, range, part, rows) {
  const path = `t${table}-r${range}-p${part}`;
  return { table, range, part, path, rows, bytes: 1, sha256: '', rowGroups: 1, columns: [] };
}

function read({ table, range }) {
  const how = ticket[tables[table].ranges[range].detail];
  progress(2);
  if (how === 'exit') process.exit(0);
  if (how === 'again') [-2, 2].forEach(progress);
  progress(1);
  const of = how === 'other' ? range - 1 : range;
  const shards = [shard(table, of, 0, 2)];
  if (how !== 'short') shards.push(shard(table, of, how === 'part' ? 2 : 1, 1));
  say({ type: 'done', receipt: { table, range: of, shards, misfits: { nulled: [], extreme: [] } } });
}

parentPort.on('message', (command) => {
  if (command.type === 'read') read(command);
  else parentPort.close();
});
if (ticket.start === 'exit') process.exit(0);
say({ type: 'ready' });
