import { type AccessRule, allowRecord, operations, type Rule } from '../../contracts/access.ts';
import type { CallAccess } from '../../contracts/functions.ts';

const isNarrowed = ({ rule }: AccessRule): boolean => rule.operations.length !== operations.length;

/**
 * The rule table of a call or of a route of a function.
 *
 * @param groups the declared groups, with the admin group
 * @throws Error for undeclared groups, and for what only records have
 */
export const compileCallRules = (access: CallAccess, groups: readonly string[], at: string): readonly Rule<'call'>[] =>
  access(allowRecord()).map((line, index) => {
    const { who, when } = line.rule;
    if (when !== undefined || isNarrowed(line)) {
      throw new Error(`${at}.access[${index}] has .to() or .when(), which rules on calls do not take: there is no record to look at`);
    }
    if (who.kind === 'owner') {
      throw new Error(
        `${at}.access[${index}] is allow.owner(), but a call has no owner: use allow.signedIn(), and compare in the function`,
      );
    }
    if (who.kind === 'group' && !groups.includes(who.group)) {
      throw new Error(
        `${at}.access[${index}] names the group ${JSON.stringify(who.group)}, which is not declared: add it to auth.groups, or use one of ${groups.join(', ')}`,
      );
    }
    return { who, operations: ['call'] };
  });
