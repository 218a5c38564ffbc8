import type { Subscription } from '../../contracts/payments.ts';

/** Whether a subscription is over for good. */
export const hasEnded = ({ status }: Pick<Subscription, 'status'>): boolean => status === 'canceled' || status === 'incomplete_expired';
