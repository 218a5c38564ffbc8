import { defineFunction, type FunctionContext, PlinthError } from '../../../lambdas/functions/define-function.ts';
import type { definition } from '../rights-app.ts';

type Context = FunctionContext<typeof definition, 'librarian'>;

/** A record with an id of the function's own. */
const chosenId = async (text: string, { data }: Context): Promise<unknown> => {
  const id = crypto.randomUUID();
  return { asked: id, ...(await data.Shelf.create({ id, name: text })) };
};

/** The same change twice, by one key. */
const keyedChange = async (text: string, { data }: Context): Promise<unknown> => {
  const { id } = await data.Shelf.create({ name: text });
  const change = () => data.Shelf.update(id, { name: `${text} 2` }, { idempotencyKey: `shelf-${id}` });
  return [await change(), await change()];
};

/** An e-mail, what came of it, and an address that is opened again. */
const email = async (text: string, ctx: Context): Promise<unknown> => {
  const { id } = await ctx.email.send({ to: [{ address: text }], subject: 'Due', text: 'Bring it back' });
  await ctx.email.unsuppress(text).catch(() => undefined);
  return ctx.email.message(id);
};

const push = (text: string, ctx: Context): Promise<unknown> =>
  ctx.push.send({ to: { users: [text] }, title: 'Due', body: 'Bring it back' });

const analytics = (title: string, ctx: Context): Promise<unknown> =>
  ctx.analytics.record([{ type: 'book.lent', properties: { title } }], { consent: true });

const steps = { chosenId, keyedChange, email, push, analytics };

export const handler = defineFunction<typeof definition, 'librarian'>(async (run, ctx) => {
  if (run.kind === 'schedule') return undefined;
  try {
    return { result: await steps[run.input.step](run.input.text, ctx) };
  } catch (error) {
    if (!(error instanceof PlinthError)) throw error;
    return { result: { code: error.code, status: error.status } };
  }
});
