import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createRequire } from 'node:module';
import { extname, join } from 'node:path';

/** Templates are compiled once in a process: `plinth dev` synthesizes often. */
const compiled = new Map<string, string>();

/** `.ts` in the sources, `.js` in the package. */
const script = join(import.meta.dirname, `mjml-process${extname(import.meta.filename)}`);

const assertInstalled = (projectFolder: string, at: string): void => {
  try {
    createRequire(join(projectFolder, 'package.json')).resolve('mjml');
  } catch (cause) {
    throw new Error(`${at} is MJML, but the package mjml is not installed: run \`npm install --save-dev mjml\`, or use HTML`, { cause });
  }
};

/**
 * The HTML of MJML.
 *
 * @param at names the option, for errors
 * @throws Error where the package is not installed or the MJML is wrong
 */
export const compileMjml = (mjml: string, file: string, at: string): string => {
  const projectFolder = process.cwd();
  assertInstalled(projectFolder, at);
  const key = createHash('sha256').update(`${file}\n${mjml}`).digest('hex');
  const known = compiled.get(key);
  if (known !== undefined) return known;
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, projectFolder, file], { input: mjml, encoding: 'utf8' });
  if (status !== 0)
    throw new Error(`${at} (${file}) is no valid MJML: ${/^\w*Error: (.*(?:\n(?!\s+at ).*)*)/m.exec(stderr)?.[1] ?? stderr}`);
  compiled.set(key, stdout);
  return stdout;
};
