import { AwsError, type LocalAccount, type LocalContext, type ResolvedResource } from '../service.ts';
import { FunctionCode } from './function-code.ts';
import { readFunction, record, text } from './function-definition.ts';
import { FunctionPool } from './function-pool.ts';
import { functionArn } from './identify-lambda.ts';

/** The functions of a run, found by name, ARN, version or alias. */
export class FunctionDirectory {
  readonly #functions: ReadonlyMap<string, FunctionPool>;
  /** By qualified ARN. */
  readonly #qualified: ReadonlySet<string>;
  readonly #account: LocalAccount;
  readonly #code: FunctionCode;

  constructor(resources: readonly ResolvedResource[], context: LocalContext) {
    this.#account = context.account;
    const layers = new Map(
      resources
        .filter(ofType('AWS::Lambda::LayerVersion'))
        .map(({ ref, properties }) => [ref, text(record(properties['Content'])['S3Key']) ?? '']),
    );
    this.#code = new FunctionCode(context, layers);
    this.#functions = new Map(
      resources.filter(ofType('AWS::Lambda::Function')).map((resource) => {
        const definition = readFunction(resource);
        const elsewhere = definition.layers.filter((arn) => !layers.has(arn));
        if (elsewhere.length > 0) context.log.warn('lambda', `${definition.name} has layers that are not here: ${elsewhere.join(', ')}`);
        return [definition.arn, new FunctionPool(definition, context, this.#code)];
      }),
    );
    this.#qualified = new Set(
      resources
        .filter((resource) => ofType('AWS::Lambda::Version')(resource) || ofType('AWS::Lambda::Alias')(resource))
        .flatMap((resource) => [
          resource.ref,
          // The template may name the function by its name; requests may use its ARN.
          `${functionArn(text(resource.properties['FunctionName']) ?? '', context.account)}:${resource.ref.split(':').at(-1)}`,
        ]),
    );
  }

  list(): readonly FunctionPool[] {
    return [...this.#functions.values()];
  }

  /**
   * @param reference a name, `name:qualifier`, an ARN with or without qualifier, or `account:function:name`
   * @throws AwsError `ResourceNotFoundException`
   */
  find(reference: string, qualifier?: string): FunctionPool {
    const [, name = reference, ownQualifier] =
      /^(?:arn:[\w-]+:lambda:[\w-]+:)?(?:\d{12}:)?(?:function:)?([\w-]+)(?::([\w$-]+))?$/.exec(reference) ?? [];
    const arn = functionArn(name, this.#account);
    const wanted = qualifier ?? ownQualifier ?? '$LATEST';
    const found = this.#functions.get(arn);
    if (found === undefined || (wanted !== '$LATEST' && !this.#qualified.has(`${arn}:${wanted}`))) {
      const missing = wanted === '$LATEST' ? arn : `${arn}:${wanted}`;
      throw new AwsError('ResourceNotFoundException', `Function not found: ${missing}`, { status: 404, members: { Type: 'User' } });
    }
    return found;
  }

  /** @returns the names of the functions that run from these folders now */
  async replaceCode(folders: ReadonlyMap<string, string>): Promise<readonly string[]> {
    for (const [s3Key, folder] of folders) this.#code.replace(s3Key, folder);
    const affected = this.list().filter(({ definition: { code } }) => code !== undefined && 's3Key' in code && folders.has(code.s3Key));
    await Promise.all(affected.map((pool) => pool.reload()));
    return affected.map(({ definition }) => definition.name);
  }

  /** Waits for running invocations, at most so long; then ends every environment. */
  async drain(graceMs: number): Promise<void> {
    await Promise.all(this.list().map((pool) => pool.dispose(graceMs)));
  }

  async dispose(): Promise<void> {
    await this.#code.dispose();
  }
}

const ofType =
  (type: string) =>
  (resource: ResolvedResource): boolean =>
    resource.type === type;
