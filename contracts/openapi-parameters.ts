import { dataLimits } from './data.ts';
import { filesHeaderParameters, filesQueryParameters } from './openapi-files.ts';

/** A parameter of an operation in an OpenAPI document. */
export interface OpenapiParameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: true;
  readonly description?: string;
  readonly schema?: Readonly<Record<string, unknown>>;
  readonly content?: Readonly<Record<string, unknown>>;
  readonly style?: 'form';
  readonly explode?: false;
  readonly example?: unknown;
}

/** What the parameters of an operation depend on. */
export interface ParameterContext {
  readonly key: string;
  readonly path: string;
  readonly route: { readonly method: string };
  readonly fields?: readonly string[];
  readonly unique?: readonly string[];
  readonly relations?: readonly string[];
  readonly requireIfMatch?: boolean;
}

const systemFieldNames = ['id', 'owner', 'version', 'createdAt', 'updatedAt'];

const pathParameter = (name: string, context: ParameterContext): OpenapiParameter => {
  const isModel = context.fields !== undefined;
  if (isModel && name === 'id') return { name, in: 'path', required: true, schema: { $ref: '#/components/schemas/RecordId' } };
  if (name === 'field') return { name, in: 'path', required: true, schema: { type: 'string', enum: context.unique ?? [] } };
  return { name, in: 'path', required: true, schema: { type: 'string', minLength: 1 } };
};

const namesOfPath = (path: string): readonly string[] => [...path.matchAll(/\{([A-Za-z]+)\}/g)].map((match) => match[1] ?? '');

const listOf = (name: string, description: string, values: readonly string[]): OpenapiParameter => ({
  name,
  in: 'query',
  description,
  style: 'form',
  explode: false,
  schema: { type: 'array', items: { type: 'string', enum: values } },
});

const filterParameter: OpenapiParameter = {
  name: 'filter',
  in: 'query',
  description: `A JSON filter of at most ${dataLimits.maxFilterLength} characters: fields with a value or with eq, ne, lt, lte, gt, gte, between, in, contains, beginsWith, exists; and, or, not`,
  content: { 'application/json': { schema: { type: 'object' }, example: { createdAt: { gte: '2026-01-01T00:00:00.000Z' } } } },
};

const limitParameter = (most: number): OpenapiParameter => ({
  name: 'limit',
  in: 'query',
  description: 'Records a page',
  schema: { type: 'integer', minimum: 1, maximum: most, default: dataLimits.defaultPageSize },
});

const cursorParameter: OpenapiParameter = {
  name: 'cursor',
  in: 'query',
  description: 'The cursor of the page before',
  schema: { type: 'string' },
};
const consistentParameter: OpenapiParameter = {
  name: 'consistent',
  in: 'query',
  description: 'Sees every write that was answered before, at twice the cost',
  schema: { type: 'boolean', default: false },
};

const selection = (context: ParameterContext): readonly OpenapiParameter[] => {
  const relations = context.relations ?? [];
  return [
    listOf('fields', 'The fields to answer. All, if left out', [...systemFieldNames, ...(context.fields ?? [])]),
    ...(relations.length === 0
      ? []
      : [listOf('expand', 'The relations to follow, and behind a point those of the records that they lead to', relations)]),
  ];
};

const sortParameter = (context: ParameterContext): OpenapiParameter => ({
  name: 'sort',
  in: 'query',
  description: 'The field of the order, with - before it for the highest first. An index must serve it',
  schema: { type: 'string', enum: [...systemFieldNames, ...(context.fields ?? [])].flatMap((field) => [field, `-${field}`]) },
});

/** The most that Cognito lists at once (ListUsers, Limit). */
const maxUsers = 60;

const queryParameters = (context: ParameterContext): readonly OpenapiParameter[] => {
  switch (context.key) {
    case 'listRecords':
      return [filterParameter, sortParameter(context), limitParameter(dataLimits.maxPageSize), cursorParameter, ...selection(context)];
    case 'countRecords':
      return [filterParameter];
    case 'readRecord':
    case 'lookUpRecord':
      return [consistentParameter, ...selection(context)];
    case 'listUsers':
      return [
        { name: 'search', in: 'query', description: 'The beginning of the e-mail address', schema: { type: 'string', maxLength: 254 } },
        limitParameter(maxUsers),
        cursorParameter,
      ];
    default:
      return filesQueryParameters[context.key as keyof typeof filesQueryParameters] ?? [];
  }
};

const idempotencyKey: OpenapiParameter = {
  name: 'Idempotency-Key',
  in: 'header',
  description: 'A new key for each effect: a request that is repeated with it within 24 hours has its effect once',
  schema: { type: 'string', minLength: 1, maxLength: 255 },
};

/** The writes that are about no single model. */
const jointWrites: ReadonlySet<string> = new Set(['runTransaction', 'writeBatch']);

const headerParameters = (context: ParameterContext): readonly OpenapiParameter[] => {
  if (jointWrites.has(context.key)) return [idempotencyKey];
  if (context.fields === undefined) return filesHeaderParameters[context.key as keyof typeof filesHeaderParameters] ?? [];
  const { method } = context.route;
  if (context.key === 'readRecord' || context.key === 'lookUpRecord') {
    return [{ name: 'If-None-Match', in: 'header', description: 'The ETag of a record that is known already', schema: { type: 'string' } }];
  }
  if (method === 'POST') return [idempotencyKey];
  if (method === 'GET') return [];
  const ifMatch: OpenapiParameter = {
    name: 'If-Match',
    in: 'header',
    ...(context.requireIfMatch && { required: true }),
    description: 'The ETag of the record that the change was made from',
    schema: { type: 'string' },
    example: '"1"',
  };
  return [ifMatch, idempotencyKey];
};

/** The parameters of an operation: of its path, its query and its headers. */
export const parametersOf = (context: ParameterContext): readonly OpenapiParameter[] => [
  ...namesOfPath(context.path).map((name) => pathParameter(name, context)),
  ...queryParameters(context),
  ...headerParameters(context),
];
