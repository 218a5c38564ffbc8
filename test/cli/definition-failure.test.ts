import { definitionFailure } from '../../cli/definition-failure.ts';

const told = (output: string): string => definitionFailure(output, import.meta.dirname).message;

describe('definitionFailure', () => {
  it('tells what a check at the end of the synthesis has found, as the CDK prints it', () => {
    const output = `node:internal/modules/run_main:107
    triggerUncaughtException(
    ^

«ValidationFailedWithErrors» Validation failed with the following errors:
  [Shop/Backend/Events] Shop/Backend/Functions/tell listens to "order.shiped", which never happens
  [Shop/Backend/Events] another
    ...App.synth in aws-cdk-lib...
    at file:///app.ts:8 (:)

Node.js v24.21.0
`;
    expect(told(output)).toBe(`The definition could not be synthesized.

[Shop/Backend/Events] Shop/Backend/Functions/tell listens to "order.shiped", which never happens
  [Shop/Backend/Events] another
`);
  });

  it('tells the message of an error that was thrown', () => {
    expect(told('file:///x.ts:1\nthrow\n^\n\nError: functions.a.on is empty\n    at file:///none.ts:1:2\n\nNode.js v24.21.0\n')).toBe(
      'The definition could not be synthesized.\n\nfunctions.a.on is empty\n',
    );
  });
});
