import { App, Stack } from 'aws-cdk-lib';
import { z } from 'zod';
import { defineBackend } from '../../contracts/backend.ts';
import { model } from '../../contracts/model.ts';
import { Backend } from '../../lib/backend.ts';

// CDK's own validation of a template takes seconds.
process.env['CDK_VALIDATION'] ??= 'false';

const fields = { tag: z.string().max(64), group: z.string().max(64), n: z.int().default(0) };

/** One request a write. */
const Item = model({
  fields: { ...fields, a: z.string().optional(), b: z.string().optional(), c: z.string().optional() },
  indexes: { byGroup: ['group', 'createdAt'] },
  access: (allow) => [allow.owner()],
});

/** A transaction a write. */
const Named = model({
  fields: { ...fields, name: z.string().max(64) },
  unique: ['name'],
  indexes: { byGroup: ['group', 'n'] },
  relations: {},
  access: (allow) => [allow.owner()],
});

const definition = defineBackend({
  // As long as Cognito gives: a long run goes on with one login.
  auth: { accessTokenMinutes: 1_440 },
  data: { models: { Item, Named } },
});

/** Synthesizes the backend of the reliability tests. @returns the folder of the cloud assembly */
export function synthesizeReliability(outdir: string): string {
  const app = new App({ outdir, analyticsReporting: false });
  new Backend(new Stack(app, 'Reliability'), 'Backend', definition);
  return app.synth().directory;
}
