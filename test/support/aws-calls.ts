/** An `Authorization` header with a credential scope; the local endpoint does not check signatures. */
export const authorization = (accessKeyId: string, service: string): string =>
  `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host;x-amz-date, Signature=00`;

/** Sends one request as an SDK client of a JSON service would. */
export const callJsonService = async (
  endpointUrl: string,
  options: { key: string; service: string; target: string; body?: unknown; headers?: Record<string, string> },
): Promise<{ status: number; headers: Headers; body: Record<string, unknown> }> => {
  const response = await fetch(endpointUrl, {
    method: 'POST',
    headers: {
      authorization: authorization(options.key, options.service),
      'x-amz-target': options.target,
      'content-type': 'application/x-amz-json-1.1',
      ...options.headers,
    },
    body: typeof options.body === 'string' ? options.body : JSON.stringify(options.body ?? {}),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, body: text === '' ? {} : JSON.parse(text) };
};
