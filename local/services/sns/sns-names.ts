import type { LocalAccount } from '../service.ts';

/** What ARNs of SNS in this account begin with. */
export const snsArn = ({ partition, region, accountId }: LocalAccount, name: string): string =>
  `arn:${partition}:sns:${region}:${accountId}:${name}`;

const name = (arn: string): string[] => (arn.split(':')[5] ?? '').split('/');

/** `GCM` in `…:app/GCM/notes` and in `…:endpoint/GCM/notes/<id>` */
export const platformOf = (arn: string): string => name(arn)[1] ?? '';

export const applicationNameOf = (arn: string): string => name(arn)[2] ?? '';

export const isEndpointArn = (arn: string): boolean => name(arn)[0] === 'endpoint' && name(arn).length === 4;
