import { DeleteCommand, GetCommand } from '@aws-sdk/lib-dynamodb';
import { emailKeys, type SuppressionItem } from '../../contracts/email-table.ts';
import { variables } from '../../contracts/variables.ts';
import { database, sendWrite, withDeadline } from '../runtime/database-client.ts';
import { requiredVariable } from '../runtime/environment.ts';
import { hashOfAddress } from './address-hash.ts';

const TableName = requiredVariable(variables.emailTable);
const keyOf = (address: string) => emailKeys.suppression(hashOfAddress(address));

export const readSuppressionOf = async (address: string): Promise<SuppressionItem | undefined> => {
  const command = new GetCommand({ TableName, Key: keyOf(address), ConsistentRead: true });
  const { Item } = await withDeadline((options) => database.send(command, options));
  return Item as SuppressionItem | undefined;
};

/** @returns whether there was one */
export const removeSuppression = async (address: string): Promise<boolean> => {
  const command = new DeleteCommand({ TableName, Key: keyOf(address), ConditionExpression: 'attribute_exists(pk)' });
  return (await sendWrite((options) => database.send(command, options))).ok;
};
