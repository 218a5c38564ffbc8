import { defineFunction, FunctionError } from '../../../lambdas/functions/define-function.ts';
import type { backend } from '../backend.ts';

export const handler = defineFunction<typeof backend, 'quote'>(async ({ input }, ctx) => {
  const { price, stock } = await ctx.data.Product.read(input.productId);
  if (stock < input.count) throw new FunctionError('out_of_stock', 'Choose another product, or fewer.', 409);
  return { price: price * input.count };
});
