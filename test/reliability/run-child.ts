import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ApiClient, signUp } from './api-client.ts';
import { ChildBackend, type ChildPlace } from './child-backend.ts';
import { synthesizeReliability } from './reliability-assembly.ts';

/** A running child with somebody logged in. */
export interface RunningChild {
  readonly backend: ChildBackend;
  readonly token: string;
  readonly place: ChildPlace;
  readonly stop: () => Promise<void>;
}

/**
 * Starts the backend of the reliability tests in a process and a folder of its own.
 *
 * @param changes what is other than usual
 */
export async function runChild(changes: Partial<ChildPlace> = {}): Promise<RunningChild> {
  const root = mkdtempSync(join(tmpdir(), 'plinth-reliability-'));
  const temporary = join(root, 'temporary');
  mkdirSync(temporary);
  const place = { assembly: synthesizeReliability(join(root, 'cdk.out')), folder: join(root, 'state'), temporary, ...changes };
  const backend = new ChildBackend(place);
  await backend.ready();
  const token = await signUp(new ApiClient(backend.apiUrl, undefined, { keepAlive: false }), (email) => backend.codeFor(email));
  const stop = async (): Promise<void> => {
    await backend.kill();
    rmSync(root, { recursive: true, force: true });
  };
  return { backend, token, place, stop };
}
