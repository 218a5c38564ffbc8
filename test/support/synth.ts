import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import cdk from '../../cdk.json' with { type: 'json' };
import { standInLayers } from '../../contracts/variables.ts';

// CDK's own validation of a template takes seconds. bin/app.ts is tested with it, in both stages.
process.env['CDK_VALIDATION'] ??= 'false';
// No test installs packages for another platform.
process.env[standInLayers] ??= '1';

/** What a synthesized stack is looked at by. */
export interface Synthesized<T> {
  readonly built: T;
  readonly stack: Stack;
  readonly template: Template;
}

/** A stack as `cdk.json` has it made, without an account. */
export const emptyStack = (): Stack => new Stack(new App({ context: cdk.context }), 'Test');

/** Builds constructs in a stack of their own and synthesizes it. */
export const synth = <T>(build: (stack: Stack) => T): Synthesized<T> => {
  const stack = emptyStack();
  const built = build(stack);
  return { built, stack, template: Template.fromStack(stack) };
};

/** One statement of a policy in a template. */
export interface Statement {
  readonly Action: string | readonly string[];
  readonly Effect: string;
  readonly Resource: unknown;
}

/** All statements that the template gives to roles, by the logical id of the role that carries them, or of the policy. */
export const statementsOf = (template: Template): readonly (Statement & { readonly policy: string })[] => {
  const inside = Object.entries(template.findResources('AWS::IAM::Role')).flatMap(([role, { Properties }]) =>
    ((Properties.Policies ?? []) as { readonly PolicyDocument: { readonly Statement: readonly Statement[] } }[]).map(
      ({ PolicyDocument }) => [role, PolicyDocument] as const,
    ),
  );
  const beside = ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy'].flatMap((type) =>
    Object.entries(template.findResources(type)).map(([policy, { Properties }]) => [policy, Properties.PolicyDocument] as const),
  );
  return [...inside, ...beside].flatMap(([policy, { Statement: statements }]) =>
    (statements as readonly Statement[]).map((statement) => ({ ...statement, policy })),
  );
};

/** The actions of the roles and policies whose logical id holds `part`. */
export const actionsOf = (template: Template, part: string): readonly string[] =>
  statementsOf(template)
    .filter(({ policy }) => policy.includes(part))
    .flatMap(({ Action }) => Action)
    .sort();
