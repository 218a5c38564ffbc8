import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DeleteMessageCommand, ReceiveMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { CfnOutput } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Queue } from 'aws-cdk-lib/aws-sqs';
import { Clock } from '../../../local/clock.ts';
import { startLocal } from '../../../local/local-backend.ts';
import { synthesizeStack } from '../../support/synthesize-stack.ts';

/** How often the process is killed. */
const KILLS = Number(process.env['PLINTH_KILLS'] ?? 3);

const assembly = synthesizeStack('Durable', (stack) => {
  const queue = new Queue(stack, 'Queue');
  const role = new Role(stack, 'Role', { assumedBy: new ServicePrincipal('scheduler.amazonaws.com') });
  queue.grantSendMessages(role);
  new CfnOutput(stack, 'QueueUrl', { value: queue.queueUrl });
  new CfnOutput(stack, 'QueueArn', { value: queue.queueArn });
  new CfnOutput(stack, 'RoleArn', { value: role.roleArn });
});
const folder = mkdtempSync(join(tmpdir(), 'plinth-durable-'));

/** Lets a process create schedules for a moment and kills it. @returns the names that it got acknowledged */
async function createAndKill(first: number): Promise<string[]> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'scheduling-process.ts'), assembly, folder, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk;
  });
  await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
  await delay(50 + Math.random() * 200);
  child.kill('SIGKILL');
  await once(child, 'close');
  return output.split('\n').slice(0, -1);
}

it(`brings every acknowledged schedule to its target over ${KILLS} kills`, async () => {
  const acknowledged: string[] = [];
  for (let kill = 0; kill < KILLS; kill += 1) acknowledged.push(...(await createAndKill(kill * 10_000)));
  const clock = new Clock();
  clock.advance(7_200_000);
  const backend = await startLocal({ assembly, folder, clock });
  const sqs = new SQSClient({ region: 'us-east-1', endpoint: backend.endpointUrl, credentials: backend.credentials });
  const QueueUrl = backend.outputs['QueueUrl'];
  const missing = new Set(acknowledged);
  const until = Date.now() + 60_000;
  while (missing.size > 0 && Date.now() < until) {
    const { Messages = [] } = await sqs.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }));
    for (const { Body = '', ReceiptHandle } of Messages) {
      missing.delete(Body);
      await sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle }));
    }
  }
  await backend.dispose();
  expect(acknowledged.length).toBeGreaterThan(KILLS);
  expect([...missing]).toEqual([]);
});
