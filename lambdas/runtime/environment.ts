/**
 * Reads a variable that a handler cannot work without. Call it at module level, so that a missing one fails the
 * start of the function and not each of its requests.
 *
 * @throws Error that names the variable
 */
export const requiredVariable = (name: string): string => {
  const value = process.env[name];
  if (value === undefined || value === '')
    throw new Error(`the environment variable ${name} is missing: the construct of this function sets it`);
  return value;
};
