import { generatedName } from '../../template/stable-id.ts';
import type { LocalServiceType, ResourceIdentity, TemplateResource } from '../service.ts';
import { snsArn } from './sns-names.ts';
import { SnsService } from './sns-service.ts';
import { subscriptionArn } from './template-topics.ts';

const MAX_NAME_LENGTH = 256;

/** Simple Notification Service: topics, and the devices of platform applications. */
export const sns = {
  signingName: 'sns',
  resourceTypes: ['AWS::SNS::Topic', 'AWS::SNS::Subscription'],
  identify: (resource, account): ResourceIdentity => {
    if (resource.type === 'AWS::SNS::Subscription') {
      const arn = subscriptionArn(String(resource.properties['TopicArn']), resource);
      return { ref: arn, attributes: { Arn: arn } };
    }
    const name = nameOf(resource);
    const arn = snsArn(account, name);
    return { ref: arn, attributes: { TopicArn: arn, TopicName: name } };
  },
  start: async (resources, context) => new SnsService(resources, context),
} satisfies LocalServiceType;

function nameOf(resource: TemplateResource): string {
  const { TopicName, FifoTopic } = resource.properties;
  if (typeof TopicName === 'string') return TopicName;
  const suffix = FifoTopic === true || FifoTopic === 'true' ? '.fifo' : '';
  return generatedName(resource, MAX_NAME_LENGTH - suffix.length) + suffix;
}
