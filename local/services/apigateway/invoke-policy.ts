const ACTION = 'execute-api:Invoke';

/** Whether the policy that an authorizer returned allows a call of the route. What can't be understood allows nothing and denies. */
export function allowsInvoke(policy: Readonly<Record<string, unknown>>, routeArn: string): boolean {
  const statements = [policy['Statement']].flat().filter((statement) => typeof statement === 'object' && statement !== null);
  const matching = (statements as Readonly<Record<string, unknown>>[]).filter((statement) => applies(statement, routeArn));
  const denied = matching.some((statement) => statement['Effect'] !== 'Allow');
  // Conditions are not evaluated here, so a statement with one can refuse but not allow.
  return !denied && matching.some((statement) => statement['Effect'] === 'Allow' && statement['Condition'] === undefined);
}

function applies(statement: Readonly<Record<string, unknown>>, routeArn: string): boolean {
  const actions = [statement['Action']].flat();
  const resources = [statement['Resource']].flat();
  return (
    actions.some((action) => typeof action === 'string' && wildcard(action, 'i').test(ACTION)) &&
    resources.some((resource) => typeof resource === 'string' && wildcard(resource).test(routeArn))
  );
}

function wildcard(pattern: string, flags = ''): RegExp {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replace(/\?/g, '.');
  return new RegExp(`^${source}$`, `s${flags}`);
}
