import { TidemarkError } from '../core/errors.js';
import { Lane } from './lane.js';
import type { LaneCommand, LaneReport, LaneStart } from './messages.js';
import type { LanePorts } from './ports.js';

/**
 * Runs a lane wherever the caller is: it takes ranges from the coordinator, one at a time, and sends back receipts, progress
 * and errors.
 * @param ended called when the lane was told to end and has done so
 * @returns takes a command
 */
export function serveLane(
  start: LaneStart,
  report: (report: LaneReport) => void,
  ended: () => void,
  ports: LanePorts,
): (command: LaneCommand) => void {
  const stop = new AbortController();
  const fail = (error: unknown): void => report({ type: 'failed', error: TidemarkError.from(error).toMessage() });
  const opening = Lane.open(start, report, stop.signal, ports);
  opening.then(() => report({ type: 'ready' }), fail);

  async function obey(command: LaneCommand): Promise<void> {
    if (command.type === 'abort') stop.abort();
    const lane = await opening;
    switch (command.type) {
      case 'sample':
        return report({
          type: 'sampled',
          table: command.table,
          bytes: await lane.during(() => lane.sample(command.table)),
        });
      case 'read':
        return report({ type: 'read', receipts: await lane.during(() => lane.read(command)) });
      case 'append':
        await lane.during(() => lane.append(command.range, command.segment));
        return report({ type: 'appended' });
      case 'finish':
        return report({
          type: 'finished',
          receipt: await lane.during(() => lane.finish(command.table, command.group, command.end)),
        });
      default:
        await lane.close();
        ended();
    }
  }

  return (command) => {
    obey(command).catch(fail);
  };
}
