import { writeSync } from 'node:fs';
import type { AwsRequest } from '../../../local/services/service.ts';
import { startEvents } from './start-events.ts';

/** Puts events until it is killed, and prints the number of each one that was acknowledged. */
const [folder = '', first = '0'] = process.argv.slice(2);
const service = await startEvents(folder);

for (let n = Number(first); ; n += 1) {
  const request: AwsRequest = {
    method: 'POST',
    path: '/',
    query: new URLSearchParams(),
    headers: {},
    body: Buffer.from(JSON.stringify({ Entries: [{ Source: 'test', DetailType: 'n', Detail: JSON.stringify({ n }) }] })),
    operation: 'PutEvents',
    principal: { arn: 'arn:aws:iam::123456789012:root' },
    authorize: () => {},
  };
  await service.handle(request);
  writeSync(1, `${n}\n`);
}
