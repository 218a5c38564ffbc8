import { type ErrorCode, errorTable, type Problem, problemType } from '../../contracts/errors.ts';
import type { ApiAnswer } from './call-api.ts';

/** What no answer may show: names of AWS, of the SDK and of the source, stack frames, parts of DynamoDB expressions. */
const internals: readonly RegExp[] = [
  /arn:aws/i,
  /dynamodb|cognito-idp|lambda\.|amazonaws/i,
  /[A-Z][A-Za-z]+Exception/,
  /\bat (async )?[\w.<>]+ \(|node_modules|\.(ts|mjs|js):\d/,
  /attribute_(not_)?exists|begins_with\(|ExpressionAttribute|ConditionExpression|[#:][a-z]\d?\b/,
  /_TABLE_NAME|[A-Za-z]+Table[0-9A-F]{8}/,
  /TypeError|SyntaxError|RangeError|undefined is not|Cannot read propert/,
];

/** What an error answer must be. */
export interface ExpectedProblem {
  readonly status: number;
  readonly code: ErrorCode;
  /** JSON pointers that `errors` must name. @default whatever it names */
  readonly pointers?: readonly string[];
  /** A text of the caller's own that the answer may repeat. @default none */
  readonly echo?: string;
}

const expectHeaders = ({ status, headers }: ApiAnswer): void => {
  expect(headers['content-type']).toBe('application/problem+json');
  if (status === 401) expect(headers['www-authenticate']).toMatch(/^Bearer/);
  if (status === 405) expect(headers['allow']).toMatch(/^[A-Z]+(, [A-Z]+)*$/);
  if (status === 429 || status === 503) expect(Number(headers['retry-after'])).toBeGreaterThan(0);
};

/** Checks everything that every error answer must be, beside its status and code, and gives its body. */
export const expectProblem = (answer: ApiAnswer, { status, code, pointers, echo }: ExpectedProblem): Problem => {
  const problem = answer.json as Problem;
  // Compared together, so that a failure shows what came instead.
  expect({ status: answer.status, code: problem?.code, text: answer.text }).toEqual({ status, code, text: answer.text });
  expectHeaders(answer);
  expect(problem).toMatchObject({ type: problemType(code), title: errorTable[code].title, status });
  expect(problem.detail).toMatch(/\S/);
  expect(problem.instance).toMatch(/^\//);
  expect(problem.requestId).toMatch(/\S/);
  expect(answer.headers['x-request-id']).toBe(problem.requestId);
  for (const error of problem.errors ?? []) {
    expect(error.pointer).toMatch(/^($|\/)/);
    expect(error.code).toMatch(/^[a-z_]+$/);
    expect(error.detail).toMatch(/\S/);
  }
  if (pointers !== undefined) expect(problem.errors?.map(({ pointer }) => pointer)).toEqual(expect.arrayContaining([...pointers]));
  expectNoInternals(answer, echo);
  return problem;
};

/** The path of the request may hold anything, and the answer repeats it as `instance`: that is no leak. */
export const expectNoInternals = ({ json, text }: ApiAnswer, echo = ''): void => {
  const whole = typeof json === 'object' && json !== null ? JSON.stringify({ ...json, instance: '', requestId: '' }) : text;
  const shown = echo === '' ? whole : whole.replaceAll(JSON.stringify(echo).slice(1, -1), '');
  for (const pattern of internals) expect(shown).not.toMatch(pattern);
};
