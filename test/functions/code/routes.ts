import { defineFunction, reply } from '../../../lambdas/functions/define-function.ts';
import type { definition } from '../functions-app.ts';

// biome-ignore lint/suspicious/noExplicitAny: the test sends replies of every shape
const asGiven = ({ bytes, ...parts }: any) => reply(bytes === undefined ? parts : { ...parts, body: Uint8Array.from(bytes) });

export const handler = defineFunction<typeof definition, 'routes'>(async (run, ctx) => {
  if (run.kind === 'call') return { sum: run.input.numbers.reduce((sum, number) => sum + number, 0) };
  switch (run.route) {
    case 'GET /quotes/{id}':
      return { id: run.path.id, query: run.query.getAll('q'), user: ctx.user?.id ?? null, headers: Object.keys(run.headers) };
    case 'POST /quotes/{id}/reply':
      return asGiven(JSON.parse(run.rawBody));
    case 'POST /quotes':
      return { price: run.body.count * 2, currency: run.body.currency };
    case 'PUT /quotes/raw':
      return reply({ body: run.rawBody, headers: { 'Content-Type': 'text/csv', 'X-Type': run.headers['content-type'] ?? '' } });
    case 'DELETE /quotes/{id}':
      return undefined;
  }
});
