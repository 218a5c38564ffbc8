import { isSafe } from 'redos-detector';

/** How long the search for a text that a pattern is slow on may take. */
const timeoutMs = 2_000;

/**
 * Refuses a pattern that can take more than linear time, since anybody may send the text it is slow on.
 *
 * @param at names the field, for the error
 * @throws Error for flags that JSON Schema cannot say, for a pattern that the `u` flag does not allow, and for a slow one
 */
export const checkPattern = (pattern: RegExp, at: string): void => {
  const flags = pattern.flags.replace('u', '');
  if (flags !== '') {
    throw new Error(`${at} has the pattern ${pattern} with the flag "${flags}", which JSON Schema cannot say: write it into the pattern`);
  }
  let unicode: RegExp;
  try {
    unicode = new RegExp(pattern.source, 'u');
  } catch (cause) {
    throw new Error(`${at} has the pattern ${pattern}, which is not valid with the flag "u": remove needless backslashes from it`, {
      cause,
    });
  }
  if (!isSafe(unicode, { timeout: timeoutMs }).safe) {
    throw new Error(
      `${at} has the pattern ${pattern}, which takes too long on some texts (ReDoS): anchor it with ^ and let no two repeated parts match the same text`,
    );
  }
};
