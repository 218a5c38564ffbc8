import type { Access, AccessReport } from '../../local/services/iam/access-report.ts';
import { isOfProduct, plainName, resourceKind, roleKind } from './access-kinds.ts';

/** What all test backends of a run did, set against what their roles may do, by kinds of role and resource. */
export interface MergedReport {
  /** How many backends of the product left a report. */
  readonly backends: number;
  readonly granted: readonly Access[];
  /** Granted in some backend, and used in none. */
  readonly unused: readonly Access[];
  /** Refused, by the role's own name, since tests refuse one role on purpose and not another. */
  readonly denied: readonly Access[];
}

/**
 * Puts the reports of a run together. Backends without a feature of the product count for nothing.
 *
 * @param notRun kinds of roles that nothing in local mode acts as
 */
export const mergeReports = (reports: Iterable<AccessReport>, notRun: readonly string[] = []): MergedReport => {
  const granted = new Map<string, Access>();
  const used = new Set<string>();
  const denied = new Map<string, Access>();
  let backends = 0;
  for (const report of reports) {
    const { names } = report;
    if (!Object.values(names).some(isOfProduct)) continue;
    backends += 1;
    const idle = new Set(report.unused.map(textOf));
    for (const grant of report.granted) {
      const kind = kindOf(grant, names, roleKind);
      if (notRun.includes(kind.role)) continue;
      granted.set(textOf(kind), kind);
      if (!idle.has(textOf(grant))) used.add(textOf(kind));
    }
    for (const refusal of report.denied) {
      const kind = kindOf(refusal, names, plainName);
      denied.set(textOf(kind), kind);
    }
  }
  const unused = [...granted].filter(([text]) => !used.has(text)).map(([, kind]) => kind);
  return { backends, granted: [...granted.values()], unused, denied: [...denied.values()] };
};

export const textOf = ({ role, action, resource }: Access): string => `${role} ${action} ${resource}`;

const kindOf = ({ role, action, resource }: Access, names: AccessReport['names'], kindOfRole: (logicalId: string) => string): Access => ({
  role: kindOfRole(names[role] ?? role),
  action,
  resource: resourceKind(resource, names),
});
