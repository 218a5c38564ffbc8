import { setTimeout as delay } from 'node:timers/promises';
import { until } from '../support/until.ts';
import { ApiClient } from './api-client.ts';
import { ChildBackend } from './child-backend.ts';
import { compareState } from './compare-state.ts';
import { openConnections } from './open-connections.ts';
import { type RunningChild, runChild } from './run-child.ts';
import { StateReader } from './stored-state.ts';
import { Expectations, writeUntilGone } from './write-load.ts';

const CONNECTIONS = 5_000;
const CLIENTS = 6;
const WRITES = 60;

let child: RunningChild;
afterEach(() => child.stop());

describe('FI20 SIGTERM under write load', () => {
  it('ends the process with 0 within 10 seconds, and loses nothing that was acknowledged', async () => {
    child = await runChild();
    const { backend, token, place } = child;
    const expectations = new Expectations();
    const writing = writeUntilGone(backend.apiUrl, token, expectations, CLIENTS);
    while (expectations.acknowledged < WRITES) await delay(10);
    const { code, tookMs } = await backend.terminate();
    await writing;
    expect({ code, isInTime: tookMs < 10_000 }).toEqual({ code: 0, isInTime: true });

    const again = new ChildBackend(place);
    try {
      await again.ready();
      expect(compareState(expectations, await new StateReader().read(again))).toEqual([]);
    } finally {
      await again.kill();
    }
  });
});

describe('FI21 too many connections', () => {
  it.each([
    ['5,000 of them', undefined],
    ['all that the limit of open files takes', 600],
  ])('(%s) are turned away or left waiting; the process lives, and serves as before when they are gone', async (_, maxFiles) => {
    child = await runChild(maxFiles === undefined ? {} : { maxFiles });
    const { backend, token } = child;
    const read = async (): Promise<number> => {
      const client = new ApiClient(backend.apiUrl, token, { keepAlive: false });
      return (await client.send({ method: 'GET', path: '/data/Item/none' })).status;
    };
    expect(await read()).toBe(404);
    const connections = await openConnections(backend.apiUrl, maxFiles === undefined ? CONNECTIONS : 2 * maxFiles);
    const during = await Promise.race([read().catch(() => 'closed'), delay(2_000, 'waiting')]);
    expect([404, 503, 'closed', 'waiting']).toContain(during);
    if (maxFiles === undefined)
      await until(
        () => connections.refused(),
        (count) => count >= CONNECTIONS - 2_000,
      );
    const refusals = connections.refused();
    if (maxFiles === undefined) expect(refusals).toBe(CONNECTIONS - 2_000);
    connections.close();
    await until(
      () => read().catch(() => 'closed'),
      (status) => status === 404,
    );
    expect(backend.isRunning).toBe(true);
    for (let count = 0; count < 10; count += 1) expect(await read()).toBe(404);
  });
});
