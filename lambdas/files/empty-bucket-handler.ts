import { defineCustomResource, ResourceError, type ResourceOutcome, type ResourceProperties } from '../runtime/custom-resource.ts';
import { emptyPage, mayBeEmptied } from './emptied-bucket-store.ts';

const bucketOf = ({ BucketName: name }: ResourceProperties): string => {
  if (typeof name !== 'string') throw new ResourceError('The property BucketName is missing: give the name of the bucket');
  return name;
};

const note = async (properties: ResourceProperties): Promise<ResourceOutcome> => ({ physicalId: bucketOf(properties) });

/** CloudFormation deletes no bucket that holds objects. This is also asked of us where the bucket stays, since its stack is now of production. */
const empty = async (_properties: ResourceProperties, bucket: string): Promise<void> => {
  if (!(await mayBeEmptied(bucket))) return;
  while (!(await emptyPage(bucket)));
};

/** The function behind `Custom::PlinthEmptyBucket`: empties a bucket before the stack with it goes. */
export const handler = defineCustomResource({ create: note, update: note, remove: empty });
