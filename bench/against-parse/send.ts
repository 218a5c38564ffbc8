import type { LoadRequest } from './target.ts';

/**
 * Sends one request outside the measured load.
 *
 * @throws Error with the answer unless it is a success
 */
export const send = async (baseUrl: string, { path, ...request }: LoadRequest): Promise<Record<string, unknown>> => {
  const answer = await fetch(`${baseUrl}${path}`, request);
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${request.method} ${path} answered ${answer.status}: ${text}`);
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
};
