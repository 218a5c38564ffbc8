import { generatedName } from '../../template/stable-id.ts';
import type { LocalServiceType, ResourceIdentity } from '../service.ts';
import { FirehoseService } from './firehose-service.ts';

const MAX_NAME_LENGTH = 64;

/** Amazon Data Firehose: what is put into a stream lies in a bucket when enough of it, or enough time, has come together. */
export const firehose = {
  signingName: 'firehose',
  resourceTypes: ['AWS::KinesisFirehose::DeliveryStream'],
  identify: (resource, { partition, region, accountId }): ResourceIdentity => {
    const own = resource.properties['DeliveryStreamName'];
    const name = typeof own === 'string' ? own : generatedName(resource, MAX_NAME_LENGTH);
    return { ref: name, attributes: { Arn: `arn:${partition}:firehose:${region}:${accountId}:deliverystream/${name}` } };
  },
  start: async (resources, context) => new FirehoseService(resources, context),
} satisfies LocalServiceType;
