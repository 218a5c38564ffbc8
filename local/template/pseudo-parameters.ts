import type { LocalAccount } from '../services/service.ts';
import { stableId } from './stable-id.ts';

/**
 * The value of a pseudo parameter; undefined for any other name.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html
 */
export function pseudoParameter(name: string, stackName: string, account: LocalAccount): string | readonly string[] | undefined {
  switch (name) {
    case 'AWS::AccountId':
      return account.accountId;
    case 'AWS::Region':
      return account.region;
    case 'AWS::Partition':
      return account.partition;
    case 'AWS::URLSuffix':
      return 'amazonaws.com';
    case 'AWS::StackName':
      return stackName;
    case 'AWS::StackId':
      return stackId(stackName, account);
    case 'AWS::NotificationARNs':
      return [];
    case 'AWS::NoValue':
      return '';
    default:
      return undefined;
  }
}

function stackId(stackName: string, { partition, region, accountId }: LocalAccount): string {
  const id = stableId({ stackName, logicalId: '' }, 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return `arn:${partition}:cloudformation:${region}:${accountId}:stack/${stackName}/${id}`;
}
