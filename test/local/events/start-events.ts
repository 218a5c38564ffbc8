import { events } from '../../../local/services/events/events.ts';
import type { EventsService } from '../../../local/services/events/events-service.ts';
import type { LocalService } from '../../../local/services/service.ts';
import { createContext } from '../lambda/run-functions.ts';

const account = { accountId: '123456789012', region: 'eu-central-1', partition: 'aws' };

/** EventBridge alone, with one rule that sends to a queue, kept in a folder. Without a queue its events wait. */
export async function startEvents(folder: string, sqs?: LocalService): Promise<EventsService> {
  const Targets = [{ Id: 'Queue', Arn: 'arn:aws:sqs:eu-central-1:123456789012:jobs' }];
  const properties = { Name: 'all', EventPattern: { source: ['test'] }, Targets };
  const declared = { logicalId: 'All', stackName: 'Test', type: 'AWS::Events::Rule', properties };
  const { context } = createContext({ folder, service: (name) => (name === 'sqs' ? sqs : undefined) });
  return events.start([{ ...declared, ...events.identify(declared, account) }], context);
}
