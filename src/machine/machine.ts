import fs from 'node:fs';
import { type Clock, systemClock } from '../core/clock.js';
import type { FileSystem } from './file-system.js';
import { type Processes, systemProcesses } from './processes.js';

/** What writers of files have of the machine they run on; given to them, so that faults, kills and races can be played. */
export interface Machine {
  readonly fs: FileSystem;
  readonly clock: Clock;
  readonly processes: Processes;
}

export const thisMachine: Machine = { fs, clock: systemClock, processes: systemProcesses };
