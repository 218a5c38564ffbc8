import { defineFunction } from '../../../lambdas/functions/define-function.ts';
import type { definition } from '../large-app.ts';

export const handler = defineFunction<typeof definition, 'hears'>(async ({ event: { data } }, ctx) => {
  try {
    const { text } = (await ctx.inbound.body(data)) as { readonly text: string };
    console.log(`effect ${data.id} ${text.length} ${text.slice(-1)} ${data.stored?.sizeBytes}`);
  } catch (error) {
    console.log(`effect ${data.id} ${error instanceof Error ? error.name : 'unknown'}`);
  }
});
