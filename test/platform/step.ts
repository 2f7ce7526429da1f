import type { Datum } from './dataset-store.js';

export interface StepDefinition {
  readonly name: string;
  readonly image: string;
  readonly command: string | readonly string[];
  readonly parameters?: readonly { readonly name: string; readonly type?: string; readonly default?: unknown }[];
  readonly inputs?: readonly { readonly name: string; readonly default?: string; readonly optional?: boolean }[];
  readonly 'environment-variables'?: readonly { readonly name: string; readonly default?: string }[];
}

/** A step of valohai.yaml, as the platform reads it. */
export class Step {
  constructor(private readonly definition: StepDefinition) {}

  get image(): string {
    return this.definition.image;
  }

  /** `{parameters}` becomes `--name=value …`, quoted for the shell; of flags `--name` alone. A parameter without a value is left out. */
  commands(given: Readonly<Record<string, string>>): string[] {
    const words = (this.definition.parameters ?? []).flatMap(({ name, type, default: preset }) => {
      const value = given[name] ?? preset;
      if (type === 'flag') return String(value) === 'true' ? [`--${name}`] : [];
      return value === undefined ? [] : [`'--${name}=${String(value).replaceAll("'", `'\\''`)}'`];
    });
    return [this.definition.command].flat().map((line) => line.replace('{parameters}', words.join(' ')));
  }

  /** @param find what there is of an input that is optional: perhaps nothing */
  defaultInputs(find: (uri: string) => readonly Datum[]): Record<string, string | readonly Datum[]> {
    const inputs = this.definition.inputs ?? [];
    return Object.fromEntries(
      inputs.flatMap(({ name, default: uri, optional }) => {
        if (uri === undefined) return [];
        return [[name, optional ? find(uri) : uri]];
      }),
    );
  }

  environment(): Record<string, string> {
    const variables = this.definition['environment-variables'] ?? [];
    return Object.fromEntries(
      variables.flatMap(({ name, default: value }) => (value === undefined ? [] : [[name, value]])),
    );
  }
}

export interface PipelineDefinition {
  readonly name: string;
  readonly nodes: readonly { readonly name: string; readonly step: string }[];
  /** `[node.output.pattern, node.input.name]` */
  readonly edges: readonly (readonly [string, string])[];
}

/** A file name pattern in which `*` stands for anything, folders too. */
export function matches(pattern: string, path: string): boolean {
  const source = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${source.join('.*')}$`).test(path);
}
