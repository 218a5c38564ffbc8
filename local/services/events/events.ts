import { generatedName, stableId } from '../../template/stable-id.ts';
import type { LocalServiceType, ResourceIdentity, TemplateResource } from '../service.ts';
import { EventsService } from './events-service.ts';
import { busNameOf, eventsArn, ruleArn } from './rule.ts';

const MAX_NAME_LENGTH = 64;
const MAX_ARCHIVE_NAME_LENGTH = 48;
/** What is called by HTTP, by the word in its ARN. */
const CALLED: Readonly<Record<string, string>> = {
  'AWS::Events::ApiDestination': 'api-destination',
  'AWS::Events::Connection': 'connection',
};

/** EventBridge: buses, rules by pattern and by schedule, archives, API destinations with their connections. */
export const events = {
  signingName: 'events',
  resourceTypes: [
    'AWS::Events::EventBus',
    'AWS::Events::Rule',
    'AWS::Events::Archive',
    'AWS::Events::ApiDestination',
    'AWS::Events::Connection',
  ],
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
    const kind = CALLED[type];
    if (kind !== undefined) {
      const arn = eventsArn(account, `${kind}/${name}`);
      return { ref: name, attributes: { Arn: `${arn}/${stableUuid(resource)}`, ArnForPolicy: arn } };
    }
    return { ref: name, attributes: { Arn: eventsArn(account, `event-bus/${name}`), Name: name } };
  },
  start: async (resources, context) => new EventsService(resources, context),
} satisfies LocalServiceType;

/** What AWS puts behind the names of what is called, always the same for a resource. */
const stableUuid = (resource: TemplateResource): string =>
  stableId(resource, 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');

const nameOf = (own: unknown, generated: string): string => (typeof own === 'string' ? own : generated);
