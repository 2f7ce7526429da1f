import type { DestinationDescription } from '../core/destination.js';
import { destinationOf } from '../destination/registry.js';
import { installedLanePorts, type LanePorts } from '../lane/ports.js';
import type { LikelyWork } from '../lane/messages.js';
import { type Lanes, lanesInThreads } from '../lane/running-lane.js';

/** What a run has of the world outside. */
export interface Ports extends LanePorts {
  /** @throws request.invalid for a location that no destination knows */
  destinationOf(location: string): DestinationDescription;
  /** Whoever asks for them closes them. @param likely what they will do, where that is known */
  lanes(likely?: LikelyWork): Lanes;
}

/** The sources, formats and destinations of this installation; each lane in a thread of its own. */
export const installedPorts: Ports = {
  ...installedLanePorts,
  destinationOf,
  lanes: lanesInThreads,
};
