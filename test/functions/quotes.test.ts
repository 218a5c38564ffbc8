import { readFileSync } from 'node:fs';
import { createClient } from '../../client/client.ts';
import type { backend as definition } from '../../examples/quotes/backend.ts';
import type { Person } from '../data/relations-backend.ts';
import { FunctionsBackend } from './functions-backend.ts';

let backend: FunctionsBackend;
let ann: Person;
let admin: Person;

beforeAll(async () => {
  backend = await FunctionsBackend.start('quotes-app', {}, ['examples/quotes']);
  [ann, admin] = await Promise.all([backend.person(), backend.person('admins')]);
});
afterAll(() => backend?.stop());

const clientOf = (person: Person) => createClient<typeof definition>({ url: backend.local.apiUrl, accessToken: () => person.token });

describe('examples/quotes', () => {
  it('quotes, sells, and looks at the stock by night', async () => {
    const product = await clientOf(admin).data.Product.create({ name: 'Lamp', price: 20, stock: 12 });
    const shop = clientOf(ann);
    expect(await shop.functions.quote({ productId: product.id, count: 3 })).toEqual({ price: 60 });
    await shop.data.Order.create({ productId: product.id, count: 3 });
    await backend.until(async () => (await shop.data.Product.read(product.id)).stock === 9 || undefined);
    await expect(shop.functions.quote({ productId: product.id, count: 10 })).rejects.toMatchObject({ reason: 'out_of_stock', status: 409 });
    backend.local.clock.advance(25 * 3_600_000);
    await backend.until(() => backend.lines.find(({ text }) => text.includes('running low') && text.includes('Lamp')));
  });

  it('is denied nothing, and granted nothing but what `access` names and its queues need', () => {
    const { denied, unused } = backend.local.accessReport();
    const ofFunctions = (accesses: typeof unused) =>
      accesses
        .filter(({ role }) => /Functions(quote|stock)/.test(role))
        .map(({ role, action }) => `${/Functions(quote|stock)/.exec(role)?.[1]} ${action}`);
    expect(ofFunctions(denied)).toEqual([]);
    // What `use.data` names is granted whether or not this example does it; and nothing has become a dead letter.
    expect(ofFunctions(unused).filter((access) => !access.includes('dynamodb:'))).toEqual(['stock sqs:SendMessage']);
  });

  it('is what docs/functions.md shows', () => {
    const page = readFileSync('docs/functions.md', 'utf8');
    const shown = (file: string): string =>
      readFileSync(`examples/quotes/${file}`, 'utf8')
        .replaceAll("'../../lib/index.ts'", "'plinth'")
        .replaceAll("'../../../lambdas/functions/define-function.ts'", "'plinth/functions'")
        .replaceAll('examples/quotes/', '');
    for (const file of ['backend.ts', 'functions/quote.ts', 'functions/stock.ts'])
      expect(page).toContain(`\`\`\`ts\n// ${file}\n${shown(file)}\`\`\``);
  });
});
