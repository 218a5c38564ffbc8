import { batchReadCells, batchWriteCells } from './batch-cells.ts';
import type { Cell } from './cell.ts';
import { fieldReadCells, fieldWriteCells } from './field-cells.ts';
import { judge } from './judge.ts';
import { listCells, relationCells } from './list-cells.ts';
import { MatrixWorld } from './matrix-world.ts';
import { getCells, lifeCells, missingCells, writeCells } from './record-cells.ts';
import { standingOf } from './records.ts';
import { fieldModels, namesOf, ruleModels } from './rules.ts';

// Every caller, operation, kind of rule, field rule and relation against each other, over HTTP, judged by the documents
// (oracle.ts), not by the code.

const slices = {
  'reads of records': getCells(),
  'lists and counts': listCells(),
  relations: relationCells(),
  'reads of fields': fieldReadCells(),
  'ids that never were': missingCells(),
  'batches of reads, and checks': batchReadCells(),
  'updates and replacements': writeCells(),
  'creations and deletions': lifeCells(),
  'writes to fields': fieldWriteCells(),
  'batches and transactions of writes': batchWriteCells(),
} as const satisfies Readonly<Record<string, readonly Cell[]>>;

const longest = 180_000;
let world: MatrixWorld;
const raised = new Map<string, number>();

beforeAll(async () => {
  world = await MatrixWorld.start();
}, longest);
afterAll(() => world?.stop());

describe('The matrix of authorization', () => {
  it('has cells enough, each of them once', () => {
    const names = Object.values(slices)
      .flat()
      .map(({ caller, model, title }) => `${caller} ${model} ${title}`);
    expect(new Set(names).size).toBe(names.length);
    expect(names.length).toBeGreaterThanOrEqual(2_000);
    const refusals = Object.values(slices)
      .flat()
      .filter(({ expected }) => 'code' in expected);
    expect(refusals.length).toBeGreaterThan(names.length / 4);
    expect(refusals.length).toBeLessThan((names.length * 3) / 4);
  });

  it.each(Object.entries<readonly Cell[]>(slices))(
    'answers %s as the documents say',
    async (_, cells) => {
      const { faults, raises } = await judge(cells, world);
      for (const [id, count] of raises) raised.set(id, (raised.get(id) ?? 0) + count);
      expect(faults.slice(0, 20)).toEqual([]);
    },
    longest,
  );

  it('leaves exactly what the allowed writes made', async () => {
    for (const model of [...namesOf(ruleModels), ...namesOf(fieldModels)]) {
      const versions = (await world.everything(model)).map(({ id, version }) => `${String(id)} ${String(version)}`);
      const wanted = standingOf(model).map(({ id }) => `${id} ${1 + (raised.get(id) ?? 0)}`);
      expect(versions.sort()).toEqual(wanted.sort());
    }
  });
});
