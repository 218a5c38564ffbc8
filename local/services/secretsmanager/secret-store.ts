import { randomUUID } from 'node:crypto';
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { ResolvedResource } from '../service.ts';
import { type GenerateSecretString, generateSecret } from './generate-secret.ts';

/** One value of a secret; the stages say which one is current. */
export interface SecretVersion {
  readonly versionId: string;
  readonly stages: readonly string[];
  readonly createdAt: number;
  readonly secretString?: string;
  /** Base64. */
  readonly secretBinary?: string;
}

export interface Secret {
  readonly arn: string;
  readonly name: string;
  readonly description?: string;
  /** What the template said when the first version was made: when it says something else, there is a new value. */
  readonly source: string;
  readonly versions: readonly SecretVersion[];
}

export type SecretValue = Pick<SecretVersion, 'secretString' | 'secretBinary'>;

/** The secrets of a run, in a file that only its owner may read, or in memory. */
export class SecretStore {
  readonly #file: string | undefined;
  readonly #secrets: Map<string, Secret>;
  #values: readonly string[] | undefined;

  constructor(folder: string | undefined) {
    this.#file = folder && join(folder, 'secrets.json');
    const stored = this.#file !== undefined && existsSync(this.#file) ? (JSON.parse(readFileSync(this.#file, 'utf8')) as Secret[]) : [];
    this.#secrets = new Map(stored.map((secret) => [secret.arn, secret]));
  }

  /**
   * Brings the secrets in line with the template. A generated value stays the same until its rules change. A secret of which the
   * template gives neither a value nor rules has none until somebody puts one ("AWS::SecretsManager::Secret", GenerateSecretString).
   */
  apply(resources: readonly ResolvedResource[], now: number): void {
    for (const resource of resources) {
      const { SecretString, GenerateSecretString: rules, Description } = resource.properties;
      const source = JSON.stringify([SecretString, rules]);
      if (this.#secrets.get(resource.ref)?.source === source) continue;
      const secret: Secret = {
        arn: resource.ref,
        name: resource.attributes['Name'] ?? resource.ref,
        ...(typeof Description === 'string' && { description: Description }),
        source,
        versions: this.#secrets.get(resource.ref)?.versions ?? [],
      };
      if (typeof SecretString === 'string') this.put(secret, { secretString: SecretString }, { now });
      else if (rules !== undefined) this.put(secret, { secretString: generateSecret(rules as GenerateSecretString) }, { now });
      else this.#add(secret);
    }
  }

  /** Adds a secret that no template names, without a value. */
  create(secret: Pick<Secret, 'arn' | 'name' | 'description'>): Secret {
    const created: Secret = { ...secret, source: '', versions: [] };
    this.#add(created);
    return created;
  }

  /** By ARN, by ARN without the six characters at its end, or by name. */
  find(id: string): Secret | undefined {
    return this.#secrets.get(id) ?? [...this.#secrets.values()].find(({ arn, name }) => name === id || arn.slice(0, -7) === id);
  }

  list(): readonly Secret[] {
    return [...this.#secrets.values()];
  }

  /** The texts of all versions; another array when there are others. */
  values(): readonly string[] {
    this.#values ??= this.list()
      .flatMap(({ versions }) => versions)
      .flatMap(({ secretString, secretBinary }) => [
        ...(secretString === undefined ? [] : [secretString]),
        ...(secretBinary === undefined ? [] : [secretBinary, Buffer.from(secretBinary, 'base64').toString()]),
      ]);
    return this.#values;
  }

  /** Adds a version and makes it the current one. */
  put(secret: Secret, value: SecretValue, { now, versionId = randomUUID() }: { now: number; versionId?: string }): SecretVersion {
    const added: SecretVersion = { versionId, stages: ['AWSCURRENT'], createdAt: now, ...value };
    const earlier = secret.versions.flatMap((version): SecretVersion[] => {
      if (version.stages.includes('AWSCURRENT')) return [{ ...version, stages: ['AWSPREVIOUS'] }];
      return version.stages.includes('AWSPREVIOUS') ? [] : [version];
    });
    this.#add({ ...secret, versions: [added, ...earlier] });
    return added;
  }

  #add(secret: Secret): void {
    this.#secrets.set(secret.arn, secret);
    this.#values = undefined;
    this.#save();
  }

  /** Written beside the old file and put in its place, so that a crash leaves one of the two. */
  #save(): void {
    if (this.#file === undefined) return;
    const next = `${this.#file}.next`;
    const descriptor = openSync(next, 'w', 0o600);
    writeSync(descriptor, JSON.stringify([...this.#secrets.values()]));
    fsyncSync(descriptor);
    closeSync(descriptor);
    renameSync(next, this.#file);
  }
}
