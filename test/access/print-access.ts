import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { accessReportsFolder } from '../../contracts/variables.ts';
import type { AccessReport } from '../../local/services/iam/access-report.ts';
import { maxUnused, meantToBeRefused, neverUsed, notRun } from './exceptions.ts';
import { judgeAccess } from './judge-access.ts';
import { mergeReports, textOf } from './merge-reports.ts';

// Judges the access reports of a whole test run: PLINTH_ACCESS_REPORTS names the folder that the tests ran with. --all prints every grant.

const folder = process.env[accessReportsFolder];
if (folder === undefined) throw new Error(`${accessReportsFolder} is not set: it names the folder that all tests ran with`);

const reports = readdirSync(folder)
  .filter((name) => name.endsWith('.json'))
  .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as AccessReport);
const merged = mergeReports(
  reports,
  notRun.map(({ role }) => role),
);
if (process.argv.includes('--all')) for (const text of merged.granted.map(textOf).sort()) console.log(text);
const wrong = judgeAccess(merged, { maxUnused, neverUsed, meantToBeRefused });
for (const line of wrong) console.log(line);
for (const { role, reason } of notRun) console.log(`Not run locally: ${role}\n  ${reason}`);
for (const { reason, ...exception } of neverUsed) console.log(`Never used: ${textOf(exception)}\n  ${reason}`);
console.log(
  `${merged.granted.length} grants in ${merged.backends} backends: ${merged.granted.length - merged.unused.length} used, ${merged.unused.length} not.`,
);
process.exitCode = wrong.length === 0 ? 0 : 1;
