/** Why a local backend cannot start, in words for the person at the terminal: what happened and what to do. */
export class StartError extends Error {
  readonly advice: string;

  constructor(what: string, advice: string, options?: ErrorOptions) {
    super(what, options);
    this.name = 'StartError';
    this.advice = advice;
  }
}
