import { requestValidators } from '@compiled/payments';
import type { PaymentsRequest, paymentsRequests } from '../../contracts/payments-schemas.ts';
import type { ApiRequest } from '../runtime/request.ts';
import { validateBody } from '../runtime/validate-body.ts';

/**
 * The body of a request after its schema has been checked.
 *
 * @throws ApiError `validation_failed`, `unknown_field`
 */
export const readBody = <K extends keyof typeof paymentsRequests>(key: K, request: ApiRequest): PaymentsRequest<K> => {
  const validator = requestValidators[key];
  if (validator === undefined) throw new Error(`the route ${key} has no validator: compile the definition again`);
  const body = { ...request.body };
  validateBody(validator, body);
  return body as PaymentsRequest<K>;
};
