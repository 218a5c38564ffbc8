/** What is shorter is part of too many words. */
const leastLength = 6;
const secretName = /secret|token|passw|credential|private|api_?key|access_?key/i;
/** The names of variables that only look so. */
const harmless: ReadonlySet<string> = new Set(['AWS_ACCESS_KEY_ID', 'FUNCTION_SECRETS']);

const known = new Set<string>();

/** Has a value blacked out in all logs from now on. */
export const keepSecret = (value: string): void => {
  if (value.length < leastLength) return;
  known.add(value);
  // As it is inside of JSON, and line by line, since a line may be logged by itself.
  known.add(JSON.stringify(value).slice(1, -1));
  for (const line of value.split('\n')) if (line.length >= 16) known.add(line.trim());
};

for (const [name, value] of Object.entries(process.env)) {
  if (value !== undefined && secretName.test(name) && !harmless.has(name) && !/_ARN$|_URL$|_NAME$/.test(name)) keepSecret(value);
}

/** Access tokens of any backend: three parts of base64url, the first of which is `{"` in JSON. */
const jsonWebToken = /\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+/g;

/** A text without the secrets that the function knows. */
export const blackOut = (text: string): string => {
  let clean = text.replace(jsonWebToken, '[redacted]');
  for (const secret of known) clean = clean.replaceAll(secret, '[redacted]');
  return clean;
};
