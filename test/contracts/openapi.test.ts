import { Validator } from '@seriousme/openapi-schema-validator';
import { apiRoutes } from '../../contracts/api.ts';
import { authRoutes } from '../../contracts/auth.ts';
import { dataRoutes } from '../../contracts/data.ts';
import { createOpenapi, type ModelDescription } from '../../contracts/openapi.ts';
import { backend } from '../../examples/notes/backend.ts';
import { authRequestSchemas } from '../../lib/auth/auth-module.ts';
import { authReplySchemas } from '../../lib/auth/auth-reply-schemas.ts';
import { compileModels } from '../../lib/data/compile-models.ts';
import { dataReplySchemas, dataRequestSchemas } from '../../lib/data/data-schemas.ts';
import { describeModels } from '../../lib/data/describe-models.ts';

const models = describeModels(compileModels(backend.data.models, ['admins', 'editors']));

interface Operation {
  readonly operationId: string;
  readonly security: readonly object[];
  readonly parameters?: readonly { readonly name: string }[];
  readonly responses: Readonly<Record<string, { readonly content?: object; readonly description: string }>>;
}
const document = createOpenapi({
  title: 'Notes',
  routes: { ...authRoutes, ...dataRoutes, ...apiRoutes },
  models,
  requests: { ...authRequestSchemas(Object.keys(authRoutes)), ...dataRequestSchemas() },
  replies: { ...authReplySchemas(), ...dataReplySchemas() },
}) as unknown as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, unknown>> };
};
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

const referencesIn = (value: unknown): readonly string[] => {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, item]) => (key === '$ref' && typeof item === 'string' ? [item] : referencesIn(item)));
};

const resolveReference = (reference: string): unknown =>
  reference
    .slice(2)
    .split('/')
    .reduce<unknown>((value, part) => (value as Record<string, unknown> | undefined)?.[part], document);

describe('createOpenapi', () => {
  it('writes a valid OpenAPI 3.1 document', async () => {
    const result = await new Validator().validate(structuredClone(document));
    expect(result.errors ?? []).toEqual([]);
    expect(result.valid).toBe(true);
  });

  it('has no reference that leads nowhere', () => {
    const references = referencesIn(document);
    expect(references.length).toBeGreaterThan(50);
    expect(references.filter((reference) => resolveReference(reference) === undefined)).toEqual([]);
  });

  it('describes what expand gives, two relations deep, and nothing of explain', () => {
    const schemas = document.components.schemas as Record<string, { properties: Record<string, { properties: object }> }>;
    expect(schemas['Note']?.properties['expanded']?.properties).toEqual({
      author: { anyOf: [{ $ref: '#/components/schemas/Profile' }, { type: 'null' }] },
      comments: { anyOf: [{ $ref: '#/components/schemas/CommentPage' }, { type: 'null' }] },
    });
    expect(schemas['Profile']?.properties['expanded']).toBeUndefined();
    const parameters = (document.paths['/data/Note']?.['get']?.parameters ?? []) as readonly { name: string; schema?: object }[];
    expect(parameters.find(({ name }) => name === 'expand')?.schema).toMatchObject({
      items: { enum: ['author', 'comments', 'comments.note'] },
    });
    expect(JSON.stringify(document)).not.toContain('explain');
  });

  it('rebases the references of a recursive type', () => {
    const record = { $defs: { a: { type: 'object' } }, properties: { x: { $ref: '#/$defs/a' } } };
    const made = createOpenapi({
      title: 'x',
      routes: dataRoutes,
      models: { Tree: { ...(models['Comment'] as ModelDescription), record } },
    });
    expect(referencesIn(made)).toContain('#/components/schemas/Tree/$defs/a');
  });

  it('holds each route, of data for each model', () => {
    const paths = operations.map(({ method, path }) => `${method.toUpperCase()} ${path}`);
    for (const route of Object.values({ ...authRoutes, ...apiRoutes })) expect(paths).toContain(`${route.method} ${route.path}`);
    expect(paths).toEqual(
      expect.arrayContaining(['GET /data/Note', 'POST /data/Profile', 'PATCH /data/Comment/{id}', 'GET /data/Note/count']),
    );
    expect(paths.filter((path) => path.includes('{model}'))).toEqual([]);
  });

  it('offers look-ups for models with unique fields only', () => {
    expect(document.paths['/data/Note/by/{field}/{value}']).toBeDefined();
    expect(document.paths['/data/Comment/by/{field}/{value}']).toBeUndefined();
  });

  it('names operations once', () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toEqual(expect.arrayContaining(['listNotes', 'createNote', 'login', 'readOpenapi']));
  });

  it('says who may call', () => {
    expect(document.paths['/admin/users']?.['get']).toMatchObject({ 'x-plinth-access': 'admins', security: [{ accessToken: [] }] });
    expect(document.paths['/auth/login']?.['post']?.security).toEqual([]);
    expect(document.paths['/data/Note']?.['get']?.security).toEqual([{}, { accessToken: [] }]);
  });

  it('gives every operation the problems that it can answer with', () => {
    for (const { operation } of operations) expect(Object.keys(operation.responses)).toEqual(expect.arrayContaining(['429', '500', '503']));
    const update = document.paths['/data/Note/{id}']?.['patch'];
    expect(update?.responses['412']?.description).toContain('version_mismatch');
    expect(update?.responses['412']?.content).toHaveProperty(['application/problem+json']);
  });

  it('names the parameters that the handlers read', () => {
    const namesOf = (path: string, method: string) => document.paths[path]?.[method]?.parameters?.map(({ name }) => name);
    expect(namesOf('/data/Note', 'get')).toEqual(['filter', 'sort', 'limit', 'cursor', 'fields', 'expand']);
    expect(namesOf('/data/Note', 'post')).toEqual(['Idempotency-Key']);
    expect(namesOf('/data/Note/{id}', 'get')).toEqual(['id', 'consistent', 'fields', 'expand', 'If-None-Match']);
    expect(namesOf('/data/Note/{id}', 'patch')).toEqual(['id', 'If-Match', 'Idempotency-Key']);
    expect(namesOf('/admin/users', 'get')).toEqual(['search', 'limit', 'cursor']);
  });

  it('describes what joins several records, and operators beside the values of a patch', () => {
    const transaction = document.paths['/data/transaction']?.['post'];
    expect(transaction?.parameters?.map(({ name }) => name)).toEqual(['Idempotency-Key']);
    expect(transaction).toMatchObject({ tags: ['data'], requestBody: { content: { 'application/json': expect.anything() } } });
    expect(document.components.schemas['RunTransactionRequest']).toMatchObject({
      properties: { operations: { type: 'array', minItems: 1, maxItems: 100 } },
    });
    expect(document.components.schemas['NoteUpdate']).toMatchObject({
      properties: {
        priority: { anyOf: [{ type: 'integer', maximum: 9 }, { properties: { increment: { type: 'integer' } } }] },
        tags: { anyOf: [{ type: 'array' }, { properties: { append: { items: { maxLength: 30 } }, prepend: { type: 'array' } } }] },
      },
    });
    expect(document.components.schemas['NoteReplace']).toMatchObject({ properties: { priority: { type: 'integer' } } });
  });

  it('promises no field that a caller may not read', () => {
    const { required } = document.components.schemas['Note'] as { readonly required: readonly string[] };
    expect(required).toEqual(expect.arrayContaining(['id', 'version', 'title', 'state', 'tags']));
    expect(required.filter((name) => name === 'moderation' || name === 'body')).toEqual([]);
  });
});
