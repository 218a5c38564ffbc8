// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is how Fn::Sub is written
import fc from 'fast-check';
import { resolveTemplate, resolveValue } from '../../support/resolve-template.ts';

const rest = {
  Parameters: {
    Plain: { Type: 'String', Default: 'given' },
    Count: { Type: 'Number', Default: 3 },
    List: { Type: 'CommaDelimitedList', Default: 'a, b,c' },
    Needed: { Type: 'String' },
    BootstrapVersion: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/cdk-bootstrap/hnb659fds/version' },
    FromSsm: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/app/setting' },
    Unknown: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/nobody/knows' },
  },
  Mappings: { Sizes: { 'eu-west-1': { small: 1, list: ['x', 'y'] } } },
  Conditions: {
    Yes: { 'Fn::Equals': [{ Ref: 'Plain' }, 'given'] },
    No: { 'Fn::Not': [{ Condition: 'Yes' }] },
    Both: { 'Fn::And': [{ Condition: 'Yes' }, { Condition: 'No' }] },
    Either: { 'Fn::Or': [{ Condition: 'Yes' }, { Condition: 'No' }] },
    Circle: { 'Fn::Not': [{ Condition: 'Circle' }] },
    Odd: { 'Fn::Contains': [['a'], 'a'] },
  },
  Resources: {
    Table: { Type: 'Test::Owned', Properties: { Name: 'the-table' } },
    Alarm: { Type: 'AWS::CloudWatch::Alarm', Properties: { AlarmName: { 'Fn::Sub': 'a-${AWS::Region}' } } },
    Gone: { Type: 'Test::Owned', Condition: 'No' },
    Setting: { Type: 'AWS::SSM::Parameter', Properties: { Name: '/app/setting', Value: { Ref: 'Table' } } },
    Strange: { Type: 'Acme::Thing::Widget' },
  },
};

describe('evaluate', () => {
  it.each([
    ['an unknown name', { Ref: 'Nobody' }, 'there is no resource Nobody'],
    ['a resource whose condition is false', { Ref: 'Gone' }, 'there is no resource Gone (its condition is false)'],
    ['an unknown attribute', { 'Fn::GetAtt': ['Table', 'Size'] }, 'Fn::GetAtt Table.Size: Test::Owned has no attribute Size'],
    ['an attribute of a type that is not run', { 'Fn::GetAtt': 'Strange.Url' }, 'Acme::Thing::Widget has no attribute Url'],
    ['an unknown function', { 'Fn::Transform': {} }, 'Fn::Transform is not resolved locally'],
    ['an index outside the list', { 'Fn::Select': [3, ['a']] }, 'Fn::Select: there is no item 3 in a list of 1'],
    ['a join of an object', { 'Fn::Join': ['', [{ a: 1, b: 2 }]] }, 'Fn::Join wants a text, not {"a":1,"b":2}'],
    ['a join of no list', { 'Fn::Join': 'x' }, 'Fn::Join wants a list, not "x"'],
    ['an unknown name in a text', { 'Fn::Sub': 'a ${Nobody} b' }, 'there is no resource Nobody'],
    ['a mapping that is not there', { 'Fn::FindInMap': ['Sizes', 'mars', 'small'] }, 'there is no Sizes.mars.small in the mappings'],
    ['an export that is not there', { 'Fn::ImportValue': 'Other:Export' }, 'no stack of this run exports Other:Export'],
    ['a parameter without a value', { Ref: 'Needed' }, 'the parameter Needed has no value locally (it has no default)'],
    ['an SSM parameter that is not there', { Ref: 'Unknown' }, 'there is no SSM parameter /nobody/knows'],
    ['an unknown condition', { 'Fn::If': ['Maybe', 1, 2] }, 'there is no condition Maybe'],
  ])('refuses %s and says where', (_name, value, problem) => {
    expect(() => resolveValue({ deep: [value] }, rest)).toThrow(problem);
    expect(() => resolveValue({ deep: [value] }, rest)).toThrow('Stack: Subject.Properties.Value.deep.0: ');
  });

  it.each([
    ['that needs itself', 'Circle', 'Conditions.Circle: Circle depends on itself: Circle → Circle'],
    ['with an unknown function', 'Odd', 'Conditions.Odd: Fn::Contains is no condition function'],
  ])('refuses a condition %s and says where', (_name, condition, problem) => {
    expect(() => resolveValue({ 'Fn::If': [condition, 1, 2] }, rest)).toThrow(problem);
  });

  it.each([
    ['Ref of a resource', { Ref: 'Table' }, 'the-table'],
    ['Ref of a type that is not run', { Ref: 'Alarm' }, 'a-eu-west-1'],
    ['Ref of a parameter', { Ref: 'Plain' }, 'given'],
    ['Ref of a list parameter', { Ref: 'List' }, ['a', 'b', 'c']],
    ['Ref of the bootstrap version', { Ref: 'BootstrapVersion' }, '30'],
    ['Ref of an SSM parameter of the app', { Ref: 'FromSsm' }, 'the-table'],
    [
      'pseudo parameters',
      [{ Ref: 'AWS::AccountId' }, { Ref: 'AWS::Region' }, { Ref: 'AWS::StackName' }],
      ['111122223333', 'eu-west-1', 'Stack'],
    ],
    ['AWS::NoValue in an object', { a: { Ref: 'AWS::NoValue' }, b: 1 }, { b: 1 }],
    ['AWS::NoValue in a list', [1, { Ref: 'AWS::NoValue' }, 2], [1, 2]],
    ['GetAtt as a list', { 'Fn::GetAtt': ['Table', 'Arn'] }, 'arn:test:Table'],
    ['GetAtt as a text', { 'Fn::GetAtt': 'Table.Nested.Name' }, 'deep'],
    ['GetAtt of a type that is not run', { 'Fn::GetAtt': ['Alarm', 'Arn'] }, 'arn:aws:cloudwatch:eu-west-1:111122223333:alarm:a-eu-west-1'],
    ['Join', { 'Fn::Join': ['-', ['a', { Ref: 'Table' }, 3]] }, 'a-the-table-3'],
    ['Join of a list parameter', { 'Fn::Join': ['|', { Ref: 'List' }] }, 'a|b|c'],
    ['Sub', { 'Fn::Sub': '${AWS::Partition}/${Table}/${Table.Arn}/${!Kept}' }, 'aws/the-table/arn:test:Table/${Kept}'],
    ['Sub with variables', { 'Fn::Sub': ['${Table}/${Own}', { Table: 'mine', Own: { Ref: 'Count' } }] }, 'mine/3'],
    ['Select and Split', { 'Fn::Select': ['1', { 'Fn::Split': ['-', { Ref: 'Table' }] }] }, 'table'],
    ['If that holds', { 'Fn::If': ['Yes', { Ref: 'Table' }, { Ref: 'Nobody' }] }, 'the-table'],
    ['If that does not', { 'Fn::If': ['Both', { Ref: 'Nobody' }, 'other'] }, 'other'],
    ['Or', { 'Fn::If': ['Either', 1, 2] }, 1],
    ['If without a value', { a: { 'Fn::If': ['No', 1, { Ref: 'AWS::NoValue' }] } }, {}],
    ['FindInMap', { 'Fn::FindInMap': ['Sizes', { Ref: 'AWS::Region' }, 'small'] }, 1],
    ['FindInMap with a default', { 'Fn::FindInMap': ['Sizes', 'mars', 'small', { DefaultValue: { Ref: 'Plain' } }] }, 'given'],
    ['Base64', { 'Fn::Base64': 'hello' }, 'aGVsbG8='],
    ['GetAZs', { 'Fn::Select': [0, { 'Fn::GetAZs': '' }] }, 'eu-west-1a'],
    ['ToJsonString', { 'Fn::ToJsonString': { name: { Ref: 'Table' } } }, '{"name":"the-table"}'],
    ['Length', { 'Fn::Length': { Ref: 'List' } }, 3],
    ['an object that only looks like a function', { Reference: 'Table' }, { Reference: 'Table' }],
  ])('resolves %s', (_name, value, expected) => {
    expect(resolveValue(value, rest)).toEqual(expected);
  });

  it('takes a given parameter over the default', () => {
    expect(resolveValue({ Ref: 'Plain' }, rest, { Plain: 'mine' })).toBe('mine');
  });

  it('leaves every value without a function as it is', () => {
    const plain = fc.jsonValue().filter((value) => !/"(Ref|Fn::[^"]*)":|__proto__/.test(JSON.stringify(value)));
    fc.assert(
      fc.property(plain, (value) => {
        const json = JSON.parse(JSON.stringify(value)) as unknown;
        expect(resolveValue(json)).toEqual(json);
      }),
      { numRuns: 50 },
    );
  });

  it('substitutes as joining does', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[^$]*$/)), (texts) => {
        const sub = { 'Fn::Sub': texts.map((text) => `${text}\${Table}`).join('') };
        const join = { 'Fn::Join': ['', texts.flatMap((text) => [text, { Ref: 'Table' }])] };
        expect(resolveValue(sub, rest)).toBe(resolveValue(join, rest));
      }),
      { numRuns: 50 },
    );
  });
});

describe('resolveAssembly', () => {
  it('finds resources that need each other', () => {
    const a = { Type: 'Test::Owned', Properties: { Other: { Ref: 'B' } } };
    const b = { Type: 'Test::Owned', Properties: { Other: { Ref: 'A' } } };
    expect(() => resolveTemplate({ Resources: { A: a, B: b } })).toThrow('depends on itself');
  });

  it('counts the types that are not run, and keeps silent about those that nobody misses', () => {
    const queue = { Type: 'AWS::SQS::Queue' };
    const { notRun } = resolveTemplate({
      Resources: {
        One: queue,
        Two: queue,
        Meta: { Type: 'AWS::CDK::Metadata' },
        Role: { Type: 'AWS::IAM::Role' },
        Own: { Type: 'Test::Owned' },
      },
    });
    expect([...notRun]).toEqual([['AWS::SQS::Queue', 2]]);
  });

  it('leaves out an output of something that is not run, and says so', () => {
    const { outputs, warnings } = resolveTemplate({
      Resources: rest.Resources,
      Parameters: rest.Parameters,
      Conditions: rest.Conditions,
      Outputs: {
        Url: { Value: { 'Fn::GetAtt': ['Strange', 'Url'] } },
        Name: { Value: { Ref: 'Table' } },
        Off: { Value: 1, Condition: 'No' },
      },
    });
    expect(outputs).toEqual({ Stack: { Name: 'the-table' } });
    expect(warnings).toEqual([expect.stringContaining('Outputs.Url.Value: Fn::GetAtt Strange.Url')]);
  });
});
