import type { ResolvedResource } from '../service.ts';

/** Where a configuration set tells of what becomes of e-mails. */
export interface EventDestination {
  readonly topicArn: string;
  /** As in events: `Bounce`, `Complaint`, `Delivery`, … */
  readonly types: ReadonlySet<string>;
}

/** The template's names of event types are those of API v1. */
const eventType = (name: string): string => {
  const upper = name.charAt(0).toUpperCase() + name.slice(1);
  return upper === 'RenderingFailure' ? 'Rendering Failure' : upper;
};

const readDestination = ({ properties }: ResolvedResource): readonly EventDestination[] => {
  const { Enabled, MatchingEventTypes = [], SnsDestination } = Object(properties['EventDestination']);
  const topicArn = Object(SnsDestination)['TopicARN'];
  if (Enabled === false || typeof topicArn !== 'string') return [];
  return [{ topicArn, types: new Set((MatchingEventTypes as string[]).map(eventType)) }];
};

/** The configuration sets of the template by name, with where they tell of e-mails. */
export const readConfigurationSets = (resources: readonly ResolvedResource[]): ReadonlyMap<string, readonly EventDestination[]> => {
  const destinations = resources.filter(({ type }) => type === 'AWS::SES::ConfigurationSetEventDestination');
  const sets = resources.filter(({ type }) => type === 'AWS::SES::ConfigurationSet');
  return new Map(
    sets.map(({ ref }) => [
      ref,
      destinations.filter(({ properties }) => properties['ConfigurationSetName'] === ref).flatMap(readDestination),
    ]),
  );
};
