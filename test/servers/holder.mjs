// A process that holds a server and never stops it: prints what it started as a line of JSON, then waits to be killed.
import { startPostgres } from '../../dist/cli/demo/server.js';

const { url, folder, pid } = await startPostgres();
console.log(JSON.stringify({ url, folder, pid }));
setInterval(() => undefined, 60_000);
