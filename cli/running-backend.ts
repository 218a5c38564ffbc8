import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from './user-error.ts';

/** What a running local backend leaves in its folder for other commands. */
export interface RunningBackend {
  readonly endpointUrl: string;
}

/**
 * Finds the local backend that runs on a folder.
 *
 * @throws UserError when none runs
 */
export const findRunningBackend = (folder: string): RunningBackend => {
  try {
    return JSON.parse(readFileSync(join(folder, 'state', 'runtime.json'), 'utf8')) as RunningBackend;
  } catch (cause) {
    throw new UserError(`No backend runs on ${folder}.`, 'Start one with "npm run dev", or name its folder with --folder.', { cause });
  }
};

/** Asks a running backend's tools for something. */
export const askBackend = async (backend: RunningBackend, path: string): Promise<unknown> => {
  let response: Response;
  try {
    response = await fetch(`${backend.endpointUrl}/_plinth/${path}`);
  } catch (cause) {
    throw new UserError(
      `The backend at ${backend.endpointUrl} does not answer.`,
      'It may have been killed. Start it again with "npm run dev".',
      { cause },
    );
  }
  if (!response.ok) throw new Error(`/_plinth/${path} answered ${response.status}`);
  return response.json();
};
