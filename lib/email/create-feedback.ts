import { ArnFormat, Stack } from 'aws-cdk-lib';
import { ConfigurationSet, ConfigurationSetEventDestination, EmailSendingEvent, EventDestination } from 'aws-cdk-lib/aws-ses';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { SqsSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import type { WorkQueue } from '../api/work-queue.ts';

/** What e-mails are sent with, so that SES tells of their bounces and complaints. */
export interface Feedback {
  readonly configurationSet: ConfigurationSet;
  readonly configurationSetArn: string;
  readonly topic: Topic;
}

/** How SES tells of bounces and complaints: by a configuration set on a topic, and from there on the queue. */
export const createFeedback = (scope: Construct, feedback: WorkQueue): Feedback => {
  const inside = new Construct(scope, 'Ses');
  const topic = new Topic(inside, 'Topic', { enforceSSL: true });
  topic.addSubscription(new SqsSubscription(feedback.queue, { rawMessageDelivery: true }));
  const configurationSet = new ConfigurationSet(inside, 'ConfigurationSet', {
    reputationMetrics: true,
    // Ours says whom nothing is sent to. That of the account would hold back silently what ours has opened again.
    disableSuppressionList: true,
  });
  // It lets SES publish on the topic, for this configuration set only.
  new ConfigurationSetEventDestination(inside, 'Feedback', {
    configurationSet,
    destination: EventDestination.snsTopic(topic),
    events: [EmailSendingEvent.BOUNCE, EmailSendingEvent.COMPLAINT],
  });
  const configurationSetArn = Stack.of(scope).formatArn({
    service: 'ses',
    resource: 'configuration-set',
    resourceName: configurationSet.configurationSetName,
    arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
  });
  return { configurationSet, configurationSetArn, topic };
};
