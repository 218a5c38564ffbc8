import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');
const page = readFileSync(join(root, 'docs/adding-an-integration.md'), 'utf8');
/** Blocks that say which file they are of. */
const quotes = [...page.matchAll(/^```ts\n\/\/ (\S+)\n([\s\S]*?)^```$/gm)].map(([, file = '', code = '']) => [file, code] as const);

describe('docs/adding-an-integration.md', () => {
  it('quotes code', () => {
    expect(quotes.map(([file]) => file)).toEqual([
      'lambdas/inbound/providers/paddle.ts',
      'lambdas/inbound/providers.ts',
      'contracts/inbound.ts',
      'test/inbound/inbound.test.ts',
      'lambdas/analytics/destinations/segment.ts',
      'lib/events/destinations/segment.ts',
    ]);
  });

  it.each(quotes)('quotes %s as it is', (file, code) => {
    expect(readFileSync(join(root, file), 'utf8')).toContain(code);
  });
});
