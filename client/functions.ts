import type { z } from 'zod';
import type { FunctionDefinition, Trigger } from '../contracts/functions.ts';
import type { CallOptions, Endpoint, Transport } from './transport.ts';

type FunctionsOf<D> = D extends { readonly functions: infer F } ? F : never;
type TriggersOf<F> = F extends FunctionDefinition<infer O> ? O['on'][number] : never;
type CallsOf<D> = Extract<TriggersOf<FunctionsOf<D>[keyof FunctionsOf<D>]>, Extract<Trigger, { kind: 'call' }>>;

/**
 * The functions of a definition, by the names of their `call` triggers.
 *
 * @example
 * ```ts
 * const { price } = await client.functions.quote({ productId, count: 2 });
 * ```
 */
export type FunctionCalls<D> = {
  readonly [C in CallsOf<D> as C['name']]: (input: z.input<C['input']>, options?: CallOptions) => Promise<z.output<C['output']>>;
};

/** Calls a function. */
export const callFunction =
  (transport: Transport, name: string) =>
  (body: unknown, options?: CallOptions): Promise<unknown> =>
    transport.send('POST /functions/{name}' satisfies Endpoint, { path: { name }, body, signal: options?.signal });
