import type { FunctionHandler, FunctionName } from './function-types.ts';

export { PlinthError } from '../../client/plinth-error.ts';
export { FunctionError } from './function-error.ts';
export type { FunctionLog } from './function-log.ts';
export type {
  CallingUser,
  CallRun,
  EventRun,
  FunctionContext,
  FunctionHandler,
  HookResult,
  HookRun,
  HttpRun,
  MessageQueue,
  MessageRun,
  PublishedEvent,
  ResultOf,
  RunOf,
  ScheduleRun,
} from './function-types.ts';
export { type Reply, type ReplyOptions, reply } from './reply.ts';

/**
 * Gives the code of a function its types, which come from the definition: nothing is generated, and nothing of the definition gets
 * into the bundle. Export it as `handler` from the function's `entry`.
 *
 * @example
 * ```ts
 * import { defineFunction, FunctionError } from 'plinth/functions';
 * import type { backend } from '../backend.ts';
 *
 * export const handler = defineFunction<typeof backend, 'quote'>(async ({ input }, ctx) => {
 *   const product = await ctx.data.Product.read(input.productId);
 *   if (product.stock === 0) throw new FunctionError('out_of_stock', 'Choose another product.', 409);
 *   return { price: product.price * input.count };
 * });
 * ```
 */
export const defineFunction = <D, const N extends FunctionName<D>>(handler: FunctionHandler<D, N>): FunctionHandler<D, N> => handler;
