/** How a dataset version is named, here and on the platform: `dataset://customer-data/2024-q1`. */
export function versionUri({ dataset, version }: { readonly dataset: string; readonly version: string }): string {
  return `dataset://${dataset}/${version}`;
}
