import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import type { CfnUserPool } from 'aws-cdk-lib/aws-cognito';
import type { CfnTable } from 'aws-cdk-lib/aws-dynamodb';
import { z } from 'zod';
import { Backend, type BackendProps, defineBackend, model } from '../../lib/index.ts';
import { reportSuffix, type SchemaReport } from '../../lib/schema-change/schema-gate.ts';
import { formatSchemaLock } from '../../lib/schema-change/schema-lock.ts';
import '../support/synth.ts';

const Note = model({ fields: { title: z.string() }, access: (allow) => [allow.owner()] });
const definition = defineBackend({ data: { models: { Note } } });

describe('SchemaGate', () => {
  const folder = mkdtempSync(join(tmpdir(), 'plinth-gate-'));
  const schemaLock = join(folder, 'plinth.schema.json');
  afterAll(() => rmSync(folder, { recursive: true }));

  const synthesize = (
    change: (backend: Backend<typeof definition>) => void = () => undefined,
    props: BackendProps = {},
    stackName = 'Notes',
  ): SchemaReport => {
    const app = new App({ outdir: mkdtempSync(join(folder, 'out-')) });
    change(new Backend(new Stack(app, stackName), 'Backend', definition, { schemaLock, ...props }));
    const { directory } = app.synth();
    const file = readdirSync(directory).find((name) => name.endsWith(reportSuffix)) ?? '';
    return JSON.parse(readFileSync(join(directory, file), 'utf8')) as SchemaReport;
  };
  const table = (backend: Backend<typeof definition>) => backend.data?.tables.Note.node.defaultChild as CfnTable;
  const pool = (backend: Backend<typeof definition>) => backend.auth.userPool.node.defaultChild as CfnUserPool;

  beforeAll(() => {
    const { schema, isNew } = synthesize();
    expect(isNew).toBe(true);
    writeFileSync(schemaLock, formatSchemaLock({ format: 1, backends: { Backend: schema } }));
  });

  it.each<[name: string, change: (backend: Backend<typeof definition>) => void, refusal: RegExp]>([
    [
      'another logical id of a table',
      (backend) => table(backend).overrideLogicalId('Other'),
      /of the records of Note has the logical id Other.*allow=drop-resource:BackendDataNoteTable/,
    ],
    [
      'another key of a table',
      (backend) => {
        table(backend).keySchema = [{ attributeName: 'pk', keyType: 'HASH' }];
      },
      /KeySchema of the table BackendDataNoteTable.*allow=replace-resource:/,
    ],
    [
      'another sign-in of the user pool',
      (backend) => {
        pool(backend).usernameAttributes = ['phone_number'];
      },
      /UsernameAttributes of the user pool .*drop all accounts.*allow=replace-resource:/,
    ],
  ])('refuses %s', (_name, change, refusal) => {
    expect(() => synthesize(change)).toThrow(refusal);
  });

  it('lets a refused change pass that is allowed by its name', () => {
    const name = Object.keys(synthesize().schema.resources).find((id) => id.includes('NoteTable'));
    expect(() => synthesize((backend) => table(backend).overrideLogicalId('Other'), { allow: ['drop-resource:Another'] })).toThrow();
    expect(synthesize((backend) => table(backend).overrideLogicalId('Other'), { allow: [`drop-resource:${name}`] }).changes).toHaveLength(
      1,
    );
  });

  it.each([
    ['another stage', { stage: 'production' as const }, 'Notes'],
    ['another name of the stack', {}, 'NotesOfTomorrow'],
  ])('finds the same schema in %s', (_name, props, stackName) => {
    expect(synthesize(undefined, props, stackName)).toMatchObject({ changes: [], isNew: false });
  });

  it.each([
    ['what is no JSON', '{', 'restore it from version control'],
    ['a later format', '{"format":2,"backends":{}}', 'update Plinth'],
  ])('refuses a lock file with %s', (_name, text, advice) => {
    const file = join(folder, 'other.json');
    writeFileSync(file, text);
    expect(() => synthesize(undefined, { schemaLock: file })).toThrow(advice);
  });
});
