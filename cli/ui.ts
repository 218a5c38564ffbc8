import { styleText } from 'node:util';
import { UserError } from './user-error.ts';

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

/** Prints a failure: a {@link UserError} as two lines, anything else, which is a bug, with its stack. */
export const printFailure = (error: unknown): void => {
  const text =
    error instanceof UserError
      ? `${styleText('red', 'error')} ${error.message}\n      ${error.advice}\n`
      : `${styleText('red', 'This is a bug in plinth. Please report it with these lines:')}\n${causes(error)}`;
  process.stderr.write(text);
};
