import { ApiError } from '../../contracts/errors.ts';

const reasonForm = /^[a-z][a-z0-9_]{0,63}$/;

/**
 * Refuses a call or a request on purpose: the caller gets the status, the text and, as `reason`, the word. Whatever else a function
 * throws is answered with 500 and tells nothing.
 *
 * @example
 * ```ts
 * if (product.stock === 0) throw new FunctionError('out_of_stock', 'Choose another product.', 409);
 * ```
 */
export class FunctionError extends ApiError {
  /** @throws TypeError for a reason that is not in snake_case, and a status outside of 400 to 499 */
  constructor(reason: string, detail: string, status = 422) {
    if (!reasonForm.test(reason)) throw new TypeError(`the reason ${JSON.stringify(reason)} is no snake_case word`);
    if (!Number.isInteger(status) || status < 400 || status > 499) throw new TypeError(`the status ${status} is not one of 400 to 499`);
    super('function_refused', detail, { refusal: { reason, status } });
    this.name = 'FunctionError';
  }
}
