import { send } from './send.ts';
import { type LoadRequest, type Member, NOTE_TEXT, type Operation, PAGE_SIZE, type Target } from './target.ts';

/** Records that each person has before the load. */
const RECORDS = 100;

const seed = async ({ baseUrl, idOf }: Target, member: Member): Promise<readonly string[]> => {
  const ids: string[] = [];
  for (let record = 0; record < RECORDS; record += 1) ids.push(idOf(await send(baseUrl, member.create(NOTE_TEXT))));
  return ids;
};

/** Both backends must do the same work: a figure for a page that is short or in another order would compare nothing. */
const verify = async ({ name, baseUrl, idOf, recordsOf }: Target, member: Member, ids: readonly string[]): Promise<void> => {
  const newest = ids.at(-1) as string;
  const record = await send(baseUrl, member.get(newest));
  if (idOf(record) !== newest || record['text'] !== NOTE_TEXT) throw new Error(`${name}: get answered another record`);
  const listed = recordsOf(await send(baseUrl, member.list()));
  const expected = ids.slice(-PAGE_SIZE).reverse();
  if (listed.map(idOf).join() !== expected.join() || listed.some(({ text }) => text !== NOTE_TEXT)) {
    throw new Error(`${name}: list did not answer the newest ${PAGE_SIZE} records, the newest first`);
  }
};

const verifyPrivacy = async ({ name, baseUrl, recordsOf }: Target, stranger: Member, id: string): Promise<void> => {
  const { path, ...request } = stranger.get(id);
  const { status } = await fetch(`${baseUrl}${path}`, request);
  if (status !== 404 || recordsOf(await send(baseUrl, stranger.list())).length > 0) throw new Error(`${name}: a stranger sees a record`);
};

/**
 * Fills a target with people and their records, and makes sure that it answers as the comparison assumes.
 *
 * @param connections one person for each
 * @returns for each operation, the requests of each connection
 * @throws Error when an answer is not what it must be
 */
export const prepareWorkload = async (
  target: Target,
  connections: number,
): Promise<Readonly<Record<Operation, readonly (readonly LoadRequest[])[]>>> => {
  const people = await Promise.all(
    Array.from({ length: connections }, async () => {
      const member = await target.join();
      const ids = await seed(target, member);
      await verify(target, member, ids);
      return { member, ids };
    }),
  );
  await verifyPrivacy(target, await target.join(), people[0]?.ids[0] as string);
  return {
    create: people.map(({ member }) => [member.create(NOTE_TEXT)]),
    get: people.map(({ member, ids }) => ids.map((id) => member.get(id))),
    list: people.map(({ member }) => [member.list()]),
  };
};
