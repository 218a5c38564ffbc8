import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { CliProject, type CliRun } from './cli-project.ts';

const escapeXml = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** Answers GetTemplate with what the recording `cdk` has deployed, as CloudFormation does. */
const serveTemplates = (deployed: string): Server =>
  createServer((request, response) => {
    request.resume().on('end', () => {
      response.setHeader('content-type', 'text/xml');
      if (existsSync(deployed)) {
        response.end(
          `<GetTemplateResponse><GetTemplateResult><TemplateBody>${escapeXml(readFileSync(deployed, 'utf8'))}</TemplateBody></GetTemplateResult></GetTemplateResponse>`,
        );
      } else {
        response.statusCode = 400;
        response.end(
          '<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>Stack with id Notes does not exist</Message></Error></ErrorResponse>',
        );
      }
    });
  });

describe('plinth deploy', () => {
  const project = new CliProject();
  const cdk = join(import.meta.dirname, 'recording-cdk.mjs');
  const server = serveTemplates(project.path('deployed.json'));
  let endpoint: string;

  beforeAll(async () => {
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(async () => {
    await new Promise((done) => server.close(done));
    await project.dispose();
  });

  const deploy = (...args: readonly string[]): Promise<CliRun> =>
    project.run(['deploy', '--cdk', cdk, ...args], {
      RECORDING_FOLDER: project.folder,
      AWS_ENDPOINT_URL_CLOUDFORMATION: endpoint,
      AWS_REGION: 'eu-west-1',
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    });
  const accept = (): Promise<CliRun> => project.run(['schema', 'accept', '-c', 'allow=drop-index:Note.byTitle,drop-model:Note']);
  const calls = (): readonly { args: readonly string[]; isPublished: boolean }[] => {
    const file = project.path('calls.jsonl');
    const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
    rmSync(file, { force: true });
    return lines.map((line) => JSON.parse(line));
  };
  const indexes = (): readonly string[] => {
    const { Resources } = JSON.parse(project.read('deployed.json'));
    const table = Object.entries(Resources).find(([id]) => id.startsWith('BackendDataNoteTable'))?.[1] as {
      Properties: { GlobalSecondaryIndexes?: { IndexName: string }[] };
    };
    return (table.Properties.GlobalSecondaryIndexes ?? []).map(({ IndexName }) => IndexName).sort();
  };

  it('refuses a definition that was not accepted', async () => {
    const run = await deploy();
    expect(run.code).toBe(1);
    expect(run.text).toContain('plinth schema accept');
    expect(calls()).toEqual([]);
  });

  it('makes a new stack at once, with the options for cdk', async () => {
    await accept();
    const run = await deploy('Notes', '--', '--require-approval', 'never');
    expect(run).toMatchObject({ code: 0 });
    expect(calls()).toEqual([{ args: ['deploy', '--app', 'Notes', '--require-approval', 'never'], isPublished: true }]);
    expect(indexes()).toEqual(['byTitle']);
  });

  it('plans without deploying', async () => {
    project.version = 'indexed';
    await accept();
    const run = await deploy('--plan');
    expect(run.code).toBe(0);
    expect(run.text).toContain('Notes: 4 deployments');
    expect(run.text).toMatch(
      /1\. adds the index bySlug of \w+\n {2}2\. adds the index bySize of \w+\n {2}3\. adds the index all of \w+, and brings .*\n {2}4\. removes the index byTitle/,
    );
    expect(calls()).toEqual([]);
  });

  it('goes on after a failure from what is deployed', async () => {
    writeFileSync(project.path('fail'), '');
    const failed = await deploy();
    expect(failed.code).toBe(1);
    expect(failed.text).toContain('run "plinth deploy" again');
    expect(calls()).toHaveLength(1);
    const run = await deploy();
    expect(run).toMatchObject({ code: 0 });
    expect(calls().map(({ args, isPublished }) => [args.includes('--exclusively'), isPublished])).toEqual([
      [true, true],
      [true, true],
      [false, true],
      [true, true],
    ]);
    expect(indexes()).toEqual(['all', 'bySize', 'bySlug']);
    expect(run.text).toContain('plinth data backfill all --stack Notes');
  });

  it('refuses to drop a deployed table until that is allowed by name', async () => {
    project.version = 'dropped';
    const unaccepted = await deploy();
    expect(unaccepted.text).toContain("allow: ['drop-model:Note']");
    await accept();
    const run = await deploy();
    expect(run.code).toBe(1);
    const [, name = ''] = /--allow (drop-resource:BackendDataNoteTable\w+)/.exec(run.text) ?? [];
    expect(name).not.toBe('');
    expect(calls()).toEqual([]);
    expect(await deploy('--allow', name)).toMatchObject({ code: 0 });
    expect(project.read('deployed.json')).not.toContain('BackendDataNoteTable');
  });
});
