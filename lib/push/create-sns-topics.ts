import { Stack } from 'aws-cdk-lib';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import type { CompiledPush } from '../../contracts/compiled.ts';
import { everyone, snsTopicArn } from '../../contracts/push-table.ts';

/** The SNS topics of a definition. */
export interface SnsTopics {
  /** What all their ARNs begin with. */
  readonly arnPrefix: string;
  /** By topic, then by language. */
  readonly topics: Readonly<Record<string, Readonly<Record<string, Topic>>>>;
}

/**
 * One SNS topic for each topic and language, and for `all`. They take requests over TLS only. They are not encrypted with a key of
 * KMS: what is published leaves for Apple and Google at once, nothing of it is kept, and each publish would be billed a second time.
 *
 * @param name what names in the account begin with
 */
export const createSnsTopics = (scope: Construct, { topics, locales }: CompiledPush, name: string): SnsTopics => {
  const inside = new Construct(scope, 'Topics');
  const namePrefix = `${name}-`;
  const create = (topic: string): Readonly<Record<string, Topic>> =>
    Object.fromEntries(
      locales.map((locale) => {
        const topicName = snsTopicArn(namePrefix, topic, locale);
        return [locale, new Topic(inside, `${topic}-${locale}`, { topicName, enforceSSL: true })];
      }),
    );
  return {
    arnPrefix: Stack.of(scope).formatArn({ service: 'sns', resource: namePrefix }),
    topics: Object.fromEntries([everyone, ...Object.keys(topics)].map((topic) => [topic, create(topic)])),
  };
};
