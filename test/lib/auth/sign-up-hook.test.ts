import type { Stack } from 'aws-cdk-lib';
import { Code, Function as LambdaFunction, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Api } from '../../../lib/api/api.ts';
import { Auth, type AuthProps } from '../../../lib/auth/auth.ts';
import { authModule } from '../../../lib/auth/auth-module.ts';
import { completeAuthOptions } from '../../../lib/auth/complete-auth-options.ts';
import { actionsOf, emptyStack, synth } from '../../support/synth.ts';

const asked = (stack: Stack): LambdaFunction =>
  new LambdaFunction(stack, 'Asked', {
    runtime: Runtime.NODEJS_24_X,
    handler: 'index.handler',
    code: Code.fromInline('exports.handler = () => {}'),
  });
const authIn = (stack: Stack, props: Partial<AuthProps> = {}): Auth => new Auth(stack, 'Auth', { api: new Api(stack, 'Api'), ...props });

describe('Auth with a hook before registrations', () => {
  it('lets the function of accounts invoke what is asked, and no other function', () => {
    const { template } = synth((stack) => authIn(stack, { beforeSignUp: asked(stack) }));
    expect(actionsOf(template, 'AuthAccounts')).toContain('lambda:InvokeFunction');
    expect(actionsOf(template, 'AuthUsers')).not.toContain('lambda:InvokeFunction');
    const functions = Object.values(template.findResources('AWS::Lambda::Function'));
    const told = functions.filter(({ Properties }) => Properties.Environment?.Variables?.AUTH_SIGN_UP_HOOK_ARN !== undefined);
    expect(told).toHaveLength(1);
  });

  it('may invoke nothing without one, and has nothing for it in its bundle', () => {
    const { template } = synth((stack) => authIn(stack));
    expect(actionsOf(template, 'AuthAccounts')).not.toContain('lambda:InvokeFunction');
    expect(authModule(completeAuthOptions({}), ['register'])).not.toContain('hooks-client');
    expect(authModule(completeAuthOptions({}), ['register'], true)).toContain('hooks-client');
  });

  it('refuses a function where none is to be asked', () => {
    const stack = emptyStack();
    expect(() => authIn(stack).connectSignUpHook(asked(stack))).toThrow(/beforeSignUp/);
  });

  it('refuses to be synthesized while the function is missing', () => {
    expect(() => synth((stack) => authIn(stack, { beforeSignUp: 'later' }))).toThrow(/connectSignUpHook/);
  });
});
