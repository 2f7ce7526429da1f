import type { VersionStore } from '../core/destination.js';
import type { OwnStore } from '../core/source.js';
import { destinationNamed, destinationOf } from '../destination/registry.js';
import { loadSource } from '../source/registry.js';
import type { StoreOwner } from './ticket.js';

/** A store that files lie in, and whose it is. */
export interface FilePlace {
  readonly owner: StoreOwner;
  readonly store: VersionStore;
}

/** The store that a location belongs to. @throws request.invalid for a location that no destination knows */
export async function placeAt(location: string): Promise<FilePlace> {
  const { kind, loadStore } = destinationOf(location);
  return { owner: { destination: kind }, store: await loadStore() };
}

/** Opens a store for a lane. */
export async function joinStore(owner: StoreOwner, signal: AbortSignal): Promise<OwnStore> {
  if ('destination' in owner) {
    const store = await destinationNamed(owner.destination).loadStore();
    return { store, close: () => undefined };
  }
  const { joinStaging } = await loadSource(owner.source);
  return joinStaging!(owner.ticket, signal);
}
