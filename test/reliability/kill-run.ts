import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ApiClient, signUp } from './api-client.ts';
import { ChildBackend, type ChildPlace } from './child-backend.ts';
import { compareState } from './compare-state.ts';
import { StateReader } from './stored-state.ts';
import { Expectations, writeUntilGone } from './write-load.ts';

/** What a run of kills saw. */
export interface KillReport {
  kills: number;
  acknowledged: number;
  refused: number;
  /** Requests that had no answer when the process was killed; and how many of them had been done. */
  unanswered: number;
  /** Keyed requests that were sent again after a restart, and gave the first answer. */
  replayed: number;
  readonly faults: string[];
  /** From the start of the process on the folder of a killed one to its first answer to a read, in milliseconds. */
  readonly restartsMs: number[];
}

const CLIENTS = 4;
/** How many kills one data folder lives through. The state is read whole after each. */
const KILLS_PER_FOLDER = 25;
/** Else the kill may come before the first write is done. */
const CHANCE_OF_KILL_IN_WRITES = 0.8;
const CHANCE_OF_KILL_AT_START = 0.1;
const MAX_START_MS = 600;
const REPLAYS = 3;

export interface KillOptions {
  readonly assembly: string;
  readonly kills: number;
  /** The process is killed at a random moment of so many milliseconds of writes. */
  readonly maxLoadMs: number;
}

/** Kills a backend under writes, again and again, and looks after each restart whether everything is as acknowledged. */
export async function runKills(root: string, { assembly, kills, maxLoadMs }: KillOptions): Promise<KillReport> {
  const report: KillReport = { kills: 0, acknowledged: 0, refused: 0, unanswered: 0, replayed: 0, faults: [], restartsMs: [] };
  while (report.kills < kills && report.faults.length === 0) {
    const place = { assembly, folder: join(root, 'state'), temporary: join(root, 'temporary') };
    for (const folder of [place.folder, place.temporary]) {
      rmSync(folder, { recursive: true, force: true });
      mkdirSync(folder, { recursive: true });
    }
    await runFolder(place, report, { kills: Math.min(KILLS_PER_FOLDER, kills - report.kills), maxLoadMs });
    if (process.env['PLINTH_PROGRESS'] !== undefined)
      process.stderr.write(`${JSON.stringify({ ...report, restartsMs: report.restartsMs.length })}\n`);
  }
  return report;
}

async function runFolder(place: ChildPlace, report: KillReport, { kills, maxLoadMs }: Omit<KillOptions, 'assembly'>): Promise<void> {
  const expectations = new Expectations();
  const reader = new StateReader();
  let backend = new ChildBackend(place);
  try {
    await backend.ready();
    const token = await signUp(new ApiClient(backend.apiUrl, undefined, { keepAlive: false }), (email) => backend.codeFor(email));
    for (let kill = 0; kill < kills; kill += 1) {
      const writing = writeUntilGone(backend.apiUrl, token, expectations, CLIENTS);
      const before = expectations.acknowledged;
      if (Math.random() < CHANCE_OF_KILL_IN_WRITES)
        while (expectations.acknowledged === before && expectations.faults.length === 0) await delay(5);
      await delay(Math.random() * maxLoadMs);
      await backend.kill();
      await writing;
      report.kills += 1;
      backend = await restart(place, report, token);
      report.unanswered += expectations.unanswered.length;
      report.faults.push(...compareState(expectations, await reader.read(backend)));
      if (report.faults.length > 0) return;
      await sendAgain(backend, token, expectations, report);
      report.faults.push(...compareState(expectations, await reader.read(backend)));
    }
  } finally {
    await backend.kill();
    report.acknowledged += expectations.acknowledged;
    report.refused += expectations.refused;
  }
}

async function restart(place: ChildPlace, report: KillReport, token: string): Promise<ChildBackend> {
  if (Math.random() < CHANCE_OF_KILL_AT_START) {
    const unlucky = new ChildBackend(place);
    await delay(Math.random() * MAX_START_MS);
    await unlucky.kill();
    report.kills += 1;
  }
  const backend = new ChildBackend(place);
  await backend.ready();
  const client = new ApiClient(backend.apiUrl, token, { keepAlive: false });
  const { status } = await client.send({ method: 'GET', path: '/data/Item/none' });
  report.restartsMs.push(performance.now() - backend.startedAt);
  if (status !== 404) report.faults.push(`the first answer was ${status}`);
  return backend;
}

/** A keyed request without an answer is done once, however often it is sent; one with an answer gets the same again. */
async function sendAgain(backend: ChildBackend, token: string, expectations: Expectations, report: KillReport): Promise<void> {
  const client = new ApiClient(backend.apiUrl, token);
  for (const write of expectations.unanswered.splice(0)) {
    if (write.key === undefined) continue;
    const reply = await client.send(write.call);
    // What was done before the kill was taken in already.
    if (reply.headers['idempotency-replayed'] !== 'true') expectations.answered(write, reply);
    else expectations.keys.set(write.key, { call: write.call, text: reply.text, status: reply.status });
  }
  for (const { call, text, status } of [...expectations.keys.values()].slice(-REPLAYS)) {
    const reply = await client.send(call);
    report.replayed += 1;
    if (reply.status !== status || reply.text !== text)
      expectations.faults.push(`${call.method} ${call.path} was answered ${text}, then ${reply.text}`);
  }
  client.close();
}
