import { datasetCard } from './dataset-card.js';
import type { ManifestVersion } from './shape.js';
import type { Sidecar } from './sidecar.js';
import { tableSchemas } from './table-schema.js';

/** The files beside the shards, which follow from what else the manifest says. @param card whether a dataset card is one */
export function sidecarsOf(version: Omit<ManifestVersion, 'sidecars'>, card: boolean): readonly Sidecar[] {
  return [...tableSchemas(version), ...(card ? [datasetCard(version)] : [])];
}
