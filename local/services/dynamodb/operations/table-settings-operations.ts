import describeTableTypes from 'dynalite/validations/describeTable.js';
import { dynamodbError, validationError } from '../dynamodb-errors.ts';
import type { Table } from '../tables/table.ts';
import { tableGrant } from './item-operations.ts';
import type { Engine, Grant, Operation } from './operation.ts';
import { namedTable, TAG_LIST } from './table-operations.ts';

interface UpdateTimeToLiveInput {
  readonly TableName: string;
  readonly TimeToLiveSpecification: { readonly Enabled: boolean; readonly AttributeName: string };
}

interface UpdateContinuousBackupsInput {
  readonly TableName: string;
  readonly PointInTimeRecoverySpecification: { readonly PointInTimeRecoveryEnabled: boolean; readonly RecoveryPeriodInDays?: number };
}

interface TagInput {
  readonly ResourceArn: string;
  readonly Tags: readonly { Key: string; Value: string }[];
}

const RECOVERY_PERIOD_DAYS = 35;
const RESOURCE_ARN = { type: 'String', notNull: true };

export const describeTimeToLive: Operation<{ TableName: string }> = {
  types: describeTableTypes.types,
  grants: tableGrant('dynamodb:DescribeTimeToLive'),
  run(input, engine) {
    const { expiry } = namedTable(input.TableName, engine).stored;
    return {
      TimeToLiveDescription:
        expiry === undefined ? { TimeToLiveStatus: 'DISABLED' } : { TimeToLiveStatus: 'ENABLED', AttributeName: expiry.attribute },
    };
  },
};

export const updateTimeToLive: Operation<UpdateTimeToLiveInput> = {
  types: {
    ...describeTableTypes.types,
    TimeToLiveSpecification: {
      type: 'FieldStruct<TimeToLiveSpecification>',
      notNull: true,
      children: {
        Enabled: { type: 'Boolean', notNull: true },
        AttributeName: { type: 'String', notNull: true, lengthGreaterThanOrEqual: 1, lengthLessThanOrEqual: 255 },
      },
    },
  },
  grants: tableGrant('dynamodb:UpdateTimeToLive'),
  async run(input, engine) {
    const table = namedTable(input.TableName, engine);
    const { Enabled, AttributeName } = input.TimeToLiveSpecification;
    const { expiry } = table.stored;
    if (Enabled && expiry !== undefined) throw validationError('TimeToLive is already enabled');
    if (!Enabled && expiry === undefined) throw validationError('TimeToLive is already disabled');
    if (!Enabled && expiry?.attribute !== AttributeName) {
      throw validationError(`TimeToLive is active on a different AttributeName: current AttributeName is ${expiry?.attribute}`);
    }
    await engine.catalog.replace(table, { expiry: Enabled ? engine.catalog.newExpiry(AttributeName) : undefined });
    await engine.builder.build(table.name);
    return { TimeToLiveSpecification: { Enabled, AttributeName } };
  },
};

export const describeContinuousBackups: Operation<{ TableName: string }> = {
  types: describeTableTypes.types,
  grants: tableGrant('dynamodb:DescribeContinuousBackups'),
  run: (input, engine) => describeBackups(backedUpTable(input.TableName, engine), engine),
};

export const updateContinuousBackups: Operation<UpdateContinuousBackupsInput> = {
  types: {
    ...describeTableTypes.types,
    PointInTimeRecoverySpecification: {
      type: 'FieldStruct<PointInTimeRecoverySpecification>',
      notNull: true,
      children: {
        PointInTimeRecoveryEnabled: { type: 'Boolean', notNull: true },
        RecoveryPeriodInDays: { type: 'Integer', greaterThanOrEqual: 1, lessThanOrEqual: RECOVERY_PERIOD_DAYS },
      },
    },
  },
  grants: tableGrant('dynamodb:UpdateContinuousBackups'),
  async run(input, engine) {
    const table = backedUpTable(input.TableName, engine);
    const pointInTimeRecovery = input.PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled;
    return describeBackups(await engine.catalog.replace(table, { pointInTimeRecovery }), engine);
  },
};

export const tagResource: Operation<TagInput> = {
  types: { ResourceArn: RESOURCE_ARN, Tags: { ...TAG_LIST, notNull: true } },
  grants: resourceGrant('dynamodb:TagResource'),
  async run(input, engine) {
    const table = taggedTable(input.ResourceArn, engine);
    const added = Object.fromEntries(input.Tags.map((tag) => [tag.Key, tag.Value]));
    await engine.catalog.replace(table, { tags: { ...table.stored.tags, ...added } });
    return {};
  },
};

export const untagResource: Operation<{ ResourceArn: string; TagKeys: readonly string[] }> = {
  types: { ResourceArn: RESOURCE_ARN, TagKeys: { type: 'List', notNull: true, children: 'String' } },
  grants: resourceGrant('dynamodb:UntagResource'),
  async run(input, engine) {
    const table = taggedTable(input.ResourceArn, engine);
    const tags = Object.entries(table.stored.tags).filter(([key]) => !input.TagKeys.includes(key));
    await engine.catalog.replace(table, { tags: Object.fromEntries(tags) });
    return {};
  },
};

export const listTagsOfResource: Operation<{ ResourceArn: string }> = {
  types: { ResourceArn: RESOURCE_ARN, NextToken: 'String' },
  grants: resourceGrant('dynamodb:ListTagsOfResource'),
  run: (input, engine) => ({
    Tags: Object.entries(taggedTable(input.ResourceArn, engine).stored.tags).map(([Key, Value]) => ({ Key, Value })),
  }),
};

function resourceGrant(action: string): (input: { ResourceArn: string }) => readonly Grant[] {
  return ({ ResourceArn }) => [[action, ResourceArn]];
}

function taggedTable(arn: string, engine: Engine): Table {
  const table = engine.catalog.find(arn);
  if (table === undefined || table.arn !== arn)
    throw dynamodbError('ResourceNotFoundException', `Requested resource not found: ResourcArn: ${arn} not found`);
  return table;
}

function backedUpTable(name: string, engine: Engine): Table {
  const table = engine.catalog.find(name);
  if (table === undefined) throw dynamodbError('TableNotFoundException', `Table not found: ${name}`);
  return table;
}

/** Only the setting is kept: nothing can be restored locally. */
function describeBackups(table: Table, engine: Engine): unknown {
  const enabled = table.stored.pointInTimeRecovery;
  return {
    ContinuousBackupsDescription: {
      ContinuousBackupsStatus: 'ENABLED',
      PointInTimeRecoveryDescription: {
        PointInTimeRecoveryStatus: enabled ? 'ENABLED' : 'DISABLED',
        ...(enabled && {
          RecoveryPeriodInDays: RECOVERY_PERIOD_DAYS,
          EarliestRestorableDateTime: table.stored.createdAt / 1_000,
          LatestRestorableDateTime: engine.clock.now() / 1_000,
        }),
      },
    },
  };
}
