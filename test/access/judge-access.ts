import type { Access } from '../../local/services/iam/access-report.ts';
import { askedForMissingObjects, type Exception } from './exceptions.ts';
import { type MergedReport, textOf } from './merge-reports.ts';

/** What may be otherwise than granted and used being equal. */
export interface Exceptions {
  readonly maxUnused: number;
  readonly neverUsed: readonly Exception[];
  readonly meantToBeRefused: readonly Exception[];
}

/** What is wrong with a run's access, one line each; none when grants and uses are equal but for the exceptions. */
export const judgeAccess = (report: MergedReport, { maxUnused, neverUsed, meantToBeRefused }: Exceptions): readonly string[] => [
  ...(report.backends === 0 ? ['No backend left a report: run all tests with PLINTH_ACCESS_REPORTS=<an empty folder>.'] : []),
  ...besides(report.unused, neverUsed).map((text) => `Granted, and no test uses it: ${text}`),
  ...besides(neverUsed, report.unused).map((text) => `An exception for what is used, or is not granted any more: ${text}`),
  ...(neverUsed.length > maxUnused ? [`${neverUsed.length} grants are exceptions: ${maxUnused} may be.`] : []),
  ...besides(
    report.denied.filter(({ action }) => action !== askedForMissingObjects),
    meantToBeRefused,
  ).map((text) => `Refused: ${text}`),
  ...besides(meantToBeRefused, report.denied).map((text) => `An exception for what no test is refused any more: ${text}`),
];

const besides = (list: readonly Access[], others: readonly Access[]): readonly string[] => {
  const known = new Set(others.map(textOf));
  return list
    .map(textOf)
    .filter((text) => !known.has(text))
    .sort();
};
