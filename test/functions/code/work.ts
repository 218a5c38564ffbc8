import { defineFunction, FunctionError, PlinthError } from '../../../lambdas/functions/define-function.ts';
import type { definition } from '../access-app.ts';

type Answer = { readonly result: unknown };

/** What the backend answers, or how it refuses. */
const tried = async (work: () => Promise<unknown>): Promise<Answer> => {
  try {
    return { result: (await work()) ?? null };
  } catch (error) {
    if (!(error instanceof PlinthError)) return { result: String(error) };
    return { result: { code: error.code, status: error.status } };
  }
};

export const handler = defineFunction<typeof definition, 'work'>(async ({ input: { step, id, as } }, ctx) => {
  const { data, files } = as === 'caller' ? ctx.asCaller : ctx;
  switch (step) {
    case 'get':
      return tried(() => data.Note.read(id));
    case 'list':
      return tried(async () => (await data.Note.list({ sort: '-createdAt' })).items.map((note) => note.id));
    case 'create':
      return tried(() => data.Note.create({ text: id }));
    case 'update':
      return tried(() => data.Note.update(id, { text: 'changed' }));
    case 'delete':
      return tried(() => data.Note.delete(id));
    case 'count':
      return tried(() => data.Note.count());
    case 'batch':
      return tried(async () => {
        const batch = as === 'caller' ? ctx.asCaller.batch : ctx.batch;
        const results = await batch.write((write) => ['one', 'two'].map((text) => write.Note.create({ text })));
        return results.map((result) => (result.ok ? 'created' : result.error.code));
      });
    case 'audit':
      return tried(() => (data as unknown as { Audit: typeof data.Note }).Audit.read(id));
    case 'files':
      return tried(async () => (await files.avatars.list()).items.length);
    case 'push':
      return tried(() => ctx.push.send({ to: { users: [id] }, title: 'Hello', body: 'From a function' }));
    case 'email':
      return tried(() => ctx.email.send({ to: [{ address: id }], subject: 'A receipt', text: 'Thank you' }));
    default:
      throw new FunctionError('unknown_step', 'There is no such step.');
  }
});
