import { writeSync } from 'node:fs';
import type { AwsRequest } from '../../../local/services/service.ts';
import { startDynamodb } from './dynamodb-server.ts';
import { note, notesTable, TABLE } from './notes-table.ts';

/** Writes single items and transactions until it is killed, and prints the number of each one that was acknowledged. */
const [folder, first] = process.argv.slice(2) as [string, string];
const { service } = await startDynamodb({ folder, resources: [notesTable()] });
let next = Number(first);

const request = (operation: string, input: object): AwsRequest => ({
  method: 'POST',
  path: '/',
  query: new URLSearchParams(),
  headers: {},
  body: Buffer.from(JSON.stringify(input)),
  operation,
  principal: undefined,
  authorize: () => {},
});

async function write(): Promise<void> {
  for (;;) {
    const n = next;
    next += 1;
    if (n % 2 === 0) {
      await service.handle(request('PutItem', { TableName: TABLE, Item: note(`p${n}`, 'single', n) }));
    } else {
      const parts = ['a', 'b', 'c'].map((part) => ({ Put: { TableName: TABLE, Item: note(`t${n}${part}`, 'transaction', n) } }));
      await service.handle(request('TransactWriteItems', { TransactItems: parts }));
    }
    writeSync(1, `${n}\n`);
  }
}

await Promise.all([write(), write(), write(), write()]);
