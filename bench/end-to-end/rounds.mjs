// All contenders take turns, so that what disturbs the machine disturbs all of them: A B C, A B C, … The first turn of each is the
// warm-up and is dropped. One that takes over three times as long there as the fastest contender is slow: it is stopped, and gets
// one turn on a tenth of the rows.
import { mkdirSync, rmSync } from 'node:fs';
import { totalmem } from 'node:os';
import { bytesOf, checkOutput, dataFiles } from './check.mjs';
import { measure } from './measure.mjs';

const usualSlowAt = 3;
/** Below that, start-up is most of it, and nobody is too slow to take part. */
const leastLimit = 5;

/**
 * @param contest `{ contestants, job(contestant, small), data, small, server, out, rounds, deadline, say }`: `data` has what is
 *   expected of the whole table, `small()` gives a tenth of it; `slowAt`: how many times as
 *   long as the fastest is slow.
 * @returns `{ peer, runs, slow, failure }` for each, in their order
 */
export async function takeTurns(contest) {
  const results = contest.contestants.map((peer) => ({ peer, runs: [], slow: false }));
  let fastest = Infinity;
  const { slowAt = usualSlowAt } = contest;
  for (const result of results) {
    const run = await turn(contest, result, { seconds: Math.max(leastLimit, slowAt * fastest) });
    if (!run.failure && !result.peer.floor) fastest = Math.min(fastest, run.wall);
    result.warmUp = run;
  }
  for (const result of results) {
    const { failure, wall, message } = result.warmUp;
    result.slow =
      failure === 'time' ||
      failure === 'memory' ||
      (!result.peer.floor && wall > Math.max(leastLimit, slowAt * fastest));
    if (failure === 'exit') result.failure = message;
  }
  const racing = results.filter(({ slow, failure }) => !slow && failure === undefined);
  for (let round = 1; round <= contest.rounds && !over(contest); round++) {
    for (const result of racing) {
      const run = await turn(contest, result, { seconds: 3600 }, round);
      result.runs.push(run);
    }
  }
  for (const result of results.filter(({ slow }) => slow)) await onATenth(contest, result);
  return results;
}

function over({ deadline, say }) {
  if (Date.now() < deadline) return false;
  say('out of time: no more rounds');
  return true;
}

async function onATenth(contest, result) {
  if (over(contest)) return void (result.failure = 'slow; no time for its round on a tenth of the rows');
  const small = await contest.small();
  const run = await turn({ ...contest, data: small }, result, { seconds: 1800 }, 'a tenth');
  if (run.failure) result.failure = run.failure === 'exit' ? run.message : `stopped: too much ${run.failure}`;
  result.runs.push(run);
}

async function turn({ data, job, server, out, say }, { peer }, limits, round = 'warm-up') {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const command = peer.command(job(data));
  const run = await measure({ ...command, cwd: out }, server.pid, { memory: 0.7 * totalmem(), ...limits });
  Object.assign(run, { round, rows: Number(data.expected.rows) });
  if (!run.failure && !peer.floor) {
    run.bytes = bytesOf(dataFiles(out));
    const wrong = await checkOutput(out, data, peer.changes);
    if (wrong !== undefined) run.wrong = wrong;
  }
  const note = run.failure ? `failed: ${run.failure === 'exit' ? run.message : `over its ${run.failure}`}` : run.wrong;
  say(
    `${String(round).padEnd(10)} ${peer.name.padEnd(24)} ${run.wall.toFixed(2).padStart(7)} s${note ? `  ${note}` : ''}`,
  );
  rmSync(out, { recursive: true, force: true });
  return run;
}
