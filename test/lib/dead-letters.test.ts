import type { BackendDefinition } from '../../contracts/backend.ts';
import { backend as notes } from '../../examples/notes/backend.ts';
import { backend as photos } from '../../examples/photos/backend.ts';
import { backend as quotes } from '../../examples/quotes/backend.ts';
import { backend as shop } from '../../examples/shop/backend.ts';
import { Backend } from '../../lib/backend.ts';
import { synth } from '../support/synth.ts';

/** The ids of all queues that something puts aside in: queues, streams, rules and schedules. */
const putAsideIn = (template: {
  readonly Resources: Readonly<Record<string, { readonly Type: string; readonly Properties?: object }>>;
}) => {
  const text = JSON.stringify(Object.values(template.Resources).map(({ Properties }) => Properties));
  const targets = [
    /"deadLetterTargetArn":\{"Fn::GetAtt":\["(\w+)"/g,
    /"OnFailure":\{"Destination":\{"Fn::GetAtt":\["(\w+)"/g,
    /"DeadLetterConfig":\{"Arn":\{"Fn::GetAtt":\["(\w+)"/g,
  ].flatMap((pattern) => [...text.matchAll(pattern)].map(([, id = '']) => id));
  return [...new Set(targets)].sort();
};

describe.each(Object.entries({ notes, photos, quotes, shop } as Readonly<Record<string, BackendDefinition>>))('%s', (_name, definition) => {
  const { template } = synth(
    (stack) => new Backend(stack, 'Backend', definition, { stage: 'production', corsOrigins: ['https://a.example'] }),
  );
  const queues = putAsideIn(template.toJSON() as Parameters<typeof putAsideIn>[0]);

  it('puts something aside', () => expect(queues.length).toBeGreaterThan(0));

  it('lists each queue of dead letters among those that an operator can redrive', () => {
    const listed = JSON.stringify(template.toJSON()['Outputs'].DeadLetterQueues);
    expect(queues.filter((id) => !listed.includes(id))).toEqual([]);
  });

  it('has an alarm for each of them', () => {
    const watched = JSON.stringify(template.findResources('AWS::CloudWatch::Alarm', { Properties: { Namespace: 'AWS/SQS' } }));
    expect(queues.filter((id) => !watched.includes(id))).toEqual([]);
  });
});
