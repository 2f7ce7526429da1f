import { mkdirSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { filesIn } from '../outputs.js';
import { causeOf } from './causes.js';
import type { Contents, Place } from './place.js';
import type { Fault, FaultyRun, Subject } from './subject.js';

/** Something that a user does, which can go wrong on its way. */
export interface Scenario {
  readonly name: string;
  readonly place: Place;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** Scratch files go there. */
  readonly scratch: string;
  /** Sessions of ours that the server still has. */
  sessions(): Promise<number>;
}

/** What plays a fault that is not the process's own: of the network, of a store. */
export interface Player {
  /** How much faster time goes by where it fails for good: the longer a run would try again, the more. */
  readonly pace?: number;
  play(fault: Fault): void | Promise<void>;
  /** @returns how many calls there were, and how many of them went wrong */
  end(): Promise<{ readonly calls: number; readonly met: number }> | { readonly calls: number; readonly met: number };
}

export interface SweepResult {
  /** Runs that met their fault. */
  readonly runs: number;
  readonly violations: readonly string[];
}

/** What may leave something behind where it fails for good: a disk that removes nothing, a store that is away. */
const refusing = /^(remove|look|store: .*)$/;
const isAside = (path: string): boolean => /(^|\/)(\.tidemark|_claim|_uploads)|^upload of /.test(path);
const visible = (contents: Contents): Contents =>
  Object.fromEntries(Object.entries(contents).filter(([path]) => !isAside(path)));

/** Waits for what may pass in minutes are over in seconds. */
const usualPace = 20;
const none: Fault = { kind: '', at: 0, always: false, faster: usualPace };

/** What a run without a fault makes. */
interface Right {
  readonly id: string;
  readonly contents: Contents;
  readonly before: Contents;
}

export class Sweep {
  private constructor(
    private readonly subject: Subject,
    private readonly scenario: Scenario,
    private readonly right: Right,
  ) {}

  /** Runs the scenario without a fault, twice: both must make the same. */
  static async of(subject: Subject, scenario: Scenario): Promise<Sweep> {
    const { place, args, env } = scenario;
    const made: Right[] = [];
    for (let round = 0; round < 2; round += 1) {
      await place.reset();
      const before = await place.contents();
      const run = await subject.run(args, env, none);
      if (run.code !== 0 || run.left.length > 0)
        throw new Error(`${scenario.name} fails by itself: ${run.left.join()}: ${run.stderr}`);
      made.push({ id: idOf(run), contents: await place.contents(), before });
    }
    const [first, second] = made.map((one) => JSON.stringify(one));
    if (first !== second) throw new Error(`${scenario.name} makes another thing each time: ${first}\n${second}`);
    return new Sweep(subject, scenario, made[0]!);
  }

  /**
   * Plays a fault at calls 1, 2, … until a run passes without meeting it.
   * @param player of faults that are not of the process itself
   * @param next which call comes after one: every one, or a sample
   */
  async over(
    { kind, always }: Pick<Fault, 'kind' | 'always'>,
    { player, next }: { readonly player?: Player | undefined; readonly next: (at: number) => number },
  ): Promise<SweepResult> {
    const violations: string[] = [];
    for (let at = 1, runs = 0; ; at = next(at), runs += 1) {
      const fault = { kind, at, always, faster: always ? (player?.pace ?? usualPace) : usualPace };
      const run = await this.once(fault, player);
      const wrong = await this.check(run, fault);
      violations.push(
        ...wrong.map((what) => `${this.scenario.name}, ${kind} ${at}${always ? ' and on' : ''}: ${what}`),
      );
      if (run.met === 0) return { runs, violations };
    }
  }

  private async once(fault: Fault, player: Player | undefined): Promise<FaultyRun> {
    const { place, args, env, scratch } = this.scenario;
    await place.reset();
    rmSync(scratch, { recursive: true, force: true });
    mkdirSync(scratch);
    if (player === undefined) return this.subject.run(args, env, fault);
    await player.play(fault);
    const run = await this.subject.run(args, env, { ...none, faster: fault.faster });
    return { ...run, ...(await player.end()) };
  }

  private async check(run: FaultyRun, fault: Fault): Promise<string[]> {
    const { place, sessions } = this.scenario;
    const contents = await place.contents();
    const wrong = [
      ...run.left.map((one) => `${one} is still open`),
      ...run.unhandled.map((one) => `nobody took: ${one}`),
    ];
    if (run.code === 0)
      wrong.push(
        ...this.differences(visible(contents), this.right.contents),
        ...(idOf(run) === this.right.id ? [] : ['another id']),
      );
    else {
      wrong.push(...causeOf(run, fault));
      wrong.push(...this.differences(visible(contents), this.right.before));
    }
    wrong.push(...(await this.rest(run, { contents, fault })));
    for (let waited = 0; (await sessions()) > 0; waited += 1) {
      if (waited === 100) {
        wrong.push('the server still has a session');
        break;
      }
      await sleep(50);
    }
    return wrong.length === 0
      ? []
      : [`${wrong.join('; ')}\n    exit ${run.code}: ${run.stderr.trim().replaceAll('\n', '\n    ')}`];
  }

  /** What lies aside. Where a disk refuses again and again to let it go, that is told, and the next run removes it. */
  private async rest(run: FaultyRun, { contents, fault }: { contents: Contents; fault: Fault }): Promise<string[]> {
    const { place, scratch, args, env } = this.scenario;
    const aside = [...Object.keys(contents).filter(isAside), ...filesIn(scratch)];
    if (aside.length === 0) return [];
    if (!fault.always || !refusing.test(fault.kind)) return [`stays: ${aside.join()}`];
    const isTold = /cannot remove/.test(run.stderr) || !aside.some(isAside) || fault.kind.startsWith('store');
    const wrong = isTold ? [] : ['what stays is not told'];
    // Only of a process that has ended a later run takes things.
    await this.subject.stop();
    const next = await this.subject.run(
      args.map((word) => word.replace('orders/v1', 'orders/v2')),
      env,
      { ...none, faster: 1 },
    );
    if (next.code !== 0) return [...wrong, `the next run exits with ${next.code}: ${next.stderr}`];
    const still = [...Object.keys(await place.contents()).filter(isAside), ...filesIn(scratch)];
    return [...wrong, ...still.map((path) => `${path} stays after the next run`)];
  }

  private differences(is: Contents, should: Contents): string[] {
    const paths = [...new Set([...Object.keys(is), ...Object.keys(should)])].sort();
    return paths
      .filter((path) => is[path] !== should[path])
      .map((path) => `${path} ${path in is ? (path in should ? 'is another' : 'stays') : 'is missing'}`);
  }
}

function idOf({ stdout }: FaultyRun): string {
  const { id, versions } = JSON.parse(stdout) as {
    readonly id?: string;
    readonly versions?: readonly { readonly id: string }[];
  };
  return id ?? versions!.map((one) => one.id).join();
}
