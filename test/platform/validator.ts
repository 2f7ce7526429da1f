import { join } from 'node:path';
import { execa } from 'execa';
import { pythonEnvironment } from './python.js';

/** The platform's own reader of valohai.yaml. */
export const validator = await pythonEnvironment('valohai', ['valohai-yaml==0.61.0']);

/**
 * What it says of a file: complaints, names of steps and of pipelines.
 * @param more Python that prints further lines, of `config`
 */
export async function validated(file: string, ...more: readonly string[]): Promise<string> {
  const script = [
    'import sys, valohai_yaml',
    'from valohai_yaml.lint import lint_file',
    'config = valohai_yaml.parse(open(sys.argv[1]), validate=True)',
    'print([str(m) for m in lint_file(sys.argv[1]).messages], sorted(config.steps), sorted(config.pipelines))',
    ...more,
  ].join('\n');
  return (await execa(join(validator.bin!, 'python'), ['-c', script, file])).stdout;
}
