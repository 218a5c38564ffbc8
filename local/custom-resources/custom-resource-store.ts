import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** A custom resource as its function left it. */
export interface StoredCustomResource {
  readonly logicalId: string;
  readonly stackName: string;
  readonly stackId: string;
  readonly type: string;
  /** As they were sent: every value is a text. */
  readonly properties: Readonly<Record<string, unknown>>;
  readonly physicalId: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A physical resource that nothing needs any more, and whose function has not removed it yet. */
export type Removal = Omit<StoredCustomResource, 'data'>;

interface State {
  readonly resources: Readonly<Record<string, StoredCustomResource>>;
  readonly removals: readonly Removal[];
}

/** What the custom resources of a run are, in a file that only its owner may read, or in memory. */
export class CustomResourceStore {
  readonly #file: string | undefined;
  readonly #resources: Map<string, StoredCustomResource>;
  #removals: readonly Removal[];

  constructor(folder: string | undefined) {
    this.#file = folder && join(folder, 'custom-resources.json');
    const stored = this.#file !== undefined && existsSync(this.#file) ? (JSON.parse(readFileSync(this.#file, 'utf8')) as State) : undefined;
    this.#resources = new Map(Object.entries(stored?.resources ?? {}));
    this.#removals = stored?.removals ?? [];
  }

  get(key: string): StoredCustomResource | undefined {
    return this.#resources.get(key);
  }

  /** In the order in which they were made. */
  get all(): ReadonlyMap<string, StoredCustomResource> {
    return this.#resources;
  }

  get removals(): readonly Removal[] {
    return this.#removals;
  }

  /** Keeps what a function answered. A physical resource that it replaced is to be removed later. */
  put(key: string, resource: StoredCustomResource): void {
    const before = this.#resources.get(key);
    if (before !== undefined && before.physicalId !== resource.physicalId) this.#removals = [...this.#removals, removalOf(before)];
    this.#resources.set(key, resource);
    this.#save();
  }

  /** A resource has left the template. */
  leave(key: string): void {
    const before = this.#resources.get(key);
    if (before === undefined) return;
    this.#resources.delete(key);
    this.#removals = [...this.#removals, removalOf(before)];
    this.#save();
  }

  endRemoval(removal: Removal): void {
    this.#removals = this.#removals.filter((other) => other !== removal);
    this.#save();
  }

  dump(): Record<string, unknown> {
    return Object.fromEntries(this.#resources);
  }

  /** Written beside the old file and put in its place, so that a crash leaves one of the two. */
  #save(): void {
    if (this.#file === undefined) return;
    const next = `${this.#file}.next`;
    const descriptor = openSync(next, 'w', 0o600);
    writeSync(descriptor, JSON.stringify({ resources: Object.fromEntries(this.#resources), removals: this.#removals } satisfies State));
    fsyncSync(descriptor);
    closeSync(descriptor);
    renameSync(next, this.#file);
  }
}

function removalOf({ data: _, ...removal }: StoredCustomResource): Removal {
  return removal;
}
