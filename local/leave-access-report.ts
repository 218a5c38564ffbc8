import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { accessReportsFolder } from '../contracts/variables.ts';
import type { AccessReport } from './services/iam/access-report.ts';
import type { StateFolder } from './state-folder.ts';

/** At the end of a run: the report goes where the state is, and where the reports of many runs are gathered. */
export function leaveAccessReport(report: () => AccessReport, state: StateFolder | undefined): void {
  const folder = process.env[accessReportsFolder];
  if (state === undefined && !folder) return;
  const content = report();
  state?.writePrivate('access-report.json', content);
  if (folder) gather(folder, content);
}

/** Whoever reads the folder sees whole reports only. */
function gather(folder: string, report: AccessReport): void {
  const file = join(folder, `${crypto.randomUUID()}.json`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.part`, JSON.stringify(report), { mode: 0o600 });
  renameSync(`${file}.part`, file);
}
