import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { caseIds } from './case-ids.ts';

const root = join(import.meta.dirname, '..', '..');
const row = /^\| ([A-Z]{2}\d{2}) +\| ([^|]+?) +\| (.+?) +\|$/;

/** What `docs/security.md` says of each case. */
const rows = readFileSync(join(root, 'docs/security.md'), 'utf8')
  .split('\n')
  .map((line) => row.exec(line))
  .filter((match) => match !== null)
  .map(([, id = '', , place = '']) => ({ id, place, files: [...place.matchAll(/`(test\/[^`]+)`/g)].map(([, file = '']) => file) }));

/** The code of a test file without its comments: what is left of an id there is in the name of a test, or in its table. */
const codeOf = (file: string): string => readFileSync(join(root, file), 'utf8').replaceAll(/^\s*(\/\/|\*|\/\*).*$/gm, '');
const holds = (file: string, id: string): boolean => new RegExp(`\\b${id}\\b`).test(codeOf(file));

describe('The table of cases', () => {
  it('has each case once, and no other', () => {
    expect(rows.map(({ id }) => id)).toEqual(caseIds);
  });

  it.each(rows.filter(({ files }) => files.length > 0))('names tests that hold $id', ({ id, files }) => {
    expect(files.filter((file) => !existsSync(join(root, file)) || !holds(file, id))).toEqual([]);
  });

  it.each(rows.filter(({ files }) => files.length === 0))('says why nothing tests $id, and nothing does', ({ id, place }) => {
    expect(place).toMatch(/^(does not apply|later, with [\w, ]+): .{20,}/);
    const tests = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.test.ts'));
    expect(tests.filter((name) => holds(join('test', name), id))).toEqual([]);
  });
});
