import { renderXml } from '../../http/aws-protocol.ts';
import type { AwsResponse } from '../service.ts';

/** Elements of an answer. */
export type Members = Parameters<typeof renderXml>[0];

const NAMESPACE = 'http://sns.amazonaws.com/doc/2010-03-31/';

/** An answer of the query protocol. */
export function queryAnswer(operation: string, result: Members, requestId: string): AwsResponse {
  const metadata = renderXml([['ResponseMetadata', [['RequestId', requestId]]]]);
  const body = `<${operation}Response xmlns="${NAMESPACE}"><${operation}Result>${renderXml(result)}</${operation}Result>${metadata}</${operation}Response>`;
  return { status: 200, headers: { 'content-type': 'text/xml' }, body };
}

/** `<Attributes><entry><key>…</key><value>…</value></entry></Attributes>` */
export const attributeMap = (attributes: Readonly<Record<string, string>>): Members[number] => [
  'Attributes',
  Object.entries(attributes).map(([key, value]) => [
    'entry',
    [
      ['key', key],
      ['value', value],
    ],
  ]),
];

/** One page of a list, and where the next one begins. */
export function page<Item>(
  name: string,
  items: readonly Item[],
  { token, size }: { token: string | undefined; size: number },
  render: (item: Item) => Members,
): Members {
  const from = Number(token ?? 0) || 0;
  const to = from + size;
  const shown: Members[number] = [name, items.slice(from, to).map((item) => ['member', render(item)])];
  return to < items.length ? [shown, ['NextToken', String(to)]] : [shown];
}
