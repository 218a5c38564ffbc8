import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { CliProject } from '../support/cli-project.ts';

let project: CliProject;
beforeEach(() => {
  project = new CliProject();
});
afterEach(() => project.remove());

const call = async (url: string, method = 'GET'): Promise<unknown> => (await fetch(url, { method })).json();

describe('plinth dev, where it cannot start', () => {
  it('says what is wrong with cdk.json, and leaves nothing in the folder', async () => {
    project.write('cdk.json', '{}');
    const noApp = await project.spawn('dev').ended;
    expect(noApp).toEqual({ code: 1, output: 'error cdk.json names no app.\n      Add "app": "node bin/app.ts" to it.\n' });
    project.write('cdk.json', '{"app":');
    expect((await project.spawn('dev').ended).output).toContain('error cdk.json is not valid JSON: ');
    project.delete('cdk.json');
    const { code, output } = await project.spawn('dev').ended;
    expect({ code, output }).toEqual({
      code: 1,
      output: expect.stringMatching(/^error There is no cdk\.json in \S+\.\n {6}Run this in the folder of a CDK app\.\n$/),
    });
    expect(project.files()).not.toContain('.plinth');
  });

  it('names the resource of a template that cannot be resolved, and says what to do', async () => {
    project.writeApp('one', "records.addEnvironment('ELSEWHERE', (await import('aws-cdk-lib')).Fn.importValue('nowhere'));\n");
    const { code, output } = await project.spawn('dev', '--port', '0', '--aws-port', '0').ended;
    expect(code).toBe(1);
    expect(output).toMatch(
      /^error Cli: NotesRecordsFunction\w+\.Properties\.Environment\.Variables\.ELSEWHERE: Fn::ImportValue: no stack of this run exports nowhere\n {6}Run the stack that exports it/,
    );
  });

  it('shows the message and the place of an error in the definition, without stacks', async () => {
    project.writeApp('one', 'throw new Error(\'the model Note has no field "titel"\');\n');
    const { code, output } = await project.spawn('dev').ended;
    expect(code).toBe(1);
    expect(output).toMatch(
      /^error The definition could not be synthesized\.\n\nthe model Note has no field "titel"\n {2}at app\.mjs:\d+:\d+\n\n {6}Mend the definition, then try again\.\n$/,
    );
  });

  it('names the option that chooses another port', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    for (const option of ['--port', '--aws-port']) {
      const { code, output } = await project.spawn('dev', '--port', '0', '--aws-port', '0', option, String(port)).ended;
      expect({ code, output }).toEqual({
        code: 1,
        output: `error Port ${port} is taken by another program.\n      Stop that program, or choose another port: "plinth dev ${option} 0" takes any free one ("npm run dev -- ${option} 0").\n`,
      });
    }
    other.close();
  });

  it('FI19 leaves the data folder of a running backend alone, even with --reset, and names its process', async () => {
    const first = await project.dev();
    await call(`${first.apiUrl}/a`, 'PUT');
    const { code, output } = await project.spawn('dev', '--port', '0', '--aws-port', '0', '--reset').ended;
    expect(code).toBe(1);
    expect(output).toMatch(
      /^error The data folder \S+ is in use by process \d+\.\n {6}Stop that process first, or choose another folder\.\n$/,
    );
    expect(await call(`${first.apiUrl}/a`)).toEqual({ version: 'one', found: true });
  });

  it.each([
    [['dev', '--port', 'abc'], 'error "abc" is not a port.\n      Give a number from 0 to 65535; 0 takes any free port.\n'],
    [
      ['inbox'],
      'error No backend runs on .plinth.\n      Start one with "plinth dev" ("npm run dev"), or name its folder with --folder.\n',
    ],
    [['dump'], 'error No backend runs on .plinth.\n      Start one with "plinth dev" ("npm run dev"), or name its folder with --folder.\n'],
  ])('%j ends with 1 and advice', async (args, output) => {
    expect(await project.spawn(...args).ended).toEqual({ code: 1, output });
  });
});

describe('plinth dev', () => {
  it('answers, and names functions shortly on the terminal and in full in the file', async () => {
    const dev = await project.dev();
    expect(await call(`${dev.apiUrl}/a`)).toEqual({ version: 'one', found: false });
    await dev.says(/^\d\d:\d\d:\d\d records +\/a$/m);
    const [entry] = project
      .read('.plinth/log.jsonl')
      .trim()
      .split('\n')
      .filter((line) => line.includes('"/a"'));
    expect(JSON.parse(entry ?? '')).toMatchObject({
      level: 'info',
      message: '/a',
      source: expect.stringMatching(/^Cli-NotesRecordsFunction\w+-/),
    });
    const dump = await project.spawn('dump').ended;
    expect(Object.keys(JSON.parse(dump.output))).toContain('dynamodb');
    expect(await project.spawn('inbox').ended).toEqual({ code: 0, output: 'The inbox is empty.\n' });
    expect(await project.spawn('inbox', '--code', '--to', 'ada@example.com').ended).toMatchObject({ code: 1 });
  });

  it('runs another app than that of cdk.json', async () => {
    project.writeApp('other');
    project.write('other.mjs', project.read('app.mjs'));
    project.writeApp('one');
    const dev = await project.dev('--app', 'node other.mjs');
    expect(await call(`${dev.apiUrl}/a`)).toEqual({ version: 'other', found: false });
  });

  it('follows a change on the same ports, and a broken one leaves the backend as it was', async () => {
    const dev = await project.dev();
    expect(await call(`${dev.apiUrl}/a`, 'PUT')).toEqual({ version: 'one', found: true });
    project.writeApp('two');
    await dev.says(/Reloaded in \d+ ms/);
    expect(await call(`${dev.apiUrl}/a`)).toEqual({ version: 'two', found: true });
    project.writeApp('three', "throw new Error('not yet');");
    await dev.says(/not yet\n[\s\S]*The running backend stays as it was\./);
    expect(await call(`${dev.apiUrl}/a`)).toEqual({ version: 'two', found: true });
    project.writeApp('two', '// a comment');
    await dev.says(/Checked in \d+ ms: the backend stays the same/);
  });

  it('keeps what was written through kill -9, keeps the log of the run before, and forgets the data with --reset', async () => {
    const first = await project.dev();
    await call(`${first.apiUrl}/a`, 'PUT');
    await first.kill('SIGKILL');
    expect(await project.spawn('inbox').ended).toMatchObject({ code: 1, output: expect.stringContaining('No backend runs on .plinth.') });
    const second = await project.dev();
    expect(await call(`${second.apiUrl}/a`)).toEqual({ version: 'one', found: true });
    expect(project.read('.plinth/log.previous.jsonl')).toContain('"/a"');
    await second.kill('SIGKILL');
    const third = await project.dev('--reset');
    expect(await call(`${third.apiUrl}/a`)).toEqual({ version: 'one', found: false });
  });

  it('answers what is in flight after SIGINT, then ends with 0', async () => {
    const dev = await project.dev();
    const ids = ['slow1', 'slow2', 'slow3', 'slow4'];
    const inFlight = Promise.all(ids.map((id) => call(`${dev.apiUrl}/${id}`, 'PUT')));
    for (const id of ids) await dev.says(new RegExp(`/${id}$`, 'm'));
    const { code, output } = await dev.kill('SIGINT');
    expect(await inFlight).toEqual(ids.map(() => ({ version: 'one', found: true })));
    expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining('SIGINT: finishing what is in flight') });
    await expect(call(`${dev.apiUrl}/a`)).rejects.toThrow('fetch failed');
    const next = await project.dev();
    expect(await call(`${next.apiUrl}/slow4`)).toEqual({ version: 'one', found: true });
  });
});
