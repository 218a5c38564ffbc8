/** An answer of the API: the body of a success, or of an error with its status. */
export interface Answer {
  readonly status: number;
  readonly body: Record<string, unknown>;
}

/** One call of a probe. A function makes its input out of the raw answers so far. */
export type Step = readonly [operation: string, input: object | ((answers: readonly Answer[]) => object)];

/** Calls that are made in order against the oracle and against local mode; all answers must be the same. */
export interface Probe {
  /** Unique; also the partition key that the probe writes under, so that probes do not meet. */
  readonly name: string;
  readonly steps: readonly Step[];
}

const STREAM_OPERATIONS: readonly string[] = ['ListStreams', 'DescribeStream', 'GetShardIterator', 'GetRecords'];
const AUTHORIZATION =
  'AWS4-HMAC-SHA256 Credential=local/20260101/eu-central-1/dynamodb/aws4_request, SignedHeaders=host;x-amz-date;x-amz-target, Signature=0';

/** Makes the calls of a probe. */
export async function runProbe(probe: Probe, url: string): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (const [operation, input] of probe.steps) {
    answers.push(await call(url, operation, typeof input === 'function' ? input(answers) : input));
  }
  return answers;
}

export async function call(url: string, operation: string, input: object | string): Promise<Answer> {
  const prefix = STREAM_OPERATIONS.includes(operation) ? 'DynamoDBStreams_20120810' : 'DynamoDB_20120810';
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `${prefix}.${operation}`,
      'x-amz-date': '20260101T000000Z',
      authorization: AUTHORIZATION,
    },
    body: typeof input === 'string' ? input : JSON.stringify(input),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>) };
}
