import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Bucket, EventType } from 'aws-cdk-lib/aws-s3';
import { LambdaDestination, SqsDestination } from 'aws-cdk-lib/aws-s3-notifications';
import { Queue } from 'aws-cdk-lib/aws-sqs';

/** Puts what it is told of under `copies/`, by hand, since an inline function has no SDK. */
const HANDLER = `
exports.handler = async (event) => {
  const { AWS_ACCESS_KEY_ID, AWS_SESSION_TOKEN, AWS_ENDPOINT_URL, AWS_REGION, BUCKET } = process.env;
  for (const { s3 } of event.Records) {
    const response = await fetch(AWS_ENDPOINT_URL + '/' + BUCKET + '/copies/' + s3.object.key, {
      method: 'PUT',
      headers: {
        authorization: 'AWS4-HMAC-SHA256 Credential=' + AWS_ACCESS_KEY_ID + '/20260101/' + AWS_REGION + '/s3/aws4_request, Signature=0',
        'x-amz-security-token': AWS_SESSION_TOKEN,
      },
      body: JSON.stringify(s3),
    });
    if (!response.ok) throw new Error(await response.text());
  }
};
`;

/** A bucket that tells a queue and a function, as CDK writes it. @returns the folder of the cloud assembly */
export function synthesizeBuckets(outdir: string): string {
  const app = new App({ outdir, analyticsReporting: false });
  const stack = new Stack(app, 'Buckets');
  const bucket = new Bucket(stack, 'Photos', { enforceSSL: true });
  const queue = new Queue(stack, 'Arrivals');
  const copies = new Bucket(stack, 'Copies');
  const handler = new LambdaFunction(stack, 'Handler', {
    ...{ runtime: Runtime.NODEJS_24_X, handler: 'index.handler', code: Code.fromInline(HANDLER) },
    environment: { BUCKET: copies.bucketName },
  });
  copies.grantPut(handler, 'copies/*');
  bucket.addEventNotification(EventType.OBJECT_CREATED, new SqsDestination(queue), { prefix: 'in/' });
  bucket.addEventNotification(EventType.OBJECT_CREATED, new LambdaDestination(handler), { suffix: '.png' });
  new CfnOutput(stack, 'Bucket', { value: bucket.bucketName });
  new CfnOutput(stack, 'CopiesBucket', { value: copies.bucketName });
  new CfnOutput(stack, 'QueueUrl', { value: queue.queueUrl });
  new CfnOutput(stack, 'Domain', { value: bucket.bucketRegionalDomainName });
  return app.synth().directory;
}
