import { SQSClient } from '@aws-sdk/client-sqs';
import { type LocalBackend, type LocalOptions, startLocal } from '../../../local/local-backend.ts';
import { type TemplateResources, writeAssembly } from '../../support/write-assembly.ts';

export interface QueueRun {
  readonly backend: LocalBackend;
  readonly sqs: SQSClient;
  readonly url: (name: string) => string;
  readonly arn: (name: string) => string;
  close(): Promise<void>;
}

/** Starts a backend of these resources and an SDK client of the account's root. */
export async function runQueues(resources: TemplateResources, options: Partial<LocalOptions> = {}): Promise<QueueRun> {
  const backend = await startLocal({ assembly: writeAssembly(resources), ...options });
  const { endpointUrl: endpoint, region, credentials } = backend;
  const sqs = new SQSClient({ endpoint, region, credentials, maxAttempts: 1 });
  return {
    backend,
    sqs,
    url: (name) => `${endpoint}/123456789012/${name}`,
    arn: (name) => `arn:aws:sqs:eu-central-1:123456789012:${name}`,
    async close() {
      sqs.destroy();
      await backend.dispose();
    },
  };
}

export const queue = (QueueName: string, properties: object = {}) => ({
  Type: 'AWS::SQS::Queue',
  Properties: { QueueName, ...properties },
});

/** Waits until it is so, by the machine's time. */
export async function until<T>(ask: () => T | Promise<T>, ms = 60_000): Promise<Exclude<T, false | null | undefined>> {
  const end = performance.now() + ms;
  for (;;) {
    const answer = await ask();
    if (answer) return answer as Exclude<T, false | null | undefined>;
    if (performance.now() > end) throw new Error('it did not happen in time');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
