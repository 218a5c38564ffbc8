import type { ResourceIdentity } from '../services/service.ts';
import { StartError } from '../start-error.ts';
import type { CustomResource } from '../template/resolve-assembly.ts';
import {
  CustomResourceFailure,
  type CustomResourceParts,
  type CustomResourceSuccess,
  requestCustomResource,
} from './custom-resource-request.ts';
import type { CustomResourceStore, Removal, StoredCustomResource } from './custom-resource-store.ts';

/** Brings custom resources in line with the template, as CloudFormation does when it deploys. */
export class CustomResources {
  readonly #store: CustomResourceStore;
  readonly #parts: CustomResourceParts;
  readonly #done = new Map<string, ResourceIdentity>();

  constructor(store: CustomResourceStore, parts: CustomResourceParts) {
    this.#store = store;
    this.#parts = parts;
  }

  /** What `Ref` and `Fn::GetAtt` give for those that have been dealt with, by key. */
  get results(): ReadonlyMap<string, ResourceIdentity> {
    return this.#done;
  }

  /** Those that can run now: their values are known, and all that they come after is there. */
  ready(declared: readonly CustomResource[]): readonly CustomResource[] {
    return declared.filter(
      ({ key, properties, after }) => !this.#done.has(key) && properties !== undefined && after.every((other) => this.#done.has(other)),
    );
  }

  /** Whether the function of a resource would be asked: it is new, or its properties have changed since it last was. */
  isUnchanged({ key, type, properties }: CustomResource): boolean {
    const before = this.#store.get(key);
    return before?.type === type && JSON.stringify(before.properties) === JSON.stringify(asTexts(properties));
  }

  /**
   * Creates or updates a resource; does nothing when it is as the template wants it.
   *
   * @throws StartError naming the resource and the function's reason
   */
  async apply(resource: CustomResource): Promise<void> {
    const { key, logicalId, stackName, stackId, type } = resource;
    const before = this.#store.get(key);
    if (before !== undefined && this.isUnchanged(resource)) {
      this.#done.set(key, identityOf(before));
      return;
    }
    const wanted = { logicalId, stackName, stackId, type, properties: asTexts(resource.properties) as Record<string, unknown> };
    const update = before?.type === type ? before : undefined;
    const step =
      update === undefined
        ? ({ RequestType: 'Create' } as const)
        : ({ RequestType: 'Update', PhysicalResourceId: update.physicalId, OldResourceProperties: update.properties } as const);
    const stored: StoredCustomResource = { ...wanted, ...(await this.#ask(wanted, step)) };
    if (update === undefined) this.#store.leave(key);
    this.#store.put(key, stored);
    this.#done.set(key, identityOf(stored));
  }

  /** Takes note of what has left the template, the last made first. @returns whether anything is to be removed */
  retire(declared: readonly CustomResource[]): boolean {
    const kept = new Set(declared.map(({ key }) => key));
    for (const key of [...this.#store.all.keys()].reverse()) if (!kept.has(key)) this.#store.leave(key);
    return this.#store.removals.length > 0;
  }

  /**
   * Has replaced and left resources removed. As in a deployment, a removal that fails stops nothing: the next start tries again.
   *
   * @param exists whether a function is still in the template
   */
  async remove(exists: (functionArn: string) => boolean): Promise<void> {
    for (const removal of this.#store.removals) {
      const name = `${removal.stackName}/${removal.logicalId}`;
      if (!exists(String(removal.properties['ServiceToken']))) {
        this.#parts.log.warn('local', `${name} has left the template together with its function: nobody can remove ${removal.physicalId}`);
        this.#store.endRemoval(removal);
        continue;
      }
      await this.#remove(removal, name);
    }
  }

  async #remove(removal: Removal, name: string): Promise<void> {
    try {
      await requestCustomResource(removal, { RequestType: 'Delete', PhysicalResourceId: removal.physicalId }, this.#parts);
      this.#store.endRemoval(removal);
    } catch (error) {
      if (!(error instanceof CustomResourceFailure)) throw error;
      this.#parts.log.warn('local', `${removal.physicalId} of the custom resource ${name} could not be removed: ${error.message}`);
    }
  }

  async #ask(resource: Omit<Removal, 'physicalId'>, step: Parameters<typeof requestCustomResource>[1]): Promise<CustomResourceSuccess> {
    try {
      return await requestCustomResource(resource, step, this.#parts);
    } catch (cause) {
      if (!(cause instanceof CustomResourceFailure)) throw cause;
      throw new StartError(
        `The custom resource ${resource.stackName}/${resource.logicalId} (${resource.type}) failed at ${step.RequestType}: ${cause.message}.`,
        'Its function says why: mend what it names, then start again. A deployment would fail too.',
        { cause },
      );
    }
  }
}

/** CloudFormation sends booleans and numbers as texts. */
function asTexts(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(asTexts);
  if (typeof value !== 'object' || value === null) return String(value);
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, asTexts(member)]));
}

function identityOf({ physicalId, data }: StoredCustomResource): ResourceIdentity {
  return { ref: physicalId, attributes: Object.fromEntries(Object.entries(data).map(([name, value]) => [name, String(value)])) };
}
