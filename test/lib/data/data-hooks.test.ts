import type { Stack } from 'aws-cdk-lib';
import { Match } from 'aws-cdk-lib/assertions';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { z } from 'zod';
import { belongsTo, model } from '../../../contracts/model.ts';
import { Api } from '../../../lib/api/api.ts';
import { Auth } from '../../../lib/auth/auth.ts';
import { Data, type DataProps } from '../../../lib/data/data.ts';
import { loadModule } from '../../support/load-module.ts';
import { actionsOf, emptyStack, statementsOf, synth } from '../../support/synth.ts';

const models = {
  Order: model({ fields: { item: z.string(), code: z.string().optional() }, unique: ['code'], access: (allow) => [allow.owner()] }),
  Line: model({
    fields: { orderId: z.string() },
    indexes: { byOrder: ['orderId'] },
    relations: { order: belongsTo('Order', 'orderId', { onDelete: 'restrict' }) },
    access: (allow) => [allow.owner()],
  }),
};

const asked = (stack: Stack): LambdaFunction =>
  new LambdaFunction(stack, 'Asked', {
    runtime: Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: Code.fromInline('exports.handler = () => {}'),
  });

const dataIn = (stack: Stack, more: Partial<DataProps<typeof models>> = {}): Data<typeof models> => {
  const api = new Api(stack, 'Api');
  return new Data(stack, 'Data', { api, auth: new Auth(stack, 'Auth', { api }), models, ...more });
};

const compiled = (source: string) => loadModule(source)['data'] as { models: Record<string, Record<string, unknown>>; isPart?: boolean };

describe('Data with hooks', () => {
  it('lets its function invoke the functions that are asked, and tells it their ARNs', () => {
    const { template } = synth((stack) => dataIn(stack, { hooks: { Order: { create: asked(stack) } } }));
    expect(actionsOf(template, 'Records')).toContain('lambda:InvokeFunction');
    const [[id]] = Object.entries(
      template.findResources('AWS::Lambda::Function', { Properties: { Code: { ZipFile: Match.anyValue() } } }),
    ) as [[string, unknown]];
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: { Variables: Match.objectLike({ DATA_ORDER_CREATE_HOOK_ARN: { 'Fn::GetAtt': [id, 'Arn'] } }) },
    });
    expect(statementsOf(template).filter(({ policy }) => policy.includes('Records'))).toContainEqual(
      expect.objectContaining({ Action: 'lambda:InvokeFunction', Effect: 'Allow', Resource: { 'Fn::GetAtt': [id, 'Arn'] } }),
    );
  });

  it('may invoke nothing without hooks', () => {
    const { template } = synth((stack) => dataIn(stack));
    expect(actionsOf(template, 'Records')).not.toContain('lambda:InvokeFunction');
  });

  it.each([
    ['a model that is not there', { Note: {} }, /hooks names "Note"/],
    ['a point that is not there', { Order: { replace: 'later' } }, /hooks.Order has "replace"/],
  ])('refuses %s', (_name, hooks, message) => {
    expect(() => dataIn(emptyStack(), { hooks: hooks as never })).toThrow(message);
  });

  it('refuses a function for a hook that was not declared', () => {
    const stack = emptyStack();
    expect(() => dataIn(stack).connectHook('Order', 'create', asked(stack))).toThrow(/declare it in hooks/);
  });

  it('refuses to be synthesized while a declared hook has no function', () => {
    expect(() => synth((stack) => dataIn(stack, { hooks: { Order: { update: 'later' } } }))).toThrow(/DATA_ORDER_UPDATE_HOOK_ARN/);
  });

  it('does not give a caller’s function hooks that have no function yet', () => {
    const data = dataIn(emptyStack(), { hooks: { Order: { update: 'later' } } });
    expect(() => data.functionParts({ Order: ['update'] }, { asCaller: true })).toThrow(/not connected/);
  });
});

describe('Data.functionParts', () => {
  const partsOf = (...given: Parameters<Data['functionParts']>) => {
    const stack = emptyStack();
    const data = dataIn(stack);
    const { environment, grants, modules } = data.functionParts(...given);
    const names = new Map<string, string>([
      [data.tables.Order.tableArn, 'Order'],
      [data.tables.Line.tableArn, 'Line'],
      [data.constraintsTable.tableArn, 'Constraints'],
    ]);
    const nameOf = (arn: string): string => names.get(arn) ?? [...names].reduce((text, [from, to]) => text.replace(from, to), arn);
    const granted = grants.map(
      ({ actions, resources }) =>
        `${actions.map((action) => action.replace('dynamodb:', '')).join(' ')} on ${resources.map(nameOf).join(' ')}`,
    );
    return { granted, variables: Object.keys(environment).sort(), data: compiled(modules['@compiled/data'] ?? '') };
  };

  it.each([
    ['read', { Order: ['read'] }, ['BatchGetItem GetItem on Order', 'GetItem PutItem on Constraints', 'Query on Order/index/byOwner']],
    ['create', { Order: ['create'] }, ['ConditionCheckItem PutItem on Order', 'GetItem PutItem on Constraints']],
    [
      'create of what refers to others',
      { Line: ['create'] },
      ['ConditionCheckItem PutItem on Line', 'ConditionCheckItem on Order', 'GetItem PutItem UpdateItem on Constraints'],
    ],
    [
      'update',
      { Order: ['update'] },
      ['BatchGetItem ConditionCheckItem GetItem PutItem UpdateItem on Order', 'BatchGetItem DeleteItem GetItem PutItem on Constraints'],
    ],
    [
      'delete of what others may refer to',
      { Order: ['delete'] },
      [
        'BatchGetItem ConditionCheckItem DeleteItem GetItem on Order',
        'BatchGetItem DeleteItem GetItem PutItem on Constraints',
        'Query on Line/index/byOrder',
      ],
    ],
  ] as const)('grants exactly what it takes to %s', (_name, uses, expected) => {
    expect(partsOf(uses).granted).toEqual(expected);
  });

  it('knows the models of the access, and closes those that writes only look at', () => {
    const { data, variables } = partsOf({ Line: ['create'] });
    expect(data.isPart).toBe(true);
    expect(Object.keys(data.models)).toEqual(['Order', 'Line']);
    expect(data.models['Order']).toMatchObject({ closed: true });
    expect(data.models['Line']).toMatchObject({ relations: {} });
    expect(data.models['Line']).not.toHaveProperty('closed');
    expect(variables).toEqual(['DATA_CONSTRAINTS_TABLE_NAME', 'DATA_LINE_TABLE_NAME', 'DATA_ORDER_TABLE_NAME']);
    expect(Object.keys(partsOf({ Order: ['read'] }).data.models)).toEqual(['Order']);
    expect(partsOf({ Order: ['read'], Line: ['read'] }).data.models['Line']).toMatchObject({ relations: { order: { model: 'Order' } } });
  });

  it('refuses models that are not there', () => {
    expect(() => partsOf({ Note: ['read'] })).toThrow(/no model "Note"/);
  });
});
