import { defineFunction, FunctionError, PlinthError } from '../../../lambdas/functions/define-function.ts';
import type { backend } from '../backend.ts';

export const handler = defineFunction<typeof backend, 'checkCart'>(async (run, ctx) => {
  const { productId, quantity } = run.new;
  const product = await ctx.data.Product.read(productId).catch((error: unknown) => {
    if (error instanceof PlinthError && error.status < 500) return undefined;
    throw error;
  });
  if (!product?.published) throw new FunctionError('not_for_sale', 'This product is not for sale. Choose another one.', 422);
  if (product.stock < quantity) throw new FunctionError('out_of_stock', `There are ${Math.max(product.stock, 0)} left. Take fewer.`, 409);
});
