import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from './user-error.ts';

/** What a running local backend leaves in its folder for other commands. */
export interface RunningBackend {
  readonly endpointUrl: string;
  readonly pid: number;
}

/**
 * Finds the local backend that runs on a folder.
 *
 * @throws UserError when none runs
 */
export const findRunningBackend = (folder: string): RunningBackend => {
  let backend: RunningBackend;
  try {
    backend = JSON.parse(readFileSync(join(folder, 'state', 'runtime.json'), 'utf8')) as RunningBackend;
  } catch (cause) {
    throw notRunning(folder, cause);
  }
  // A backend that was killed leaves its file behind.
  if (!isAlive(backend.pid)) throw notRunning(folder);
  return backend;
};

const notRunning = (folder: string, cause?: unknown): UserError =>
  new UserError(`No backend runs on ${folder}.`, 'Start one with "plinth dev" ("npm run dev"), or name its folder with --folder.', {
    cause,
  });

const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/** Asks a running backend's tools for something. */
export const askBackend = async (backend: RunningBackend, path: string): Promise<unknown> => {
  let response: Response;
  try {
    response = await fetch(`${backend.endpointUrl}/_plinth/${path}`);
  } catch (cause) {
    throw new UserError(`The backend at ${backend.endpointUrl} does not answer.`, 'Start it again with "plinth dev" ("npm run dev").', {
      cause,
    });
  }
  if (!response.ok) {
    throw new UserError(
      `${backend.endpointUrl} answered with status ${response.status}.`,
      'Another program or another version of Plinth may run there. Start the backend again with "plinth dev".',
    );
  }
  return response.json();
};
