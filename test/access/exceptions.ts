import type { Access } from '../../local/services/iam/access-report.ts';

/** A grant or a refusal that is as it should be, though it looks otherwise. */
export interface Exception extends Access {
  readonly reason: string;
}

/** How many grants may be there that no test uses. */
export const maxUnused = 5;

/** Grants that no test uses, and why they are needed all the same. */
export const neverUsed: readonly Exception[] = [];

/** What roles ask for in tests and are not given, and why nothing is amiss with that. */
export const meantToBeRefused: readonly Exception[] = [];
