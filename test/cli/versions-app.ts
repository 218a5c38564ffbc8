import { App, Stack } from 'aws-cdk-lib';
import { z } from 'zod';
import cdk from '../../cdk.json' with { type: 'json' };
import { Backend, defineBackend, type ModelDefinition, model } from '../../lib/index.ts';

// One backend at several times of its life. TEST_VERSION says which.

const title = z.string().min(1).max(100);
const fields = { title, slug: z.string().max(50).optional(), size: z.int().default(0), meta: z.object({ title: z.string() }).optional() };
const access: ModelDefinition<Record<never, never>>['access'] = (allow) => [allow.anyone()];
const Tag = model({ fields: { name: z.string().max(20) }, unique: ['name'], access });

const versions = {
  first: { Note: model({ fields, indexes: { byTitle: ['title', 'createdAt'] }, access }), Tag },
  /** New: a field with a default in two indexes and in a filter, a unique field, a counter. */
  second: {
    Note: model({
      fields: { ...fields, state: z.enum(['open', 'closed']).default('open') },
      unique: ['slug'],
      count: ['state'],
      indexes: { byTitle: ['title', 'createdAt'], byState: ['state', 'createdAt'], bySize: ['state', 'size', 'createdAt'] },
      access,
    }),
    Tag,
  },
  /** Model and fields have other names. */
  renamed: {
    Memo: model({
      fields: {
        headline: title,
        handle: fields.slug,
        size: fields.size,
        meta: fields.meta,
        state: z.enum(['open', 'closed']).default('open'),
      },
      unique: ['handle'],
      count: ['state'],
      indexes: { byTitle: ['headline', 'createdAt'], byState: ['state', 'createdAt'], bySize: ['state', 'size', 'createdAt'] },
      previously: { model: 'Note', fields: { headline: 'title', handle: 'slug' } },
      access,
    }),
    Tag,
  },
  dropped: { Tag },
  narrowed: {
    Note: model({ fields: { ...fields, title: z.string().min(1).max(5) }, indexes: { byTitle: ['title', 'createdAt'] }, access }),
    Tag,
  },
  /** Three indexes more than the first, one less. */
  indexed: {
    Note: model({
      fields,
      indexes: { bySlug: ['slug', 'createdAt'], bySize: ['size', 'createdAt'], all: ['*', 'createdAt'] },
      access,
    }),
    Tag,
  },
} as const;

const version = (process.env['TEST_VERSION'] ?? 'first') as keyof typeof versions;
const app = new App({ context: cdk.context, outdir: process.env['CDK_OUTDIR'] ?? 'cdk.out' });
const stack = new Stack(app, 'Notes');
new Backend(stack, 'Backend', defineBackend({ data: { models: versions[version] } }), { schemaLock: 'plinth.schema.json' });
app.synth();
