import { dataLimits, idPattern } from './data.ts';
import { type ErrorCode, errorTable, problemType } from './errors.ts';
import { type OpenapiParameter, parametersOf } from './openapi-parameters.ts';
import type { Route, Routes } from './route.ts';

/** A JSON Schema, as it goes into the document. */
export type Schema = Readonly<Record<string, unknown>>;

/** What the document tells of one model. */
export interface ModelDescription {
  readonly create: Schema;
  readonly replace: Schema;
  readonly update: Schema;
  /** A record as it is answered. */
  readonly record: Schema;
  readonly fields: readonly string[];
  readonly unique: readonly string[];
  readonly relations: Readonly<Record<string, RelationDescription>>;
  readonly requireIfMatch: boolean;
}

/** Where a relation leads. */
export interface RelationDescription {
  readonly model: string;
  /** To a page of records, not to one. */
  readonly isList: boolean;
}

/** All that an OpenAPI document of a backend is made of. */
export interface ApiDescription {
  readonly title: string;
  /** By route key. */
  readonly routes: Routes;
  readonly models: Readonly<Record<string, ModelDescription>>;
  /** The bodies of requests by route key. */
  readonly requests?: Readonly<Record<string, Schema>>;
  /** The bodies of answers by route key. */
  readonly replies?: Readonly<Record<string, Schema>>;
}

type Json = Readonly<Record<string, unknown>>;

/** What any route may answer, whatever it is about. */
const commonErrors: readonly ErrorCode[] = ['rate_limited', 'internal_error', 'unavailable', 'timeout'];
const bodyErrors: readonly ErrorCode[] = [
  ...(['invalid_json', 'validation_failed', 'unknown_field', 'read_only_field', 'prohibited_key', 'too_deep', 'too_many_items'] as const),
  ...(['body_too_large', 'unsupported_media_type'] as const),
];
const accessErrors: Readonly<Record<Route['access'], readonly ErrorCode[]>> = {
  anyone: [],
  signedIn: ['unauthenticated'],
  admins: ['unauthenticated', 'forbidden'],
  rules: ['unauthenticated', 'forbidden'],
};
const security: Readonly<Record<Route['access'], readonly Json[]>> = {
  anyone: [],
  signedIn: [{ accessToken: [] }],
  admins: [{ accessToken: [] }],
  rules: [{}, { accessToken: [] }],
};

const errorsOf = (route: Route): readonly ErrorCode[] => [
  ...route.errors,
  ...accessErrors[route.access],
  ...(route.scope === undefined ? [] : (['insufficient_scope'] as const)),
  ...(route.body === undefined || route.body === 'raw' ? [] : bodyErrors),
  ...commonErrors,
];

/** Responses are named by status, and list the codes that come with it. */
const errorResponses = (route: Route): Json => {
  const byStatus = new Map<number, ErrorCode[]>();
  for (const code of new Set(errorsOf(route)))
    byStatus.set(errorTable[code].status, [...(byStatus.get(errorTable[code].status) ?? []), code]);
  return Object.fromEntries(
    [...byStatus]
      .sort(([a], [b]) => a - b)
      .map(([status, codes]) => [
        String(status),
        {
          description: codes.map((code) => `\`${code}\`: ${errorTable[code].title}`).join('; '),
          content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
        },
      ]),
  );
};

/** Inside the document a reference starts from its root. */
const rebase = (value: unknown, root: string): unknown => {
  if (Array.isArray(value)) return value.map((item) => rebase(item, root));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      key === '$ref' && typeof item === 'string' && item.startsWith('#') ? `${root}${item.slice(1)}` : rebase(item, root),
    ]),
  );
};

const component = (name: string, schema: Schema): readonly [string, unknown] => [name, rebase(schema, `#/components/schemas/${name}`)];
const capitalize = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
const reference = (name: string): Json => ({ $ref: `#/components/schemas/${name}` });

/** One operation of the document: a route, or a route of the data feature for one model. */
interface Target {
  readonly key: string;
  readonly route: Route;
  readonly path: string;
  readonly operationId: string;
  readonly tag: string;
  readonly model?: { readonly name: string; readonly description: ModelDescription };
}

const modelRequests: Readonly<Record<string, string>> = { createRecord: 'Create', replaceRecord: 'Replace', updateRecord: 'Update' };

const requestSchemaOf = ({ key, model }: Target, requests: ApiDescription['requests']): Json | undefined => {
  if (model !== undefined) return modelRequests[key] === undefined ? undefined : reference(`${model.name}${modelRequests[key]}`);
  return requests?.[key] === undefined ? undefined : reference(`${capitalize(key)}Request`);
};

const replySchemaOf = ({ key, model }: Target, replies: ApiDescription['replies']): Json | undefined => {
  if (model === undefined) return replies?.[key] === undefined ? undefined : reference(`${capitalize(key)}Reply`);
  if (key === 'listRecords') return reference(`${model.name}Page`);
  if (key === 'countRecords') return reference('Count');
  return key === 'deleteRecord' ? undefined : reference(model.name);
};

const requestBodyOf = (target: Target, requests: ApiDescription['requests']): Json | undefined => {
  const { route } = target;
  if (route.body === undefined) return undefined;
  if (route.body === 'raw') return { required: false, content: { '*/*': { schema: { type: 'string' } } } };
  const media = { schema: requestSchemaOf(target, requests) ?? { type: 'object' } };
  return {
    required: route.body === 'required',
    content: Object.fromEntries((route.mediaTypes ?? ['application/json']).map((type) => [type, media])),
  };
};

const versioned: ReadonlySet<string> = new Set([
  ...['createRecord', 'readRecord', 'lookUpRecord', 'updateRecord', 'replaceRecord'],
  ...['createUpload', 'readFile', 'updateFile', 'replaceFile', 'completeUpload', 'copyFile', 'moveFile'],
]);
const located: ReadonlySet<string> = new Set(['createRecord', 'createUpload', 'replaceFile', 'copyFile', 'moveFile']);

const successOf = (target: Target, replies: ApiDescription['replies']): Json => {
  const schema = replySchemaOf(target, replies) ?? (target.key === 'readOpenapi' ? { type: 'object' } : undefined);
  const headers = {
    'x-request-id': { schema: { type: 'string' }, description: 'Names the request in the log' },
    ...(versioned.has(target.key) && { etag: { schema: { type: 'string' }, description: 'The version, for If-Match' } }),
    ...(located.has(target.key) && { location: { schema: { type: 'string' }, description: 'The path of what was made or moved' } }),
  };
  return {
    [String(target.route.status)]: {
      description: 'Done',
      headers,
      ...(schema && target.route.status !== 204 && { content: { 'application/json': { schema } } }),
    },
  };
};

/** What `expand` takes: the relations of a model, and those of the models that they lead to. */
const expandable = ({ model }: Target, models: ApiDescription['models']): readonly string[] =>
  Object.entries(model?.description.relations ?? {}).flatMap(([name, { model: related }]) => [
    name,
    ...Object.keys(models[related]?.relations ?? {}).map((next) => `${name}.${next}`),
  ]);

const operationOf = (target: Target, { requests, replies, models }: ApiDescription): Json => {
  const { route, operationId, tag } = target;
  const parameters: readonly OpenapiParameter[] = parametersOf({
    ...target,
    ...target.model?.description,
    relations: expandable(target, models),
  });
  const requestBody = requestBodyOf(target, requests);
  return {
    operationId,
    summary: route.summary,
    tags: [tag],
    security: security[route.access],
    'x-plinth-access': route.access,
    ...(route.scope !== undefined && { 'x-plinth-scope': route.scope }),
    ...(parameters.length > 0 && { parameters }),
    ...(requestBody && { requestBody }),
    responses: { ...successOf(target, replies), ...errorResponses(route) },
  };
};

const tags: readonly string[] = ['admin', 'data', 'auth', 'files', 'push', 'functions'];
const tagOf = (path: string): string => tags.find((tag) => path.startsWith(`/${tag}/`)) ?? 'api';

const targetsOf = (key: string, route: Route, models: ApiDescription['models']): readonly Target[] => {
  if (!route.path.startsWith('/data/{model}')) return [{ key, route, path: route.path, operationId: key, tag: tagOf(route.path) }];
  return Object.entries(models)
    .filter(([, description]) => key !== 'lookUpRecord' || description.unique.length > 0)
    .map(([name, description]) => ({
      key,
      route,
      path: route.path.replace('{model}', name),
      operationId: key.replace('Record', name),
      tag: name,
      model: { name, description },
    }));
};

const pathsOf = (description: ApiDescription): Json => {
  const paths: Record<string, Record<string, Json>> = {};
  for (const [key, route] of Object.entries(description.routes)) {
    for (const target of targetsOf(key, route, description.models)) {
      paths[target.path] = { ...paths[target.path], [route.method.toLowerCase()]: operationOf(target, description) };
    }
  }
  return paths;
};

const modelComponents = (name: string, model: ModelDescription): readonly (readonly [string, unknown])[] => [
  component(name, model.record),
  component(`${name}Create`, model.create),
  component(`${name}Replace`, model.replace),
  component(`${name}Update`, model.update),
  component(`${name}Page`, {
    type: 'object',
    properties: {
      items: { type: 'array', items: {}, maxItems: dataLimits.maxPageSize },
      cursor: { type: 'string', description: 'Give it back as `cursor` for the next page. Absent on the last one' },
    },
    required: ['items'],
  }),
];

/** What an expanded relation is: a record or a page, with what was expanded of it, or null. */
const relatedSchema = ({ model, isList }: RelationDescription): Json => ({
  anyOf: [reference(isList ? `${model}Page` : model), { type: 'null' }],
});

/** The related records are other components, too. */
const withExpanded = (schemas: Record<string, unknown>, name: string, { relations }: ModelDescription): void => {
  const entries = Object.entries(relations);
  if (entries.length === 0) return;
  const record = schemas[name] as { properties?: Json };
  const expanded = {
    type: 'object',
    description: 'The related records, if `expand` asks for them: null where there is none that the caller may read',
    readOnly: true,
    properties: Object.fromEntries(entries.map(([relation, description]) => [relation, relatedSchema(description)])),
    additionalProperties: false,
  };
  schemas[name] = { ...record, properties: { ...record.properties, expanded } };
};

/** The page's items are another component, which `component` would take for a part of its own. */
const withPageItems = (schemas: Record<string, unknown>, name: string): void => {
  const page = schemas[`${name}Page`] as { properties: { items: Record<string, unknown> } };
  page.properties.items['items'] = reference(name);
};

const problemSchema: Json = {
  type: 'object',
  description: 'RFC 9457 problem details. `code` is stable; the texts are for people',
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'What to do next' },
    instance: { type: 'string' },
    code: { type: 'string', enum: Object.keys(errorTable) },
    reason: { type: 'string', description: 'With `function_refused`: why, in the function’s own word' },
    requestId: { type: 'string' },
    errors: {
      type: 'array',
      items: {
        type: 'object',
        properties: {
          pointer: { type: 'string', description: 'A JSON pointer into the body, or /query/<name>' },
          code: { type: 'string' },
          detail: { type: 'string' },
        },
        required: ['pointer', 'code', 'detail'],
      },
    },
  },
  required: ['type', 'title', 'status', 'detail', 'instance', 'code', 'requestId'],
  examples: [
    {
      type: problemType('not_found'),
      title: errorTable.not_found.title,
      status: errorTable.not_found.status,
      detail: 'There is no such record, or you may not read it.',
      instance: '/data/Note/01990000-0000-7000-8000-000000000000',
      code: 'not_found',
      requestId: '8f4f5a54-2f5d-4b0e-9a53-0d4ad1c5b1a7',
    },
  ],
};

const countSchema: Json = {
  type: 'object',
  properties: {
    count: { type: 'integer', minimum: 0 },
    complete: { type: 'boolean', description: 'False when there were more records to look at than one request may read' },
  },
  required: ['count', 'complete'],
};

const schemasOf = ({ models, requests = {}, replies = {} }: ApiDescription): Json => {
  const schemas: Record<string, unknown> = Object.fromEntries([
    ['Problem', problemSchema],
    ['Count', countSchema],
    ['RecordId', { type: 'string', pattern: idPattern }],
    ...Object.entries(models).flatMap(([name, model]) => modelComponents(name, model)),
    ...Object.entries(requests).map(([key, schema]) => component(`${capitalize(key)}Request`, schema)),
    ...Object.entries(replies).map(([key, schema]) => component(`${capitalize(key)}Reply`, schema)),
  ]);
  for (const [name, model] of Object.entries(models)) {
    withPageItems(schemas, name);
    withExpanded(schemas, name, model);
  }
  return schemas;
};

/** Describes an API by OpenAPI 3.1. The same description gives the same document. */
export const createOpenapi = (description: ApiDescription): Json => ({
  openapi: '3.1.0',
  jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
  info: { title: description.title, version: '1' },
  servers: [{ url: '/' }],
  paths: pathsOf(description),
  components: {
    schemas: schemasOf(description),
    securitySchemes: {
      accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'The access token of a login, not the ID token' },
    },
  },
});
