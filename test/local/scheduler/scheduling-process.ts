import { writeSync } from 'node:fs';
import { CreateScheduleCommand, SchedulerClient } from '@aws-sdk/client-scheduler';
import { startLocal } from '../../../local/local-backend.ts';

/** Creates schedules, half of them due at once, until it is killed, and prints the name of each one that was acknowledged. */
const [assembly, folder, first] = process.argv.slice(2) as [string, string, string];
const backend = await startLocal({ assembly, folder });
const client = new SchedulerClient({ region: 'us-east-1', endpoint: backend.endpointUrl, credentials: backend.credentials });

for (let n = Number(first); ; n += 1) {
  const name = `n${n}`;
  const time = new Date(Date.now() + (n % 2 === 0 ? 0 : 3_600_000)).toISOString().slice(0, 19);
  await client.send(
    new CreateScheduleCommand({
      Name: name,
      ScheduleExpression: `at(${time})`,
      FlexibleTimeWindow: { Mode: 'OFF' },
      ActionAfterCompletion: 'DELETE',
      Target: { Arn: backend.outputs['QueueArn'], RoleArn: backend.outputs['RoleArn'], Input: name },
    }),
  );
  writeSync(1, `${name}\n`);
}
