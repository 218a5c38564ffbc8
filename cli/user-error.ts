/** Something that the person at the terminal can mend: what happened, why, and what to do. Shown without a stack. */
export class UserError extends Error {
  readonly advice: string;

  constructor(what: string, advice: string, options?: ErrorOptions) {
    super(what, options);
    this.name = 'UserError';
    this.advice = advice;
  }
}
