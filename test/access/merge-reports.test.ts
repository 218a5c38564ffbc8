import type { Access, AccessReport } from '../../local/services/iam/access-report.ts';
import { judgeAccess } from './judge-access.ts';
import { mergeReports } from './merge-reports.ts';

const arn = (service: string, name: string): string => `arn:aws:${service}:us-east-1:000000000000:${name}`;
const names = {
  'Notes-BackendDataRecordsRole-1': 'BackendDataRecordsRoleFA290457',
  'Notes-BackendFunctionsnightFunctionRole-1': 'BackendFunctionsnightFunctionRole0420E20E',
  'Notes-OwnRole-1': 'OwnRole0420E20F',
  [arn('dynamodb', 'table/Notes-Note')]: 'BackendDataNoteTable1E9285C1',
  [arn('dynamodb', 'table/Notes-Note/stream/1')]: 'BackendDataNoteTable1E9285C1.StreamArn',
  [arn('dynamodb', 'table/Notes-Constraints')]: 'BackendDataConstraintsB3BC61D2',
  'arn:aws:s3:::notes-bucket': 'BackendFilesBucket1E9285C1',
};
const records = 'Notes-BackendDataRecordsRole-1';
const night = 'Notes-BackendFunctionsnightFunctionRole-1';
const getNote = (role: string): Access => ({ role, action: 'dynamodb:GetItem', resource: arn('dynamodb', 'table/Notes-Note') });

const report = (some: Partial<AccessReport>): AccessReport => ({ used: [], denied: [], granted: [], unused: [], names, ...some });
const none = { maxUnused: 1, neverUsed: [], meantToBeRefused: [] };

describe('mergeReports', () => {
  it('takes a grant for used when the role of one backend has used it', () => {
    const idle = report({ granted: [getNote(records)], unused: [getNote(records)] });
    const other = {
      'Shop-DataRecordsRole-2': 'DataRecordsRole12345678',
      [arn('dynamodb', 'table/Shop-Product')]: 'DataProductTable12345678',
    };
    const grant = { role: 'Shop-DataRecordsRole-2', action: 'dynamodb:GetItem', resource: arn('dynamodb', 'table/Shop-Product') };
    expect(mergeReports([idle]).unused).toEqual([{ role: 'DataRecordsRole', action: 'dynamodb:GetItem', resource: 'DataModelTable' }]);
    const merged = mergeReports([idle, report({ granted: [grant], names: other })]);
    expect([merged.unused, merged.granted.length, merged.backends]).toEqual([[], 1, 2]);
  });

  it('tells roles, actions and resources apart', () => {
    const table = getNote(records);
    const stream = { ...table, resource: `${table.resource}/stream/1` };
    const index = { ...table, resource: `${table.resource}/index/byTitle` };
    const constraints = { ...table, resource: arn('dynamodb', 'table/Notes-Constraints') };
    const unused = [getNote(night), { ...table, action: 'dynamodb:PutItem' }, stream, index, constraints];
    const merged = mergeReports([report({ granted: [table, ...unused], unused })]);
    expect(merged.unused.map(({ role, action, resource }) => [role, action, resource])).toEqual([
      ['FunctionsFunctionRole', 'dynamodb:GetItem', 'DataModelTable'],
      ['DataRecordsRole', 'dynamodb:PutItem', 'DataModelTable'],
      ['DataRecordsRole', 'dynamodb:GetItem', 'DataModelTable.StreamArn'],
      ['DataRecordsRole', 'dynamodb:GetItem', 'DataModelTable/index/*'],
      ['DataRecordsRole', 'dynamodb:GetItem', 'DataConstraints'],
    ]);
  });

  it('takes functions of apps for one, whatever made them', () => {
    const grant = getNote('Notes-OwnRole-1');
    const merged = mergeReports([report({ granted: [grant, getNote(night)], unused: [grant] })]);
    expect([merged.unused, merged.granted.length]).toEqual([[], 1]);
  });

  it('leaves out names of folders, indexes and secrets, and what CloudFormation makes of names', () => {
    const on = (resource: string): Access => ({ role: night, action: 'a:B', resource });
    const granted = [
      'arn:aws:s3:::notes-bucket/avatars/*',
      'arn:aws:s3:::notes-bucket/variants/avatars/*',
      arn('secretsmanager', 'secret:shop/stripe-??????'),
      arn('scheduler', 'schedule/Notes-Backend-Push-Scheduler-Group-6D10C84C/*'),
      arn('logs', 'log-group:Notes-BackendDataRecordsLogs0DE9C0E3-5dbd060f:*'),
    ].map(on);
    expect(mergeReports([report({ granted })]).granted.map(({ resource }) => resource)).toEqual([
      'FilesBucket/*',
      'FilesBucket/variants/*',
      'secretsmanager:secret',
      'scheduler:schedule',
      'logs:log-group:DataRecordsLogs:*',
    ]);
  });

  it('leaves out roles that nothing in local mode acts as', () => {
    expect(mergeReports([report({ granted: [getNote(records)], unused: [getNote(records)] })], ['DataRecordsRole']).granted).toEqual([]);
  });

  it('counts no backend that has nothing of the product', () => {
    const role = { 'Test-Role-1': 'Role' };
    const grant = { role: 'Test-Role-1', action: 'sqs:SendMessage', resource: '*' };
    expect(mergeReports([report({ granted: [grant], unused: [grant], denied: [grant], names: role })])).toEqual({
      ...{ backends: 0, granted: [], unused: [], denied: [] },
    });
  });
});

describe('judgeAccess', () => {
  const idle = mergeReports([report({ granted: [getNote(records)], unused: [getNote(records)] })]);
  const equal = mergeReports([report({ granted: [getNote(records)] })]);
  const exception = { role: 'DataRecordsRole', action: 'dynamodb:GetItem', resource: 'DataModelTable', reason: 'AWS asks for it' };

  it('is content when grants and uses are equal, but for exceptions', () => {
    expect(judgeAccess(equal, none)).toEqual([]);
    expect(judgeAccess(idle, { ...none, neverUsed: [exception] })).toEqual([]);
  });

  it('names what is granted and never used', () => {
    expect(judgeAccess(idle, none)).toEqual(['Granted, and no test uses it: DataRecordsRole dynamodb:GetItem DataModelTable']);
  });

  it('takes no exception for what is used, and none for what is not granted', () => {
    const wrong = ['An exception for what is used, or is not granted any more: DataRecordsRole dynamodb:GetItem DataModelTable'];
    expect(judgeAccess(equal, { ...none, neverUsed: [exception] })).toEqual(wrong);
  });

  it('takes no more exceptions than may be', () => {
    const second = { ...exception, action: 'dynamodb:PutItem' };
    const two = mergeReports([report({ granted: [exception, second], unused: [exception, second], names: { x: 'DataRecordsRole' } })]);
    expect(judgeAccess(two, { ...none, neverUsed: [exception, second] })).toEqual(['2 grants are exceptions: 1 may be.']);
  });

  it('names what was refused by the very role, unless that is meant', () => {
    const refused = mergeReports([report({ granted: [getNote(records)], denied: [getNote(night)] })]);
    const where = { role: 'FunctionsnightFunctionRole', action: 'dynamodb:GetItem', resource: 'DataModelTable' };
    expect(judgeAccess(refused, none)).toEqual([`Refused: ${where.role} dynamodb:GetItem DataModelTable`]);
    expect(judgeAccess(refused, { ...none, meantToBeRefused: [{ ...where, reason: 'its rights are tested' }] })).toEqual([]);
    expect(judgeAccess(equal, { ...none, meantToBeRefused: [{ ...where, reason: 'its rights are tested' }] })).toHaveLength(1);
  });

  it('is not content with no report at all', () => {
    expect(judgeAccess(mergeReports([]), none)).toHaveLength(1);
  });
});
