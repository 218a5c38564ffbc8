import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Annotations, CfnResource, Stack, Stage } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { CompiledModel } from '../../contracts/compiled.ts';
import type { BackendSchema, ModelSchema, ResourceSchema, SchemaChange } from './backend-schema.ts';
import { compareSchemas, recordsOf } from './compare-schemas.ts';
import { readSchemaLock, sortedJson } from './schema-lock.ts';
import { statefulTypes, typeName } from './stateful-resources.ts';

/** What a synth leaves beside the templates for `plinth schema`, `plinth deploy` and `plinth data`. */
export interface SchemaReport {
  /** The id of the backend in the lock file. */
  readonly backend: string;
  /** The name of its stack. */
  readonly stack: string;
  /** Undefined for a backend whose schema is not compared. */
  readonly lockFile?: string;
  /** The lock file has no entry for the backend. */
  readonly isNew: boolean;
  readonly schema: BackendSchema;
  readonly changes: readonly SchemaChange[];
  readonly allowed: readonly string[];
  readonly models: Readonly<Record<string, CompiledModel>>;
}

/** The end of the name of a report. */
export const reportSuffix = '.plinth-schema.json';

/** What is defined, and how much of it may change. */
export interface SchemaGateProps {
  readonly lockFile: string | undefined;
  readonly allow: readonly string[];
  readonly models: Readonly<Record<string, CompiledModel>>;
  readonly schemas: Readonly<Record<string, ModelSchema>>;
  /** The constructs that hold the records, by model. */
  readonly tables: Readonly<Record<string, Construct>>;
}

const propertyOf = (resource: CfnResource, name: string): unknown =>
  (resource as unknown as Readonly<Record<string, unknown>>)[name.charAt(0).toLowerCase() + name.slice(1)];

/** The resources of a backend that hold data. Those that are given to it are looked after elsewhere. */
const resourcesOf = (scope: Construct, { models, tables }: SchemaGateProps): Readonly<Record<string, ResourceSchema>> => {
  const stack = Stack.of(scope);
  const holds = new Map(
    Object.entries(tables).map(([name, table]) => [table.node.defaultChild, recordsOf(models[name]?.storedAs ?? name)]),
  );
  const found = scope.node
    .findAll()
    .filter((child): child is CfnResource => CfnResource.isCfnResource(child) && child.cfnResourceType in statefulTypes);
  return Object.fromEntries(
    found.map((resource) => {
      const { cfnResourceType: type } = resource;
      const immutable = (statefulTypes[type] ?? []).map((name) => [name, stack.resolve(propertyOf(resource, name))]);
      const schema: ResourceSchema = {
        type,
        holds:
          holds.get(resource) ?? `${resource.node.path.slice(scope.node.path.length + 1).replace(/\/Resource$/, '')}, a ${typeName(type)}`,
        immutable: Object.fromEntries(immutable.filter(([, value]) => value !== undefined)),
      };
      return [stack.resolve(resource.logicalId) as string, schema];
    }),
  );
};

/** What `-c allow=drop-model:Note,drop-index:Note.byState` names. */
const allowedByContext = (scope: Construct): readonly string[] => {
  const allow: unknown = scope.node.tryGetContext('allow');
  return typeof allow === 'string' ? allow.split(',').map((name) => name.trim()) : [];
};

const describe = ({ name, what, advice }: SchemaChange): string =>
  `${what}. ${advice} To do it all the same: allow: ['${name}'] of the Backend, or -c allow=${name}`;

/** Compares the definition with the lock file when the app is synthesized, and refuses what would lose stored data. */
export class SchemaGate {
  readonly #scope: Construct;
  readonly #props: SchemaGateProps;

  constructor(scope: Construct, props: SchemaGateProps) {
    this.#scope = scope;
    this.#props = props;
    // Not before synth, so that a logical id is seen that was overridden after the backend was made.
    scope.node.addValidation({ validate: () => this.#validate() });
  }

  #validate(): string[] {
    const report = this.#report();
    this.#write(report);
    const { changes, allowed } = report;
    return changes.filter(({ isRefused, name }) => isRefused && !allowed.includes(name)).map(describe);
  }

  #report(): SchemaReport {
    const { lockFile, allow, models, schemas } = this.#props;
    const { node } = this.#scope;
    const schema: BackendSchema = { models: schemas, resources: resourcesOf(this.#scope, this.#props) };
    const accepted = lockFile === undefined ? undefined : readSchemaLock(lockFile).backends[node.id];
    // Through JSON, as the lock file has been.
    const present = JSON.parse(sortedJson(schema)) as BackendSchema;
    return {
      backend: node.id,
      stack: Stack.of(this.#scope).stackName,
      ...(lockFile !== undefined && { lockFile }),
      isNew: accepted === undefined,
      schema: present,
      changes: accepted === undefined ? [] : compareSchemas(accepted, present),
      allowed: [...allow, ...allowedByContext(this.#scope)],
      models,
    };
  }

  #write(report: SchemaReport): void {
    const outdir = Stage.of(this.#scope)?.outdir;
    if (outdir === undefined) return;
    mkdirSync(outdir, { recursive: true });
    writeFileSync(join(outdir, `${this.#scope.node.addr}${reportSuffix}`), `${JSON.stringify(report)}\n`);
  }
}

/** Tells that nothing was accepted yet. */
export const warnOfUnaccepted = (scope: Construct, lockFile: string): void => {
  Annotations.of(scope).addWarningV2(
    'plinth:schema',
    `${lockFile} knows nothing of this backend, so that no change is refused: run "plinth schema accept"`,
  );
};
