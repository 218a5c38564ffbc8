import { Annotations, Match } from 'aws-cdk-lib/assertions';
import { AttributeType, Table } from 'aws-cdk-lib/aws-dynamodb';
import { z } from 'zod';
import { dataRoutes } from '../../../contracts/data.ts';
import { model } from '../../../contracts/model.ts';
import { Api } from '../../../lib/api/api.ts';
import { Auth } from '../../../lib/auth/auth.ts';
import { Data, type DataProps } from '../../../lib/data/data.ts';
import type { Stage } from '../../../lib/stage.ts';
import { actionsOf, emptyStack, statementsOf, synth } from '../../support/synth.ts';

const Note = model({
  fields: { title: z.string(), size: z.int(), done: z.boolean().default(false), ends: z.iso.datetime().optional() },
  indexes: { bySize: ['title', 'size'], byDone: ['done', 'size'], byAll: ['*', 'title', 'size'] },
  ttl: 'ends',
  access: (allow) => [allow.owner()],
});
const Tag = model({ fields: { name: z.string() }, access: (allow) => [allow.anyone().to('get')] });

const synthData = (props: Partial<DataProps<{ Note: typeof Note; Tag: typeof Tag }>> = {}, stage: Stage = 'development') =>
  synth((stack) => {
    const api = new Api(stack, 'Api', { stage });
    return new Data(stack, 'Data', { api, auth: new Auth(stack, 'Auth', { api }), models: { Note, Tag }, ...props });
  });

describe('Data by default', () => {
  const { template, built } = synthData();
  const idOf = (part: string) => Object.keys(template.findResources('AWS::DynamoDB::Table')).find((id) => id.includes(part)) ?? '';

  it('makes a table a model, with its indexes, its stream and its expiry', () => {
    template.hasResource('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Delete',
      Properties: {
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
        BillingMode: 'PAY_PER_REQUEST',
        StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
        TimeToLiveSpecification: { AttributeName: '$expiry', Enabled: true },
        GlobalSecondaryIndexes: [
          ['bySize', 'title', 'size'],
          ['byDone', '_p_byDone', 'size'],
          ['byAll', '_p_byAll', '_s_byAll'],
          ['byOwner', 'owner', 'createdAt'],
        ].map(([IndexName, partition, sort]) => ({
          IndexName,
          KeySchema: [
            { AttributeName: partition, KeyType: 'HASH' },
            { AttributeName: sort, KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'ALL' },
        })),
        AttributeDefinitions: Match.arrayWith([
          { AttributeName: 'title', AttributeType: 'S' },
          { AttributeName: 'size', AttributeType: 'N' },
          { AttributeName: '_p_byDone', AttributeType: 'S' },
        ]),
      },
    });
  });

  it('makes a table of constraints that forgets', () => {
    template.hasResourceProperties('AWS::DynamoDB::Table', {
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      StreamSpecification: Match.absent(),
    });
  });

  it('lets its function use these tables and these indexes, and never scan', () => {
    expect(actionsOf(template, 'Records')).not.toContain('dynamodb:Scan');
    const statements = statementsOf(template).filter(({ policy }) => policy.includes('Records'));
    const writes = statements.find(({ Action }) => Action.includes('dynamodb:UpdateItem'));
    const actions = ['BatchGetItem', 'ConditionCheckItem', 'DeleteItem', 'GetItem', 'PutItem', 'UpdateItem'];
    expect(writes?.Action).toEqual(actions.map((name) => `dynamodb:${name}`));
    expect(writes?.Resource).toEqual([idOf('NoteTable'), idOf('TagTable')].map((id) => ({ 'Fn::GetAtt': [id, 'Arn'] })));
    const queries = statements.find(({ Action }) => Action === 'dynamodb:Query');
    const indexes = ['byAll', 'byDone', 'byOwner', 'bySize'].map((name) => `/index/${name}`);
    expect(queries?.Resource).toEqual(
      indexes.map((index) => ({ 'Fn::Join': ['', [{ 'Fn::GetAtt': [idOf('NoteTable'), 'Arn'] }, index]] })),
    );
    expect(statements.filter(({ Resource }) => JSON.stringify(Resource).includes('*'))).toEqual([]);
  });

  it('tells its function the names of tables, pool and client', () => {
    template.hasResourceProperties('AWS::Lambda::Function', {
      Environment: {
        Variables: {
          DATA_NOTE_TABLE_NAME: { Ref: idOf('NoteTable') },
          DATA_TAG_TABLE_NAME: { Ref: idOf('TagTable') },
          DATA_CONSTRAINTS_TABLE_NAME: { Ref: idOf('Constraints') },
          AUTH_USER_POOL_ID: Match.anyValue(),
          AUTH_USER_POOL_CLIENT_ID: Match.anyValue(),
          AUTH_ADMIN_GROUP: 'admins',
        },
      },
    });
  });

  it('has a route for each operation of the contract', () => {
    const keys = Object.values(template.findResources('AWS::ApiGatewayV2::Route')).map((route) => route['Properties'].RouteKey);
    for (const { method, path } of Object.values(dataRoutes)) expect(keys).toContain(`${method} ${path}`);
  });

  it('gives its tables to whoever goes on', () => {
    expect(built.tables.Note.node.path).toBe('Test/Data/NoteTable');
  });
});

describe('Data in production', () => {
  it('keeps every table: protected, encrypted with a key of the account, and restorable', () => {
    const { template } = synthData({}, 'production');
    template.allResources('AWS::DynamoDB::Table', {
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
      Properties: {
        DeletionProtectionEnabled: true,
        SSESpecification: { SSEEnabled: true },
        PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
      },
    });
  });
});

describe('Data with resources of the user', () => {
  it('uses their tables and makes none in their place', () => {
    const { template, built } = synth((stack) => {
      const api = new Api(stack, 'Api');
      const table = (id: string, name: string) => new Table(stack, id, { partitionKey: { name, type: AttributeType.STRING } });
      return new Data(stack, 'Data', {
        api,
        auth: new Auth(stack, 'Auth', { api }),
        models: { Tag },
        tables: { Tag: table('MyTags', 'id') },
        constraintsTable: table('MyConstraints', 'pk'),
      });
    });
    template.resourceCountIs('AWS::DynamoDB::Table', 3);
    expect([built.tables.Tag.node.id, built.constraintsTable.node.id]).toEqual(['MyTags', 'MyConstraints']);
  });
});

describe('Data refuses', () => {
  const build = (props: object) => () => {
    const stack = emptyStack();
    const api = new Api(stack, 'Api');
    return new Data(stack, 'Data', { api, auth: new Auth(stack, 'Auth', { api }), models: { Tag }, ...props });
  };

  it('tables of models that there are not', () => {
    expect(build({ tables: { Tags: undefined } })).toThrow(/tables names Tags, which is no model/);
  });

  it('a rule for a group that auth does not have', () => {
    const Secret = model({ fields: { a: z.string() }, access: (allow) => [allow.group('editors')] });
    expect(build({ models: { Secret } })).toThrow(/names the group "editors", which is not declared/);
  });

  it('nothing, but warns of records that nobody can reach', () => {
    jest.spyOn(console, 'error').mockImplementation(() => undefined);
    const Lost = model({ fields: { a: z.string() }, access: () => [] });
    const { stack } = synthData({ models: { Lost } as never });
    Annotations.fromStack(stack).hasWarning('*', Match.stringLikeRegexp('Lost\\.access has no rules'));
  });
});
