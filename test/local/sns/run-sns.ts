import { SNSClient } from '@aws-sdk/client-sns';
import { DeleteMessageCommand, type Message, ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import type { LocalOptions } from '../../../local/local-backend.ts';
import type { TemplateResources } from '../../support/write-assembly.ts';
import { type QueueRun, runQueues, until } from '../sqs/run-sqs.ts';

export interface TopicRun extends QueueRun {
  readonly sns: SNSClient;
  readonly topic: (name: string) => string;
  /** The next message of a queue, which is deleted. */
  take(queue: string): Promise<Message>;
  /** The pushes to a device, oldest first. */
  pushes(token: string): Record<string, unknown>[];
  /** Tells the platforms what to answer. */
  fail(failure: object): Promise<Response>;
}

/** Starts a backend of these resources and SDK clients of the account's root. */
export async function runTopics(resources: TemplateResources, options: Partial<LocalOptions> = {}): Promise<TopicRun> {
  const run = await runQueues(resources, options);
  const { endpointUrl: endpoint, region, credentials, inbox } = run.backend;
  const sns = new SNSClient({ endpoint, region, credentials, maxAttempts: 1 });
  return {
    ...run,
    sns,
    topic: (name) => `arn:aws:sns:eu-central-1:123456789012:${name}`,
    take: (queue) =>
      until(async () => {
        const input = { QueueUrl: run.url(queue), MessageAttributeNames: ['All'], WaitTimeSeconds: 1 };
        const { Messages: [message] = [] } = await run.sqs.send(new ReceiveMessageCommand(input));
        if (message !== undefined)
          await run.sqs.send(new DeleteMessageCommand({ QueueUrl: run.url(queue), ReceiptHandle: message.ReceiptHandle }));
        return message;
      }),
    pushes: (token) =>
      inbox
        .list(token)
        .filter(({ channel }) => channel === 'push')
        .map(({ body }) => JSON.parse(body) as Record<string, unknown>)
        .reverse(),
    fail: (failure) => fetch(`${endpoint}/_plinth/push-failures`, { method: 'PUT', body: JSON.stringify(failure) }),
    async close() {
      sns.destroy();
      await run.close();
    },
  };
}

/** A policy that lets a service of AWS do this for the resources of the account. */
export const letService = (service: string, Action: string, Resource: unknown) => ({
  Version: '2012-10-17',
  Statement: [
    {
      ...{ Effect: 'Allow', Principal: { Service: service }, Action, Resource },
      Condition: { StringEquals: { 'aws:SourceAccount': '123456789012' } },
    },
  ],
});
