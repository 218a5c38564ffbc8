import { DeleteCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { consentKey } from '../../contracts/analytics-deliveries.ts';
import { variables } from '../../contracts/variables.ts';
import { database, sendWrite, withDeadline } from '../runtime/database-client.ts';
import { requiredVariable } from '../runtime/environment.ts';

const TableName = requiredVariable(variables.analyticsConsents);

/** What a user has said. Undefined: nothing yet. */
export const readConsentOf = async (userId: string): Promise<boolean | undefined> => {
  // Consistent, so that nothing is taken after the answer to a no.
  const command = new GetCommand({ TableName, Key: consentKey(userId), ConsistentRead: true });
  const { Item } = await withDeadline((options) => database.send(command, options));
  return Item?.['consent'] as boolean | undefined;
};

export const putConsent = async (userId: string, consent: boolean): Promise<void> => {
  const Item = { ...consentKey(userId), consent, at: new Date().toISOString() };
  await withDeadline((options) => database.send(new PutCommand({ TableName, Item }), options));
};

/**
 * Forgets what a user has said.
 *
 * @param keepsNo a no stays
 */
export const deleteConsent = async (userId: string, keepsNo: boolean): Promise<void> => {
  const command = new DeleteCommand({
    TableName,
    Key: consentKey(userId),
    ...(keepsNo && {
      ConditionExpression: '#consent = :yes',
      ExpressionAttributeNames: { '#consent': 'consent' },
      ExpressionAttributeValues: { ':yes': true },
    }),
  });
  await sendWrite((options) => database.send(command, options));
};
