import { defineFunction } from '../../../lambdas/functions/define-function.ts';
import type { definition } from '../newsletter-app.ts';

export const handler = defineFunction<typeof definition, 'newsletter'>(async ({ input: { apiUrl, issue } }, ctx) => {
  let sent = 0;
  for await (const { id, owner } of ctx.data.Subscription.all({ filter: { topic: 'news' } })) {
    if (owner === undefined) continue;
    const unsubscribeUrl = `${apiUrl}/unsubscribe/${id}`;
    await ctx.email.send(
      {
        to: [{ userId: owner }],
        subject: 'News of the week',
        text: `There is news.\n\nNo more of it: ${unsubscribeUrl}`,
        unsubscribeUrl,
      },
      { idempotencyKey: `news-${issue}-${id}` },
    );
    sent += 1;
  }
  return { sent };
});
