import { ApiError } from '../../contracts/errors.ts';
import type { Decision } from './authorize.ts';

/** The words of a feature for refusals. */
export interface RefusalWords {
  /** The detail of 403. */
  readonly forbidden: string;
  /** The same answer as for what never was. */
  readonly notFound: () => ApiError;
}

/** Makes the function of a feature that lets pass what the rules allow, and answers what they refuse. */
export const answerDecision =
  ({ forbidden, notFound }: RefusalWords) =>
  (decision: Decision): void => {
    switch (decision) {
      case 'allowed':
        return;
      case 'unauthenticated':
        throw new ApiError('unauthenticated', 'Log in first: send an access token in the Authorization header.');
      case 'forbidden':
        throw new ApiError('forbidden', forbidden);
      case 'hidden':
        throw notFound();
    }
  };
