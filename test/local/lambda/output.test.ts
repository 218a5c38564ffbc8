import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';
import { runFunctions } from './run-functions.ts';

describe("a function's output", () => {
  it('goes to the log, several lines together, harmless, with the level of the console method', async () => {
    const code = `exports.handler = async () => {
      console.log(JSON.stringify({ a: 'x\\ny' }));
      console.warn('two\\nlines');
      console.error('%s is %d', 'one', 1);
      process.stdout.write('\\u001b[2Jraw\\n');
      console.info('x'.repeat(300_000));
    };`;
    const run = await runFunctions({ f: { code } });
    await run.invoke('f');
    expect(run.lines.slice(0, 4)).toEqual([
      { level: 'info', source: 'f', line: '{"a":"x\\ny"}' },
      { level: 'warn', source: 'f', line: 'two\nlines' },
      { level: 'error', source: 'f', line: 'one is 1' },
      { level: 'info', source: 'f', line: '\\u001b[2Jraw' },
    ]);
    expect(run.lines[4]?.line.length).toBeLessThan(262_200);
    await run.service.dispose();
  });

  it('FN16 cuts a text of 10 MB and a flood of lines, and escapes what a terminal would obey', async () => {
    const code = `exports.handler = async () => {
      console.log('x'.repeat(10_000_000));
      process.stdout.write('y'.repeat(10_000_000) + '\\n');
      console.log('\\u001b[31mred\\u001b[0m \\u009b2J \\u202egnp.exe \\b\\r over');
    };`;
    const run = await runFunctions({ f: { code } });
    await run.invoke('f');
    const lines = run.lines.map(({ line }) => line);
    expect(lines.map(({ length }) => length).every((length) => length < 262_200)).toBe(true);
    expect(lines).toHaveLength(3);
    expect(lines[2]).toBe('\\u001b[31mred\\u001b[0m \\u009b2J \\u202egnp.exe \\u0008\\u000d over');
    await run.service.dispose();
  });

  it('FN16 makes a function wait that prints faster than anybody writes', async () => {
    const code = "exports.handler = async () => { const line = 'x'.repeat(200_000); for (;;) console.log(line); };";
    let lines = 0;
    const slowly = (source: string): void => {
      if (source !== 'f') return;
      lines += 1;
      for (const end = performance.now() + 1; performance.now() < end; );
    };
    const log = { info: slowly, warn: slowly, error: slowly };
    const run = await runFunctions({ f: { code, Timeout: 2 } }, { context: { log } });
    const before = process.memoryUsage.rss();
    expect(await run.invoke('f')).toMatchObject({ payload: { errorType: 'Sandbox.Timedout' } });
    expect(lines).toBeGreaterThan(100);
    expect(process.memoryUsage.rss() - before).toBeLessThan(400_000_000);
    await run.service.dispose();
  });

  it('tells source lines of a bundle with an external map', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'plinth-bundle-'));
    writeFileSync(join(folder, 'source.ts'), '\n\nexport const handler = async (): Promise<void> => {\n  throw new Error("mapped");\n};\n');
    const bundle = join(folder, 'asset');
    buildSync({
      entryPoints: [join(folder, 'source.ts')],
      outfile: join(bundle, 'index.js'),
      sourcemap: 'external',
      minify: true,
      bundle: true,
      format: 'cjs',
      platform: 'node',
    });
    const run = await runFunctions({ f: { Code: { S3Key: 'key' } } }, { context: { assetPath: () => bundle } });
    const { payload } = await run.invoke('f');
    expect((payload as { trace: string[] }).trace[1]).toContain(`${join(folder, 'source.ts')}:4:9`);
    await run.service.dispose();
  });
});

describe("a function's code", () => {
  it('is removed when the run ends; what runs left that were killed goes at the next start', async () => {
    const dead = spawnSync(process.execPath, ['--version']).pid;
    const left = mkdtempSync(join(tmpdir(), `plinth-lambda-${dead}-`));
    const running = mkdtempSync(join(tmpdir(), `plinth-lambda-${process.pid}-`));
    const run = await runFunctions({ f: { code: 'exports.handler = async () => __dirname;' } });
    const { payload } = await run.invoke('f');
    expect([left, running, String(payload)].map((folder) => existsSync(folder))).toEqual([false, true, true]);
    await run.service.dispose();
    expect(existsSync(String(payload))).toBe(false);
    rmSync(running, { recursive: true });
  });

  const bundles: readonly [name: string, files: Readonly<Record<string, string>>, handler: string][] = [
    [
      'a module',
      { 'index.mjs': 'import { a } from "./a.mjs"; export const handler = async () => a;', 'a.mjs': 'export const a = 1;' },
      'index.handler',
    ],
    ['a package of modules', { 'index.js': 'export const handler = async () => 1;', 'package.json': '{"type":"module"}' }, 'index.handler'],
    ['CommonJS in a project of modules', { 'index.js': 'exports.handler = async () => 1;' }, 'index.handler'],
    ['a handler in a folder', { 'index.cjs': '', 'src.js': 'exports.a = { b: async () => 1 };' }, './src.a.b'],
    ['the SDK of the runtime', { 'index.js': 'require("@aws-sdk/client-dynamodb"); exports.handler = async () => 1;' }, 'index.handler'],
  ];

  it.each(bundles)('loads %s', async (_, files, Handler) => {
    const project = mkdtempSync(join(tmpdir(), 'plinth-project-'));
    writeFileSync(join(project, 'package.json'), '{"type":"module"}');
    const asset = mkdtempSync(join(project, 'asset'));
    for (const [name, content] of Object.entries(files)) writeFileSync(join(asset, name), content);
    const run = await runFunctions({ f: { Code: { S3Key: 'key' }, Handler } }, { context: { assetPath: () => asset } });
    expect(await run.invoke('f')).toEqual({ payload: 1 });
    await run.service.dispose();
  });
});
