import { UserError } from './user-error.ts';

/** The value of an option that is a count. @throws UserError */
export const wholeNumber = (text: string, option: string): number => {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new UserError(`${option} is ${JSON.stringify(text)}.`, 'Give a whole number above 0.');
};

/** The value of an option that is a time. @throws UserError */
export const timeOf = (text: string, option: string): Date => {
  const time = new Date(text);
  if (!Number.isNaN(time.getTime())) return time;
  throw new UserError(`${option} is ${JSON.stringify(text)}, which is no time.`, `Give it as in 2026-01-31T12:00:00Z.`);
};
