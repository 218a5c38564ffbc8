import { styleText } from 'node:util';

/** Prints one line for the person at the terminal. */
export const print = (line = ''): void => {
  process.stdout.write(`${line}\n`);
};

/** A label and its value, aligned with its neighbours. */
export const row = (label: string, value: string): string => `  ${styleText('dim', label.padEnd(10))} ${value}`;

export const heading = (text: string): string => styleText('bold', text);

const causes = (error: unknown): string => {
  if (!(error instanceof Error)) return '';
  return `${error.stack ?? error.message}\n${error.cause === undefined ? '' : `caused by ${causes(error.cause)}`}`;
};

/** An error that tells the person at the terminal what to do: {@link UserError}, and local mode's own. */
const isExplained = (error: unknown): error is Error & { readonly advice: string } =>
  error instanceof Error && 'advice' in error && typeof error.advice === 'string';

/** Prints a failure: what happened and what to do, or, for a bug, the stack. */
export const printFailure = (error: unknown): void => {
  const text = isExplained(error)
    ? `${styleText('red', 'error')} ${error.message}\n      ${error.advice}\n`
    : `${styleText('red', 'This is a bug in Plinth. Please report it with these lines:')}\n${causes(error)}`;
  process.stderr.write(text);
};
