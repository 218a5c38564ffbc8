import { Big } from 'big.js';

/** DynamoDB keeps 38 significant digits. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html */
const MAX_DIGITS = 38;
const MAX_EXPONENT = 125;
const MIN_EXPONENT = -130;
const SMALL_INTEGER = /^(0|-?[1-9]\d{0,14})$/;

/** The number as DynamoDB stores it, or what is wrong with it. */
export function normalizeNumber(text: string): { text: string } | { problem: string } {
  if (SMALL_INTEGER.test(text)) return { text };
  if (text === '') return { problem: 'The parameter cannot be converted to a numeric value' };
  let number: Big;
  try {
    number = new Big(text.replace(/^\+/, ''));
  } catch {
    return { problem: `The parameter cannot be converted to a numeric value: ${text}` };
  }
  return numberProblem(number) ?? { text: plainText(number) };
}

/** The text of a computed number. */
export function plainText(number: Big): string {
  return number.c[0] === 0 ? '0' : number.toFixed();
}

/** The limit that a number breaks. */
export function numberProblem(number: Big): { problem: string } | undefined {
  if (number.c[0] === 0) return undefined;
  if (number.e > MAX_EXPONENT)
    return { problem: 'Number overflow. Attempting to store a number with magnitude larger than supported range' };
  if (number.e < MIN_EXPONENT)
    return { problem: 'Number underflow. Attempting to store a number with magnitude smaller than supported range' };
  if (number.c.length > MAX_DIGITS) return { problem: 'Attempting to store more than 38 significant digits in a Number' };
  return undefined;
}
