import type { Probe, Step } from '../probe.ts';

/** A text of so many bytes. */
export const text = (bytes: number) => ({ S: 'x'.repeat(bytes) });
export const S = (value: string) => ({ S: value });
export const N = (value: number | string) => ({ N: String(value) });

/** Steps on the table `simple`, whose key is the name of the probe. */
export interface SimpleSteps {
  readonly Key: { id: { S: string } };
  put(attributes: object, rest?: object): Step;
  get(rest?: object): Step;
  update(expression: string, values?: object, rest?: object): Step;
  remove(rest?: object): Step;
}

export function simpleProbe(name: string, steps: (on: SimpleSteps) => readonly Step[]): Probe {
  const Key = { id: S(name) };
  const base = { TableName: 'simple' };
  return {
    name,
    steps: steps({
      Key,
      put: (attributes, rest = {}) => ['PutItem', { ...base, Item: { ...Key, ...attributes }, ...rest }],
      get: (rest = {}) => ['GetItem', { ...base, Key, ConsistentRead: true, ...rest }],
      update: (expression, values, rest = {}) => [
        'UpdateItem',
        {
          ...base,
          Key,
          UpdateExpression: expression,
          ...(values && { ExpressionAttributeValues: values }),
          ReturnValues: 'ALL_NEW',
          ...rest,
        },
      ],
      remove: (rest = {}) => ['DeleteItem', { ...base, Key, ...rest }],
    }),
  };
}

/** Whether an item fulfils a condition, told by a conditional delete of a missing attribute's item. */
export function conditionProbe(name: string, item: object, condition: string, values?: object, names?: object): Probe {
  return simpleProbe(name, (on) => [
    on.put(item),
    on.update(
      'SET checked = :yes',
      { ':yes': { BOOL: true }, ...values },
      { ConditionExpression: condition, ReturnValues: 'NONE', ...(names && { ExpressionAttributeNames: names }) },
    ),
    on.get({ ProjectionExpression: 'checked' }),
  ]);
}
