import { ApiDestination, Connection, EventField, HttpMethod, type IEventBus, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { ApiDestination as ApiDestinationTarget, SqsQueue } from 'aws-cdk-lib/aws-events-targets';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { type BodyTemplate, redriveSource } from '../../contracts/event-destinations.ts';
import { createDeadLetters } from '../api/work-queue.ts';
import { type CompiledDestination, isPlace, pathOf } from './compile-destination.ts';
import { connectionParts } from './destination-connection.ts';
import type { Pattern } from './event-pattern.ts';
import { longestDelivery, maxMessageBytes, toCdk } from './subscribe.ts';

/** An API that events are sent to. */
export interface EventDestination {
  readonly rule: Rule;
  readonly destination: ApiDestination;
  /** Events that the API did not take, each as it was on the bus. */
  readonly deadLetters: Queue;
}

export interface CreateDestinationProps {
  readonly bus: IEventBus;
  readonly pattern: Pattern;
  /** The same without `when`. */
  readonly everything: Pattern;
  readonly compiled: CompiledDestination;
}

const fieldsIn = (template: BodyTemplate): unknown => {
  if (isPlace(template)) return EventField.fromPath(pathOf(template.path));
  if (Array.isArray(template)) return template.map(fieldsIn);
  if (typeof template !== 'object' || template === null) return template;
  return Object.fromEntries(Object.entries(template).map(([name, value]) => [name, fieldsIn(value)]));
};

const inputOf = ({ body }: CompiledDestination): RuleTargetInput => {
  if (body === 'event') return RuleTargetInput.fromEventPath('$.detail');
  return isPlace(body) ? RuleTargetInput.fromEventPath(pathOf(body.path)) : RuleTargetInput.fromObject(fieldsIn(body));
};

interface Branch extends Pattern {
  readonly detail?: { readonly data?: Pattern };
}

/** What is sent once more matches as well, whatever it is. */
const branchesOf = ({ source, $or: branches, ...rest }: Pattern, name: string): readonly Branch[] => [
  ...(Array.isArray(branches) ? branches : [{}]).map((branch: Branch): Branch => ({ source, ...rest, ...branch })),
  { source: [redriveSource], 'detail-type': [name] },
];

/** Only events that say this of whether their records were left out. */
const whereTruncated = (branches: readonly Branch[], truncated: readonly unknown[]): readonly Branch[] =>
  branches.map((branch) => ({ ...branch, detail: { ...branch.detail, data: { ...branch.detail?.data, truncated } } }));

/** Has EventBridge call an API with matching events. What it does not take for a day, or refuses, is put aside. */
export const createDestination = (
  scope: Construct,
  id: string,
  { bus, pattern, everything, compiled }: CreateDestinationProps,
): EventDestination => {
  const inside = new Construct(scope, id);
  const { endpoint, method, ratePerSecond, secretRevision, places, headers, query, authorization, takesImages } = compiled;
  const deadLetters = createDeadLetters(inside, 'DeadLetters', { maxMessageSizeBytes: maxMessageBytes });
  const connection = new Connection(inside, 'Connection', {
    ...connectionParts(authorization),
    description: `Plinth: ${authorization.secretName}, revision ${secretRevision}`,
  });
  const destination = new ApiDestination(inside, 'Api', {
    ...{ connection, endpoint, httpMethod: HttpMethod[method], rateLimitPerSecond: ratePerSecond },
  });
  const rule = new Rule(inside, 'Rule', {
    eventBus: bus,
    eventPattern: toCdk({ $or: takesImages ? whereTruncated(branchesOf(pattern, id), [{ exists: false }]) : branchesOf(pattern, id) }),
    targets: [
      new ApiDestinationTarget(destination, {
        ...{ event: inputOf(compiled), deadLetterQueue: deadLetters, ...longestDelivery },
        ...(places.length > 0 && { pathParameterValues: places.map(pathOf) }),
        ...(Object.keys(headers).length > 0 && { headerParameters: headers }),
        ...(Object.keys(query).length > 0 && { queryStringParameters: query }),
      }),
    ],
  });
  if (takesImages) {
    // Holes in the place of values would overwrite what the API has.
    new Rule(inside, 'Truncated', {
      eventBus: bus,
      eventPattern: toCdk({ $or: whereTruncated(branchesOf(everything, id), [true]) }),
      targets: [new SqsQueue(deadLetters)],
    });
  }
  return { rule, destination, deadLetters };
};
