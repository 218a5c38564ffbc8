import { join } from 'node:path';
import { App, CfnOutput, Stack } from 'aws-cdk-lib';
import { outputs } from '../../contracts/outputs.ts';
import { Api } from '../../lib/api/api.ts';
import { FeatureFunction } from '../../lib/api/feature-function.ts';
import { Auth } from '../../lib/auth/auth.ts';
import { Data } from '../../lib/data/data.ts';
import type { DataUses } from '../../lib/data/data-grants.ts';
import { hooksModels } from './hooks-definition.ts';

const app = new App({ outdir: process.env['CDK_OUTDIR'] ?? 'cdk.out', analyticsReporting: false });
const stack = new Stack(app, 'Hooks');
const api = new Api(stack, 'Api', { title: 'Hooks', stage: 'development' });
const ask = (id: string): FeatureFunction =>
  new FeatureFunction(stack, id, { entry: join(import.meta.dirname, 'ask-handler.ts'), description: 'Asked', stage: 'development' });

const asked = ask('Asked');
const auth = new Auth(stack, 'Auth', { api, groups: ['readers'], beforeSignUp: 'later' });
const data = new Data(stack, 'Data', {
  api,
  auth,
  models: hooksModels,
  hooks: { Order: { create: asked.function, update: 'later', delete: 'later' }, Line: { delete: asked.function } },
});
data.connectHook('Order', 'update', asked.function);
data.connectHook('Order', 'delete', asked.function);
auth.connectSignUpHook(asked.function);

const inside = (id: string, uses: DataUses, asCaller: boolean): void => {
  const { function: made } = new FeatureFunction(stack, id, {
    entry: join(import.meta.dirname, 'inside-handler.ts'),
    description: 'Uses data',
    stage: 'development',
    ...data.functionParts(uses, { asCaller }),
  });
  new CfnOutput(stack, `${id}Name`, { value: made.functionName });
};
inside('Writer', { Order: ['read', 'create', 'update', 'delete'] }, false);
inside('Reader', { Plain: ['read'], Order: ['read'] }, false);
inside('Liner', { Line: ['read', 'create', 'delete'] }, false);
inside('Remover', { Shelf: ['delete'] }, false);
inside('Caller', { Order: ['read', 'create', 'update'] }, true);
new CfnOutput(stack, 'UserPool', { value: auth.userPool.userPoolId }).overrideLogicalId(outputs.userPoolId);
app.synth();
