import type { LocalLog } from '../log.ts';
import type { InvokeResult, LocalService, ResolvedResource, ResourceIdentity } from '../services/service.ts';
import { StartError } from '../start-error.ts';
import type { ResolvedAssembly } from '../template/resolve-assembly.ts';
import type { CustomResourceAnswers } from './custom-resource-answers.ts';
import type { CustomResourceStore } from './custom-resource-store.ts';
import { CustomResources } from './custom-resources.ts';

export interface SettleParts {
  readonly store: CustomResourceStore;
  readonly answers: CustomResourceAnswers;
  readonly log: LocalLog;
  /** Resolves the assembly again, now that more is known, and tells everybody who follows its policies. */
  resolve(results: ReadonlyMap<string, ResourceIdentity>): ResolvedAssembly;
  /** Starts functions that only custom resources call: the events of the run wait until everything is there. */
  startFunctions(resources: readonly ResolvedResource[]): Promise<LocalService>;
}

/**
 * Runs the custom resources that are new or have changed, each after those that it needs, and removes those that have left.
 *
 * @returns the assembly with all their values in it
 * @throws StartError when one of them fails
 * @throws TemplateError when a value can never be known
 */
export async function settleCustomResources(first: ResolvedAssembly, parts: SettleParts): Promise<ResolvedAssembly> {
  const functions = new ProvisionalFunctions(parts);
  const { store, answers, log } = parts;
  const custom = new CustomResources(store, { answers, log, invoke: (arn, payload) => functions.invoke(arn, payload) });
  let resolved = first;
  try {
    for (let ready = custom.ready(first.custom); ready.length > 0; ready = custom.ready(resolved.custom)) {
      await functions.serve(resolved.resources);
      const outcomes = await Promise.allSettled(ready.map((resource) => custom.apply(resource)));
      for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
      resolved = parts.resolve(custom.results);
    }
    assertSettled(resolved, custom.results);
    if (custom.retire(resolved.custom)) {
      await functions.serve(resolved.resources);
      const arns = new Set(resolved.resources.map(({ attributes }) => attributes['Arn']));
      await custom.remove((arn) => arns.has(arn));
    }
    return resolved;
  } finally {
    await functions.end();
  }
}

function assertSettled({ pending, custom }: ResolvedAssembly, results: ReadonlyMap<string, ResourceIdentity>): void {
  const [waiting] = pending;
  if (waiting !== undefined) throw waiting.reason;
  const open = custom.filter(({ key }) => !results.has(key)).map(({ key }) => key);
  if (open.length === 0) return;
  throw new StartError(
    `These custom resources wait for each other: ${open.join(', ')}.`,
    'Break the circle: CloudFormation refuses it too.',
  );
}

/** Functions as far as the template is known; they start when the first one is called. */
class ProvisionalFunctions {
  readonly #parts: SettleParts;
  #resources: readonly ResolvedResource[] = [];
  #service: Promise<LocalService> | undefined;

  constructor(parts: SettleParts) {
    this.#parts = parts;
  }

  async serve(resources: readonly ResolvedResource[]): Promise<void> {
    await this.end();
    this.#resources = resources;
  }

  async invoke(functionArn: string, payload: unknown): Promise<InvokeResult> {
    this.#service ??= this.#parts.startFunctions(this.#resources);
    const service = await this.#service;
    return service.invoke?.(functionArn, payload) ?? { payload: null };
  }

  async end(): Promise<void> {
    const service = this.#service;
    this.#service = undefined;
    await (await service)?.dispose();
  }
}
