import { templateName } from '../../local/services/iam/access-report.ts';

/** The features whose constructs make roles. What else there is in a backend's stack is the app's. */
const features = ['Analytics', 'Api', 'Auth', 'Data', 'Email', 'Events', 'Files', 'Functions', 'Inbound', 'Payments', 'Push', 'Webhooks'];
const ofFeature = new RegExp(`^(${features.join('|')})[A-Z]`);

/** `BackendDataRecordsRoleFA290457` → `DataRecordsRole`: the same in every app, whatever the construct above is called. */
export const plainName = (logicalId: string): string => logicalId.replace(/[0-9A-F]{8}(?=$|[./*-])/, '').replace(/^Backend(?=[A-Z])/, '');

/** Whether a role is one that the product makes, by its logical id. */
export const isOfProduct = (logicalId: string): boolean => ofFeature.test(plainName(logicalId));

/**
 * What kind of role it is, by its logical id: the product's own by its feature and function, and those of functions of an app all alike,
 * since what they are granted is what `use.…` grants.
 */
export const roleKind = (logicalId: string): string => {
  const name = plainName(logicalId);
  const part = /^Functions.*(Front|Schedules)Role$/.exec(name)?.[1];
  if (part !== undefined) return `Functions${part}Role`;
  if (/^Functions/.test(name) || !ofFeature.test(name)) return 'FunctionsFunctionRole';
  return name;
};

/** Names that an app gives, taken out of names of the product's resources. */
const givenNames: readonly (readonly [pattern: RegExp, kind: string])[] = [
  [/^Data\w+Table\b/, 'DataModelTable'],
  [/^Functions\w+?(Runs|Events|Messages)(Queue|DeadLetters)\b/, 'Functions$1$2'],
  [/^(Functions|(?!Analytics|Api|Auth|Data|Email|Events|Files|Inbound|Payments|Push|Webhooks))\w+Function$/, 'FunctionsFunction'],
  [/\/index\/.*/, '/index/*'],
  [/^FilesBucket\/variants\/.*/, 'FilesBucket/variants/*'],
  [/^FilesBucket\/(?!variants\/).*/, 'FilesBucket/*'],
  [/^InboundBodies\/.*/, 'InboundBodies/*'],
  [/^(scheduler:schedule|secretsmanager:secret|ses:identity|sns:app|sns:endpoint|cloudfront:distribution).*/, '$1'],
  [/^sns:\w+-[0-9a-f]{8}-\*$/, 'sns:topic'],
];

/**
 * What kind of resource an ARN of a grant is about: what the template calls the resource, without names that an app gives.
 *
 * @param names what the template calls its resources, by ARN
 */
export const resourceKind = (arn: string, names: Readonly<Record<string, string>>): string => {
  const name = templateName(arn, names);
  const named = name === arn ? unowned(arn) : plainName(name);
  return givenNames.reduce((text, [pattern, kind]) => text.replace(pattern, kind), named);
};

/** Names that CloudFormation makes hold the stack's name, the logical id and characters by chance. */
const unowned = (arn: string): string => {
  const [, , service, , , ...rest] = arn.split(':');
  const name = rest.join(':').replace(/[\w]+-(?:Backend)?(\w+?)[0-9A-F]{8}-[0-9a-f]{8}/g, '$1');
  return service === undefined ? arn : `${service}:${name}`;
};
