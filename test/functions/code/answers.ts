import { defineFunction, FunctionError, reply } from '../../../lambdas/functions/define-function.ts';
import type { definition } from '../functions-app.ts';

const circular = (): unknown => {
  const value: Record<string, unknown> = {};
  value['self'] = value;
  return value;
};

/** What the test asks for. `any`: much of it is what types forbid. */
// biome-ignore lint/suspicious/noExplicitAny: the answers are wrong on purpose
const answers: Readonly<Record<string, () => any>> = {
  fine: () => ({ text: 'fine' }),
  circular,
  bigint: () => ({ text: 1n }),
  undefined: () => undefined,
  symbol: () => Symbol('text'),
  response: () => new Response('a text'),
  large: () => ({ text: 'x'.repeat(7 * 1024 * 1024) }),
  wrongType: () => ({ text: 1 }),
  unknownField: () => ({ text: 'a', secret: 'b' }),
  reply: () => reply({ body: { text: 'a' } }),
  error: () => {
    throw new Error(process.env['DATABASE_SECRET']);
  },
  string: () => {
    throw 'a text';
  },
  null: () => {
    throw null;
  },
  circularCause: () => {
    const error = new Error('one');
    error.cause = error;
    throw error;
  },
  causes: () => {
    throw new AggregateError([new Error('first part'), 'second part'], 'both failed', { cause: new Error('at the root') });
  },
  toJSON: () => ({
    text: 'a',
    toJSON: () => {
      throw new Error('no JSON of it');
    },
  }),
  printsPast: () => {
    process.stdout.write(`past ${process.env['DATABASE_SECRET']}\n`);
    process.stderr.write(Buffer.from(`bytes ${process.env['DATABASE_SECRET']}\n`));
    console.dir({ text: process.env['DATABASE_SECRET'] });
    console.table([{ text: process.env['DATABASE_SECRET'] }]);
    return { text: 'printed' };
  },
  rejectsLate: () => {
    setImmediate(() => Promise.reject(new Error('late')));
    return { text: 'early' };
  },
  refuse: () => {
    throw new FunctionError('out_of_stock', 'Choose another product.', 409);
  },
  prints: () => {
    console.log(process.env);
    console.log(`\u001b[31mred\u001b[0m ${process.env['DATABASE_SECRET']} ${'y'.repeat(10 * 1024 * 1024)}`);
    console.error('token eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxMjM0NTYifQ.c2lnbmF0dXJlLXNpZ25hdHVyZQ');
    return { text: 'printed' };
  },
  hangs: () => new Promise(() => undefined),
};

export const handler = defineFunction<typeof definition, 'answers'>(async (run, ctx) => {
  if (run.input.answer === 'who') return { text: JSON.stringify(ctx.user ?? null) };
  if (run.input.answer === 'secret') return { text: String((await ctx.secrets.get('key')).length) };
  if (run.input.answer === 'waitsForSignal')
    return new Promise((_, reject) => ctx.signal.addEventListener('abort', () => reject(ctx.signal.reason)));
  if (run.input.answer === 'logsError') {
    ctx.log.warn('could not tell', { id: 7, error: new Error('of no use') });
    ctx.log.warn('nor here', { attempts: [new Error('inside')] });
    return { text: 'logged' };
  }
  if (run.input.answer === 'signal') {
    return new Promise((_, reject) => ctx.signal.addEventListener('abort', () => reject(new FunctionError('stopped', 'stopped', 408))));
  }
  return answers[run.input.answer]?.();
});
