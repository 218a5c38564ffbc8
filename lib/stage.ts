import { RemovalPolicy } from 'aws-cdk-lib';
import { BillingMode, TableEncryption, type TableProps } from 'aws-cdk-lib/aws-dynamodb';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';

/** What a backend is for. `development`: cheap, and gone when it is deleted. `production`: nothing is lost by accident. */
export type Stage = 'development' | 'production';

/** Refuses other words, since the stage often comes from the command line. */
export const checkStage = (stage: string): Stage => {
  if (stage === 'development' || stage === 'production') return stage;
  throw new Error(`stage is ${JSON.stringify(stage)}: use 'development' or 'production'`);
};

/** Whether people's data must outlive the stack. */
export const dataRemovalPolicy = (stage: Stage): RemovalPolicy => (stage === 'production' ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY);

/** DynamoDB encrypts every table. In production the key is one of the account, so that its use is logged. */
export const tableEncryption = (stage: Stage): TableEncryption =>
  stage === 'production' ? TableEncryption.AWS_MANAGED : TableEncryption.DEFAULT;

/** How every table is kept that holds what people would miss: billed by request, restorable to any second, outliving a production stack. */
export const keptTable = (stage: Stage) =>
  ({
    billingMode: BillingMode.PAY_PER_REQUEST,
    encryption: tableEncryption(stage),
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    deletionProtection: stage === 'production',
    removalPolicy: dataRemovalPolicy(stage),
  }) satisfies Partial<TableProps>;

/** How long logs are kept, if nothing else is said. */
export const defaultLogRetention = (stage: Stage): RetentionDays =>
  stage === 'production' ? RetentionDays.SIX_MONTHS : RetentionDays.ONE_MONTH;
