import { auth } from '@compiled/auth';
import { validationError } from '../runtime/validate-body.ts';

const known: ReadonlySet<string> = new Set([auth.adminGroup, ...auth.groups]);

/**
 * The groups of a request, each once.
 *
 * @throws ApiError `validation_failed` that names each group that the definition does not have
 */
export const knownGroups = (groups: readonly string[]): readonly string[] => {
  const errors = groups.flatMap((group, index) =>
    known.has(group) ? [] : [{ pointer: `/groups/${index}`, code: 'unknown_group', detail: 'The backend has no such group.' }],
  );
  if (errors.length > 0) throw validationError(errors);
  return [...new Set(groups)].sort();
};
