import { defineFunction, FunctionError } from '../../../lambdas/functions/define-function.ts';
import type { definition } from '../access-app.ts';

export const handler = defineFunction<typeof definition, 'door'>(async ({ email }) => {
  if (email.endsWith('@blocked.example.com')) throw new FunctionError('is_blocked', 'Addresses of this domain are not taken.', 403);
});
