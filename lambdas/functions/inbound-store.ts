import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { InboundDelivery } from '../../contracts/inbound.ts';
import { variables } from '../../contracts/variables.ts';
import { requiredVariable } from '../runtime/environment.ts';

const Bucket = requiredVariable(variables.inboundBucket);
const client = new S3Client({
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
});

/** As `body` of an event is made: what the JSON says, else the text. */
const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

/** Bodies of inbound webhooks, also those that are too large for an event. */
export const createInbound = () => ({
  body: async ({ body, stored }: InboundDelivery): Promise<unknown> => {
    if (stored === undefined) return body;
    const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: stored.key }));
    return parse((await Body?.transformToString()) ?? '');
  },
});
