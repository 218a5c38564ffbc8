import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readBody } from '../http/aws-body.ts';

/** What a function tells of a custom resource at the `ResponseURL`. */
export interface CustomResourceAnswer {
  readonly Status?: unknown;
  readonly Reason?: unknown;
  readonly PhysicalResourceId?: unknown;
  readonly StackId?: unknown;
  readonly RequestId?: unknown;
  readonly LogicalResourceId?: unknown;
  readonly Data?: unknown;
}

const PREFIX = '/_plinth/custom-resources/';
/** "The maximum size of a response is 4096 bytes" (Custom resource response objects, CloudFormation User Guide). */
const MAX_ANSWER_BYTES = 4_096;

/** The URLs at which functions answer for custom resources: each can't be guessed and takes one answer. */
export class CustomResourceAnswers {
  readonly #endpointUrl: string;
  readonly #waiting = new Map<string, (answer: CustomResourceAnswer) => void>();

  constructor(endpointUrl: string) {
    this.#endpointUrl = endpointUrl;
  }

  /** Opens a URL until `close`. */
  open(): { readonly url: string; readonly answer: Promise<CustomResourceAnswer>; readonly close: () => void } {
    const token = randomBytes(32).toString('base64url');
    const answer = new Promise<CustomResourceAnswer>((resolve) => {
      this.#waiting.set(token, resolve);
    });
    return { url: `${this.#endpointUrl}${PREFIX}${token}`, answer, close: () => void this.#waiting.delete(token) };
  }

  /** Takes a request if it is for one of the URLs. */
  take(request: IncomingMessage, response: ServerResponse): boolean {
    if (request.url?.startsWith(PREFIX) !== true) return false;
    this.#receive(request).then(
      (status) => response.writeHead(status).end(),
      () => response.destroy(),
    );
    return true;
  }

  async #receive(request: IncomingMessage): Promise<number> {
    const token = request.url?.slice(PREFIX.length) ?? '';
    if (request.method !== 'PUT') return 405;
    const body = await readBody(request, 'cloudformation');
    const resolve = this.#waiting.get(token);
    // As the presigned URL of AWS: gone for who comes late or does not know it.
    if (resolve === undefined) return 403;
    this.#waiting.delete(token);
    resolve(parse(body));
    return 200;
  }
}

function parse(body: Buffer): CustomResourceAnswer {
  const failed = (Reason: string): CustomResourceAnswer => ({ Status: 'FAILED', Reason });
  if (body.length > MAX_ANSWER_BYTES) return failed(`the response has ${body.length} bytes, and ${MAX_ANSWER_BYTES} are the most`);
  try {
    const answer: unknown = JSON.parse(body.toString());
    if (typeof answer === 'object' && answer !== null) return answer;
  } catch {
    // Falls through to the same answer as for JSON of another kind.
  }
  return failed('the response is not a JSON object');
}
