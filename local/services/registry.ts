import { apigateway } from './apigateway/apigateway.ts';
import { cloudfront } from './cloudfront/cloudfront.ts';
import { cognitoIdp } from './cognito-idp/cognito-idp.ts';
import { dynamodb } from './dynamodb/dynamodb.ts';
import { events } from './events/events.ts';
import { firehose } from './firehose/firehose.ts';
import { lambda } from './lambda/lambda.ts';
import { s3 } from './s3/s3.ts';
import { scheduler } from './scheduler/scheduler.ts';
import { secretsmanager } from './secretsmanager/secretsmanager.ts';
import type { LocalServiceType } from './service.ts';
import { ses } from './ses/ses.ts';
import { sns } from './sns/sns.ts';
import { sqs } from './sqs/sqs.ts';
import { ssm } from './ssm/ssm.ts';
import { sts } from './sts/sts.ts';

/** The services that functions call: they start before the endpoint opens. */
export const backingServices: readonly LocalServiceType[] = [
  sts,
  ssm,
  secretsmanager,
  dynamodb,
  cognitoIdp,
  s3,
  sqs,
  sns,
  ses,
  events,
  firehose,
];

/** The services that run code or let callers in: they start, in this order, when everything that the code may call is there. */
export const frontServices: readonly LocalServiceType[] = [lambda, scheduler, apigateway, cloudfront];
