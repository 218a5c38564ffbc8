/**
 * Why a browser gets no pushes.
 * - `unsupported`: it knows no Web Push here. On iPhones the page must be on the home screen; everywhere it must be https.
 * - `denied`: the user has said no, and is not asked again. Only the settings of the browser change that.
 * - `dismissed`: the user has closed the question. Ask again at a better moment.
 * - `push_service`: the push service of the browser cannot be reached, or gives no subscription.
 */
export type PushUnavailableReason = 'unsupported' | 'denied' | 'dismissed' | 'push_service';

const texts: Readonly<Record<PushUnavailableReason, string>> = {
  unsupported: 'This browser has no push here. It needs https, and on iPhones a page on the home screen.',
  denied: 'Notifications are blocked for this page. Allow them in the settings of the browser.',
  dismissed: 'The question about notifications was closed. Ask again when the user wants them.',
  push_service: 'The push service of the browser gave no subscription. Check the connection and try again.',
};

/** The browser cannot be subscribed to pushes. */
export class PushUnavailableError extends Error {
  readonly reason: PushUnavailableReason;

  constructor(reason: PushUnavailableReason, cause?: unknown) {
    super(texts[reason], cause === undefined ? undefined : { cause });
    this.name = 'PushUnavailableError';
    this.reason = reason;
  }
}
