import type { Clock } from '../core/clock.js';
import type { RunEvent } from '../core/progress.js';
import { addWork, noWork } from '../core/work.js';
import type { Measurement } from './measurement.js';

/** How often the memory is looked at, in milliseconds. */
const memoryInterval = 50;

interface Count extends Pick<Measurement, 'rows' | 'bytesRead' | 'bytesWritten'> {
  readonly at: number;
}

/** Lanes tell five times a second what they did: the figures of less time than this, in milliseconds, are not those of lanes at work. */
const shortest = 800;

const nothing: Count = { at: 0, rows: 0, bytesRead: 0, bytesWritten: 0 };

/** Hears what lanes tell, from when the first rows come until it is stopped. */
export class Meter {
  private first: Count | undefined;
  private last = nothing;
  private work = noWork;
  private isStopped = false;
  private peakMemory = 0;
  /** What the process had of the cores, when. */
  private readonly cpu = { begun: process.cpuUsage(), first: process.cpuUsage(), stopped: process.cpuUsage() };
  private readonly endLooking: () => void;

  constructor(private readonly clock: Clock) {
    this.endLooking = clock.every(memoryInterval, () => this.lookAtMemory());
  }

  readonly listener = (event: RunEvent): void => {
    if (event.type === 'work') this.work = addWork(this.work, event.work);
    if (event.type !== 'progress' || this.isStopped) return;
    const { rows, bytesRead, bytesWritten } = event;
    this.last = { at: this.clock.now(), rows, bytesRead, bytesWritten };
    if (this.first !== undefined) return;
    this.first = this.last;
    this.cpu.first = process.cpuUsage();
  };

  /** What is told later was begun to be given up, or is about the time before. */
  stop(): void {
    if (this.isStopped) return;
    this.isStopped = true;
    this.endLooking();
    this.lookAtMemory();
    this.cpu.stopped = process.cpuUsage();
  }

  /** Of what is over so soon, the time before the first rows counts too. */
  read(begun: number): MeterReading {
    const { first, last, work, cpu, peakMemory } = this;
    const isShort = first === undefined || last.at - first.at < shortest;
    const from = isShort ? { ...nothing, at: begun } : first;
    const seconds = Math.max(0, last.at - from.at) / 1000;
    const rows = last.rows - from.rows;
    return {
      rows,
      seconds,
      rowsPerSecond: seconds > 0 ? rows / seconds : 0,
      bytesRead: last.bytesRead - from.bytesRead,
      bytesWritten: last.bytesWritten - from.bytesWritten,
      work,
      cpuSeconds: secondsOf(cpu.stopped) - secondsOf(isShort ? cpu.begun : cpu.first),
      peakMemory,
    };
  }

  private lookAtMemory(): void {
    this.peakMemory = Math.max(this.peakMemory, process.memoryUsage.rss());
  }
}

const secondsOf = ({ user, system }: NodeJS.CpuUsage): number => (user + system) / 1e6;

type MeterReading = Pick<
  Measurement,
  'rows' | 'seconds' | 'rowsPerSecond' | 'bytesRead' | 'bytesWritten' | 'work' | 'cpuSeconds' | 'peakMemory'
>;
