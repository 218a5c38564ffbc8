import type { ApiAnswer } from '../support/call-api.ts';
import type { Cell } from './cell.ts';
import { inParallel, type MatrixWorld } from './matrix-world.ts';

/** What a slice of the matrix came to. */
export interface Judgement {
  /** One line a cell that went otherwise than the oracle says. */
  readonly faults: readonly string[];
  /** How often each standing record was to be written to. */
  readonly raises: ReadonlyMap<string, number>;
}

const width = 6;

const faultOf = async (cell: Cell, answer: ApiAnswer, world: MatrixWorld): Promise<string | undefined> => {
  const { expected } = cell;
  const code = (answer.json as { code?: string } | undefined)?.code;
  const got = code === undefined ? String(answer.status) : `${answer.status} ${code}`;
  const wanted = 'code' in expected ? `${expected.status} ${expected.code}` : String(expected.status);
  if (got !== wanted) return `${wanted} was due, ${got} came`;
  return 'fault' in expected ? expected.fault?.(answer.json, world) : undefined;
};

const judgeCell = async (cell: Cell, world: MatrixWorld): Promise<string | undefined> => {
  const { caller, model, call, given, makes, expected } = cell;
  if (given !== undefined) await world.make(model, given.owner, given.body);
  const answer = await world.as(caller, typeof call === 'function' ? call(world) : call);
  const fault = await faultOf(cell, answer, world);
  if (makes !== undefined && (given !== undefined || !('code' in expected) || fault !== undefined)) await world.takeAway(model, makes);
  return fault;
};

/** Runs cells and compares each with what the oracle says. */
export const judge = async (cells: readonly Cell[], world: MatrixWorld): Promise<Judgement> => {
  const faults: string[] = [];
  const raises = new Map<string, number>();
  await inParallel(cells, width, async (cell) => {
    const { caller, title, model, expected, raises: one } = cell;
    const fault = await judgeCell(cell, world);
    if (fault !== undefined) faults.push(`${caller}: ${title} (${model}): ${fault}`);
    const raised = [...(one === undefined ? [] : [one]), ...(cell.raisesAll ?? [])];
    if (!('code' in expected)) for (const id of raised) raises.set(id, (raises.get(id) ?? 0) + 1);
  });
  return { faults, raises };
};
