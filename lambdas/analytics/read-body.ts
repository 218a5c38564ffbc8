import { requestValidators } from '@compiled/analytics';
import type { AnalyticsRequest, analyticsRequests } from '../../contracts/analytics-schemas.ts';
import type { ApiRequest } from '../runtime/request.ts';
import { validateBody } from '../runtime/validate-body.ts';

/**
 * The body of a request after its schema has been checked.
 *
 * @throws ApiError `validation_failed`, `unknown_field`
 */
export const readBody = <K extends keyof typeof analyticsRequests>(key: K, request: ApiRequest): AnalyticsRequest<K> => {
  const validator = requestValidators[key];
  if (validator === undefined) throw new Error(`the route ${key} has no validator: compile the definition again`);
  const body = { ...request.body };
  validateBody(validator, body);
  return body as AnalyticsRequest<K>;
};
