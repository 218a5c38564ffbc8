import { generatedName } from '../../template/stable-id.ts';
import type { LocalServiceType, ResourceIdentity, TemplateResource } from '../service.ts';
import { FIFO_SUFFIX } from './queue.ts';
import { SqsService } from './sqs-service.ts';

const MAX_NAME_LENGTH = 80;

/** Simple Queue Service: the queues of the template, whose messages survive a crash. */
export const sqs = {
  signingName: 'sqs',
  resourceTypes: ['AWS::SQS::Queue'],
  identify: (resource, { partition, region, accountId }, { endpointUrl }): ResourceIdentity => {
    const name = nameOf(resource);
    const url = `${endpointUrl}/${accountId}/${name}`;
    return { ref: url, attributes: { Arn: `arn:${partition}:sqs:${region}:${accountId}:${name}`, QueueName: name, QueueUrl: url } };
  },
  start: async (resources, context) => new SqsService(resources, context),
} satisfies LocalServiceType;

function nameOf(resource: TemplateResource): string {
  const { QueueName, FifoQueue } = resource.properties;
  if (typeof QueueName === 'string') return QueueName;
  const suffix = FifoQueue === true || FifoQueue === 'true' ? FIFO_SUFFIX : '';
  return generatedName(resource, MAX_NAME_LENGTH - suffix.length) + suffix;
}
