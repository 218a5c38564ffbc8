import { existsSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { UserError } from './user-error.ts';

const thrown = /^(?:Uncaught )?((?:[\w$.]*(?:Error|Exception))(?: \[\w+\])?: [\s\S]*?)(?=\n {4}at |\n\n|\nNode\.js v|$(?![\s\S]))/m;
/** As the CDK prints what its own checks, and ours at the end of a synthesis, have found. */
const found = /^«\w+» (?:Validation failed with the following errors:\n)?([\s\S]*?)(?=\n {4}(?:\.\.\.|at )|\n\n|$(?![\s\S]))/m;
const frame = /^ {4}at (?:.*\()?((?:file:\/\/|\/|[A-Za-z]:\\)[^()]+?):(\d+):(\d+)\)?$/gm;
const ownPackage = resolve(import.meta.dirname, '..');

/** Folders of Plinth itself: what its constructs throw was caused by who called them. */
const isOurs = (file: string): boolean => ['lib', 'contracts', 'cli'].some((folder) => file.startsWith(join(ownPackage, folder) + sep));

const userFrame = (output: string, projectFolder: string): string | undefined => {
  for (const [, location = '', line, column] of output.matchAll(frame)) {
    const file = location.startsWith('file:') ? fileURLToPath(location) : location;
    if (file.includes(`${sep}node_modules${sep}`) || isOurs(file) || !existsSync(file)) continue;
    return `${relative(projectFolder, file)}:${line}:${column}`;
  }
  return undefined;
};

/** Node prints a source line with a caret above a syntax error. */
const excerpt = (output: string, message: string): string => {
  const before = output.slice(0, output.indexOf(message)).trim();
  return message.startsWith('SyntaxError') && before !== '' ? `${before.split('\n').slice(-4).join('\n')}\n` : '';
};

/**
 * Says why a CDK app failed, from what it printed: the message of the error that it threw and the line of the project that caused it,
 * without the stacks of Node.js and the CDK.
 */
export const definitionFailure = (output: string, projectFolder: string): UserError => {
  const [, message] = thrown.exec(output) ?? found.exec(output) ?? [];
  const what = 'The definition could not be synthesized.';
  if (message === undefined) return new UserError(`${what}\n\n${output.trim()}\n`, 'Mend what these lines name, then try again.');
  const bare = message.replace(/^Error: /, '').trim();
  const at = userFrame(output.slice(output.indexOf(message)), projectFolder);
  return new UserError(
    `${what}\n\n${excerpt(output, message)}${bare}\n${at === undefined ? '' : `  at ${at}\n`}`,
    'Mend the definition, then try again.',
  );
};
