import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('./server.mjs', import.meta.url));

/** Starts the replaying server in front of a PostgreSQL server: where it listens, its process, and how to end it. */
export async function startReplay({ host, port }) {
  const child = spawn(process.execPath, [program, host, String(port)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'exit').then(([code]) => Promise.reject(new Error(`the replaying server ended with ${code}`))),
  ]);
  const stop = async () => {
    child.stdin.end();
    if (child.exitCode === null) await once(child, 'exit');
  };
  return { host: '127.0.0.1', port: Number(String(line)), pid: child.pid, stop };
}
