import { requestValidators } from '@compiled/analytics';
import type { AnalyticsRequest, analyticsRequests } from '../../contracts/analytics-schemas.ts';
import { validateBody } from '../runtime/validate-body.ts';

/**
 * A body after its schema has been checked.
 *
 * @throws ApiError `validation_failed`, `unknown_field`
 */
export const readBody = <K extends keyof typeof analyticsRequests>(
  key: K,
  sent: Readonly<Record<string, unknown>> | undefined,
): AnalyticsRequest<K> => {
  const validator = requestValidators[key];
  if (validator === undefined) throw new Error(`the route ${key} has no validator: compile the definition again`);
  const body = { ...sent };
  validateBody(validator, body);
  return body as AnalyticsRequest<K>;
};
