import { generatedName } from '../../template/stable-id.ts';
import type { LocalServiceType, ResourceIdentity } from '../service.ts';
import { EventsService } from './events-service.ts';
import { busNameOf, eventsArn, ruleArn } from './rule.ts';

const MAX_NAME_LENGTH = 64;
const MAX_ARCHIVE_NAME_LENGTH = 48;

/** EventBridge: buses, rules by pattern and by schedule, archives. */
export const events = {
  signingName: 'events',
  resourceTypes: ['AWS::Events::EventBus', 'AWS::Events::Rule', 'AWS::Events::Archive'],
  identify: (resource, account): ResourceIdentity => {
    const { type, properties } = resource;
    if (type === 'AWS::Events::Rule') {
      const name = nameOf(properties['Name'], generatedName(resource, MAX_NAME_LENGTH));
      const busName = busNameOf(properties['EventBusName']);
      return { ref: busName === 'default' ? name : `${busName}|${name}`, attributes: { Arn: ruleArn(account, busName, name) } };
    }
    if (type === 'AWS::Events::Archive') {
      const name = nameOf(properties['ArchiveName'], generatedName(resource, MAX_ARCHIVE_NAME_LENGTH));
      return { ref: name, attributes: { Arn: eventsArn(account, `archive/${name}`), ArchiveName: name } };
    }
    const name = nameOf(properties['Name'], generatedName(resource, MAX_NAME_LENGTH));
    return { ref: name, attributes: { Arn: eventsArn(account, `event-bus/${name}`), Name: name } };
  },
  start: async (resources, context) => new EventsService(resources, context),
} satisfies LocalServiceType;

const nameOf = (own: unknown, generated: string): string => (typeof own === 'string' ? own : generated);
