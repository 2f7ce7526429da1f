import { Worker } from 'node:worker_threads';
import { type ErrorMessage, TidemarkError } from '../../core/errors.js';
import { littleGarbage } from '../../lane/thread-limits.js';
import { vanishedThread } from '../../lane/vanished.js';
import { packageFile } from '../../machine/package-file.js';
import { shardsOf } from '../../manifest/shards.js';
import type { FileChecks, FilesToCheck, ShardPlace } from './file-checks.js';
import { failure } from './finding.js';
import type { ShardCheck, WhileChecking } from './shard.js';

/** From a thread that checks a file. */
export type CheckReport =
  | { readonly type: 'bytes'; readonly count: number }
  | { readonly type: 'entities'; readonly records: Uint8Array }
  | { readonly type: 'checked'; readonly check: ShardCheck }
  | { readonly type: 'failed'; readonly error: ErrorMessage };

/** Checks files in threads, each of which has one at a time. A thread is started when a file waits for it. */
export function checksInThreads(files: FilesToCheck, threads: number): FileChecks {
  const all = new Set<Worker>();
  const free: Worker[] = [];
  const start = (): Worker => {
    const thread = new Worker(packageFile('#check-thread'), { workerData: files, resourceLimits: littleGarbage });
    all.add(thread);
    return thread;
  };
  return {
    atOnce: threads,
    async check(place, telling) {
      telling.signal?.throwIfAborted();
      const thread = free.pop() ?? start();
      const check = await answerOf(thread, place, telling).catch((thrown: unknown) => broken(files, place, thrown));
      // Damaged bytes may have left a reader that reads nothing else.
      if (check.findings.some(({ kind }) => kind === 'unreadable')) await thread.terminate();
      else free.push(thread);
      return check;
    },
    async close() {
      await Promise.all([...all].map((thread) => thread.terminate()));
    },
  };
}

function answerOf(
  thread: Worker,
  place: ShardPlace,
  { signal, onBytes, onEntities }: WhileChecking,
): Promise<ShardCheck> {
  return new Promise<ShardCheck>((resolve, reject) => {
    const fail = (thrown: unknown): void => settle(() => reject(thrown as Error));
    const onMessage = (report: CheckReport): void => {
      if (report.type === 'bytes') onBytes(report.count);
      else if (report.type === 'entities') onEntities(report.records);
      else if (report.type === 'checked') settle(() => resolve(report.check));
      else fail(TidemarkError.fromMessage(report.error));
    };
    const onExit = (exitCode: number): void => fail(vanishedThread('checked a file', exitCode));
    const onAbort = (): void => fail(signal?.reason);
    const settle = (action: () => void): void => {
      thread.off('message', onMessage).off('error', fail).off('exit', onExit);
      signal?.removeEventListener('abort', onAbort);
      action();
    };
    thread.on('message', onMessage).on('error', fail).on('exit', onExit);
    signal?.addEventListener('abort', onAbort);
    thread.postMessage(place);
  });
}

/** Bytes that end the thread which reads them are what is wrong with their file. */
function broken({ version }: FilesToCheck, place: ShardPlace, thrown: unknown): ShardCheck {
  const { name, code, message } = thrown as NodeJS.ErrnoException;
  if (name !== 'RuntimeError' && code !== 'ERR_WORKER_OUT_OF_MEMORY') throw thrown;
  const { path, bytes } = shardsOf(version.tables[place.table]!)[place.shard]!;
  const findings = [failure('unreadable', path, `its bytes end the thread that reads them: ${message}`)];
  return { rows: 0, bytes, findings };
}
