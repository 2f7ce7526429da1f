import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { execa } from 'execa';
import { parse } from 'yaml';
import { emptyFolder } from '../support/cli.js';
import { type Datum, DatasetStore } from './dataset-store.js';
import { matches, type PipelineDefinition, Step, type StepDefinition } from './step.js';

const repository = new URL('../../', import.meta.url).pathname;

export interface ExecutionRequest {
  readonly parameters?: Readonly<Record<string, string>>;
  /** Variables of the project's settings: they win over the defaults of the step. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Input → what is mounted: a dataset version's URI, or the files of a pipeline edge. Default: as the step says. */
  readonly inputs?: Readonly<Record<string, string | readonly Datum[]>>;
  /** Put before PATH, as an image would. */
  readonly path?: string;
  /** Called with the running process group. */
  readonly onStart?: (kill: (signal: NodeJS.Signals) => void, outputs: string) => void;
}

export interface Execution {
  /** Exit code; undefined when a signal ended it. */
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
  /** The JSON lines of stdout. */
  readonly metrics: readonly Readonly<Record<string, unknown>>[];
  /** All that lay in the outputs folder at the end, whatever the end was. */
  readonly outputs: readonly Datum[];
  /** What the platform had to complain about in the metadata. */
  readonly complaints: readonly string[];
}

/**
 * As much of the platform as its rules are known: runs steps of a valohai.yaml under `VH_*`, collects outputs also after
 * failures, makes dataset versions from `valohai.metadata.jsonl`, and mounts versions as flat input folders.
 */
export class Platform {
  readonly datasets = new DatasetStore();
  private readonly steps: ReadonlyMap<string, StepDefinition>;
  private readonly pipelines: ReadonlyMap<string, PipelineDefinition>;
  private counter = 0;

  constructor(yamlFile: string) {
    const items = parse(readFileSync(yamlFile, 'utf8')) as {
      step?: StepDefinition;
      pipeline?: PipelineDefinition;
    }[];
    this.pipelines = new Map(items.flatMap(({ pipeline }) => (pipeline ? [[pipeline.name, pipeline]] : [])));
    this.steps = new Map(items.flatMap(({ step }) => (step ? [[step.name, step]] : [])));
  }

  async run(name: string, request: ExecutionRequest = {}): Promise<Execution> {
    const step = new Step(this.steps.get(name)!);
    this.counter += 1;
    const root = emptyFolder(`execution-${this.counter}`);
    const [config, inputs, outputs] = ['config', 'inputs', 'outputs'].map((part) => join(root, part)) as [
      string,
      string,
      string,
    ];
    for (const folder of [config, inputs, outputs]) mkdirSync(folder);
    this.mount(inputs, config, { ...step.defaultInputs((uri) => this.datasets.find(uri) ?? []), ...request.inputs });
    const id = `0190${String(this.counter).padStart(12, '0')}`;
    writeFileSync(
      join(config, 'execution.json'),
      JSON.stringify({
        'valohai.execution-id': id,
        'valohai.execution-counter': this.counter,
        'valohai.execution-step': name,
        'valohai.execution-image': step.image,
        'valohai.project-name': 'org/churn',
        'valohai.commit-identifier': '0123abcd',
      }),
    );
    const running = execa('bash', ['-c', `set -e\n${step.commands(request.parameters ?? {}).join('\n')}`], {
      cwd: repository,
      detached: true,
      extendEnv: false,
      reject: false,
      stdin: 'ignore',
      env: {
        HOME: root,
        PATH: [request.path, process.env['PATH']].filter(Boolean).join(':'),
        ...step.environment(),
        ...request.environment,
        VH_JOB_ID: `exec-${id}`,
        VH_EXECUTION_ID: id,
        VH_PROJECT_ID: 'project-1',
        VH_CONFIG_DIR: config,
        VH_INPUTS_DIR: inputs,
        VH_OUTPUTS_DIR: outputs,
        VH_REPOSITORY_DIR: repository,
      },
    });
    const group = running.pid;
    if (group !== undefined) request.onStart?.((signal) => process.kill(-group, signal), outputs);
    const { exitCode, stdout, stderr } = await running;
    const collected = collect(outputs);
    return {
      code: exitCode,
      stdout,
      stderr,
      metrics: jsonLines(stdout),
      outputs: collected,
      complaints: this.datasets.apply(collected),
    };
  }

  /** Runs the nodes in their order; edges hand outputs over as inputs. Gives the executions by node. */
  async runPipeline(
    name: string,
    requests: Readonly<Record<string, ExecutionRequest>>,
  ): Promise<Map<string, Execution>> {
    const { nodes, edges } = this.pipelines.get(name)!;
    const done = new Map<string, Execution>();
    for (const node of nodes) {
      const inputs: Record<string, Datum[]> = {};
      for (const [from, to] of edges.filter(([, target]) => target.startsWith(`${node.name}.input.`))) {
        const [source, pattern] = from.split(/\.output\./) as [string, string];
        const files = done.get(source)!.outputs.filter(({ path }) => matches(pattern, path));
        (inputs[to.split('.input.')[1]!] ??= []).push(...files);
      }
      done.set(node.name, await this.run(node.step, { inputs, ...requests[node.name] }));
    }
    return done;
  }

  /** One flat folder an input: of files with the same base name, the last one stays. */
  private mount(folder: string, config: string, inputs: Readonly<Record<string, string | readonly Datum[]>>): void {
    const described: Record<string, unknown> = {};
    for (const [name, given] of Object.entries(inputs)) {
      const files = typeof given === 'string' ? this.datasets.files(given) : given;
      mkdirSync(join(folder, name));
      described[name] = {
        files: files.map((datum) => {
          const path = join(folder, name, basename(datum.path));
          copyFileSync(datum.stored, path);
          const { sha256, size, metadata } = datum;
          return {
            name: basename(path),
            path,
            size,
            uri: `datum://${sha256}`,
            checksums: { sha256 },
            metadata: [metadata],
          };
        }),
      };
    }
    writeFileSync(join(config, 'inputs.json'), JSON.stringify(described));
  }
}

function collect(outputs: string): Datum[] {
  const store = emptyFolder('store');
  return readdirSync(outputs, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry, index) => {
      const source = join(entry.parentPath, entry.name);
      const stored = join(store, String(index));
      copyFileSync(source, stored);
      const sha256 = createHash('sha256').update(readFileSync(stored)).digest('hex');
      return { path: relative(outputs, source), stored, sha256, size: statSync(stored).size, metadata: {} };
    });
}

function jsonLines(text: string): Record<string, unknown>[] {
  return text.split('\n').flatMap((line) => {
    if (!line.startsWith('{')) return [];
    return [JSON.parse(line) as Record<string, unknown>];
  });
}

/** Whether a file is there; for tests that wait for a moment of a run. */
export function anyFile(folder: string, pattern: RegExp): boolean {
  if (!existsSync(folder)) return false;
  return filesBelow(folder).some((name) => pattern.test(String(name)));
}

/** Paths below a folder in which others make and remove folders meanwhile. */
function filesBelow(folder: string): string[] {
  for (;;) {
    try {
      return readdirSync(folder, { recursive: true, encoding: 'utf8' });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || !existsSync(folder)) throw error;
    }
  }
}
