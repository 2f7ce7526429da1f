import { text } from 'node:stream/consumers';
import { type EndedRun, giveUpOther } from './give-up.js';

/** A program of its own: gives up what a process left that has ended. It is told on stdin of which run. */
await giveUpOther(JSON.parse(await text(process.stdin)) as EndedRun);
