import { planDeployment, type StackTemplate } from '../../cli/deploy-plan.ts';

const index = (name: string, ...keys: readonly string[]) => ({
  IndexName: name,
  KeySchema: keys.map((AttributeName, position) => ({ AttributeName, KeyType: position === 0 ? 'HASH' : 'RANGE' })),
  Projection: { ProjectionType: 'ALL' },
});

const table = (indexes: readonly ReturnType<typeof index>[], properties: object = {}) => {
  const names = ['id', ...indexes.flatMap(({ KeySchema }) => KeySchema.map(({ AttributeName }) => AttributeName))];
  return {
    Type: 'AWS::DynamoDB::Table',
    Properties: {
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [...new Set(names)].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      ...(indexes.length > 0 && { GlobalSecondaryIndexes: indexes }),
      ...properties,
    },
  };
};

const code = (version: string) => ({ Type: 'AWS::Lambda::Function', Properties: { Code: version } });
const stack = (version: string, ...indexes: readonly ReturnType<typeof index>[]): StackTemplate => ({
  Resources: { Notes: table(indexes), Code: code(version) },
});

const [a, b, c, d] = [index('a', 'x'), index('b', 'x', 'y'), index('c', 'z'), index('d', 'w')];

type Table = ReturnType<typeof table> & { Properties: { GlobalSecondaryIndexes?: readonly { IndexName: string }[] } };
const tableOf = ({ Resources }: StackTemplate): Table => Resources?.['Notes'] as unknown as Table;
const indexesOf = (template: StackTemplate) =>
  (tableOf(template).Properties.GlobalSecondaryIndexes ?? []).map(({ IndexName }) => IndexName);
const outline = (from: StackTemplate, to: StackTemplate) => {
  const { before, main, after } = planDeployment(from, to);
  return [...before, main, ...after].map(({ template }) => {
    return `${template.Resources?.['Code']?.Properties?.['Code']}: ${indexesOf(template).join(' ')}`;
  });
};

describe('planDeployment', () => {
  it.each([
    ['a table that is dropped', { Resources: { Code: code('new') } }, 'drop-resource:Notes'],
    [
      'a table with another key',
      { Resources: { Notes: table([a], { KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }] }) } },
      'replace-resource:Notes',
    ],
    ['a table with another name', { Resources: { Notes: table([a], { TableName: 'mine' }) } }, 'replace-resource:Notes'],
    ['an index with another key', stack('new', index('a', 'y')), 'change-index:Notes.a'],
  ])('refuses %s', (_name, next, name) => {
    expect(planDeployment(stack('old', a), next).refused.map((change) => change.name)).toEqual([name]);
  });

  it('refuses a user pool with other names to sign in by', () => {
    const pool = (UsernameAttributes: readonly string[]) => ({
      Resources: { Pool: { Type: 'AWS::Cognito::UserPool', Properties: { UsernameAttributes } } },
    });
    expect(planDeployment(pool(['email']), pool(['phone_number'])).refused).toMatchObject([{ name: 'replace-resource:Pool' }]);
    expect(planDeployment(pool(['email']), pool(['email'])).refused).toEqual([]);
  });

  it.each([
    ['a new stack', undefined, stack('new', a, b, c), ['new: a b c']],
    ['no change of indexes', stack('old', a), stack('new', a), ['new: a']],
    ['one new index', stack('old', a), stack('new', a, b), ['new: a b']],
    ['three new indexes, with the code last', stack('old'), stack('new', a, b, c), ['old: a', 'old: a b', 'new: a b c']],
    ['a removed index, with the code first', stack('old', a, b), stack('new', a), ['new: a b', 'new: a']],
    ['new ones before removed ones', stack('old', a, b), stack('new', c, d), ['old: a b c', 'new: c d a b', 'new: c d b', 'new: c d']],
  ] as const)('makes steps for %s', (_name, from, to, steps) => {
    if (from === undefined) expect(planDeployment(from, to)).toMatchObject({ before: [], main: { template: to }, after: [] });
    else expect(outline(from, to)).toEqual(steps);
  });

  it('makes or drops one index of a table in a step, ends with what is defined, and defines exactly the attributes of keys', () => {
    const [from, to] = [stack('old', a, b), stack('new', b, c, d)];
    const { before, main, after } = planDeployment(from, to);
    let last = indexesOf(from);
    for (const { template } of [...before, main, ...after]) {
      const present = indexesOf(template);
      const changes = [...present.filter((name) => !last.includes(name)), ...last.filter((name) => !present.includes(name))];
      expect(changes.length).toBeLessThanOrEqual(1);
      last = present;
      const { AttributeDefinitions, GlobalSecondaryIndexes = [], KeySchema } = tableOf(template).Properties;
      const keys = new Set(
        [...KeySchema, ...GlobalSecondaryIndexes.flatMap((each) => (each as typeof a).KeySchema)].map(({ AttributeName }) => AttributeName),
      );
      expect(new Set(AttributeDefinitions.map(({ AttributeName }) => AttributeName))).toEqual(keys);
    }
    expect(after.at(-1)?.template).toEqual(to);
  });

  it('changes the tables of a stack side by side', () => {
    const two = (
      version: string,
      first: readonly ReturnType<typeof index>[],
      second: readonly ReturnType<typeof index>[],
    ): StackTemplate => ({
      Resources: { Notes: table(first), Tags: table(second), Code: code(version) },
    });
    const { before, main, after } = planDeployment(two('old', [], []), two('new', [a, b], [c, d]));
    expect([before.length, after.length]).toEqual([1, 0]);
    expect(before[0]?.what).toBe('adds the index a of Notes, c of Tags');
    expect(main.what).toBe('adds the index b of Notes, d of Tags, and brings the stack to what is defined');
  });
});
