import { defineFunction, PlinthError } from '../../../lambdas/functions/define-function.ts';
import type { definition } from '../email-app.ts';

export const handler = defineFunction<typeof definition, 'bill'>(async ({ input: { address, folder, id, as } }, ctx) => {
  const { email } = as === 'caller' ? ctx.asCaller : ctx;
  const attachments = [{ file: { folder, id } }];
  try {
    return { result: await email.send({ to: [{ address }], subject: 'Your bill', text: 'See the file.', attachments }) };
  } catch (error) {
    if (!(error instanceof PlinthError)) throw error;
    return { result: { status: error.status, code: error.code, errors: error.errors } };
  }
});
