import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LogFile } from '../../cli/log-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'plinth-log-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('LogFile', () => {
  it('begins anew at each start, and keeps one file before', () => {
    const file = join(folder, 'log.jsonl');
    for (const run of [1, 2, 3]) new LogFile(file).write({ run });
    expect(readFileSync(file, 'utf8')).toBe('{"run":3}\n');
    expect(readFileSync(join(folder, 'log.previous.jsonl'), 'utf8')).toBe('{"run":2}\n');
    expect(readdirSync(folder)).toHaveLength(2);
  });

  it('never grows beyond twice its limit', () => {
    const file = join(folder, 'long.jsonl');
    const log = new LogFile(file, 30);
    for (let line = 0; line < 10; line += 1) log.write({ line });
    expect(readFileSync(file, 'utf8')).toBe('{"line":8}\n{"line":9}\n');
    expect(readFileSync(join(folder, 'long.previous.jsonl'), 'utf8')).toBe('{"line":6}\n{"line":7}\n');
  });
});
