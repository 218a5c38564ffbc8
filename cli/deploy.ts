import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { SchemaReport } from '../lib/schema-change/schema-gate.ts';
import type { CliCommand } from './command.ts';
import { type AssemblyStack, stacksOf } from './deploy-assembly.ts';
import { type DeploymentPlan, type DeploymentStep, planDeployment } from './deploy-plan.ts';
import { readDeployedTemplate } from './deploy-read-template.ts';
import { collect, synthesizeProject } from './project-app.ts';
import { isAccepted } from './schema.ts';
import { heading, print } from './ui.ts';
import { UserError } from './user-error.ts';

interface DeployOptions {
  readonly context: readonly string[];
  readonly allow: readonly string[];
  readonly folder: string;
  readonly cdk?: string;
  readonly plan: boolean;
}

interface StackPlan extends DeploymentPlan {
  readonly stack: AssemblyStack;
}

interface Cdk {
  readonly command: string;
  readonly assembly: string;
  /** Options of the person at the terminal. */
  readonly options: readonly string[];
}

const runCdk = ({ command, assembly, options }: Cdk, stacks: readonly string[], more: readonly string[]): Promise<void> => {
  const child = spawn(command, ['deploy', '--app', assembly, ...more, ...stacks, ...options], { stdio: 'inherit' });
  return new Promise((done, failed) => {
    child.on('error', (cause) =>
      failed(new UserError(`${command} cannot be run: ${cause.message}.`, 'Install it: npm install --save-dev aws-cdk.', { cause })),
    );
    child.on('close', (code) => {
      if (code === 0) done();
      else
        failed(
          new UserError(
            `The deployment failed (cdk ended with ${code}).`,
            'See to what it says above, then run "plinth deploy" again: it goes on from what is deployed.',
          ),
        );
    });
  });
};

const checkAccepted = (reports: readonly SchemaReport[]): void => {
  if (reports.every((report) => isAccepted(report, process.cwd()))) return;
  throw new UserError(
    'The definition has changes that the lock file does not have.',
    'Run "plinth schema accept", review and commit the file, then deploy.',
  );
};

const checkRefusals = (plans: readonly StackPlan[], allow: readonly string[]): void => {
  const refused = plans.flatMap(({ refused: changes }) => changes).filter(({ name }) => !allow.includes(name));
  if (refused.length === 0) return;
  for (const { name, what, advice } of refused) print(`  ${what}. ${advice} To do it all the same: --allow ${name}`);
  throw new UserError('This deployment would lose stored data. Nothing was deployed.', 'See above.');
};

const stepsOf = ({ before, main, after }: StackPlan): readonly DeploymentStep[] => [...before, main, ...after];

const printPlan = (plan: StackPlan): void => {
  const steps = stepsOf(plan);
  print(
    heading(
      `${plan.stack.name}: ${steps.length === 1 ? 'one deployment' : `${steps.length} deployments, since DynamoDB makes or drops one index of a table at a time`}`,
    ),
  );
  for (const [index, { what }] of steps.entries()) print(`  ${index + 1}. ${what}`);
};

const printBackfills = (reports: readonly SchemaReport[]): void => {
  const stacks = reports
    .filter(({ models }) => Object.values(models).some(({ awaited }) => awaited !== undefined))
    .map(({ stack }) => stack);
  if (stacks.length === 0) return;
  print('Records that are older than a change of the definition may need a backfill. This does what is left to do, if anything is:');
  for (const stack of stacks) print(`  plinth data backfill all --stack ${stack}`);
};

const deployAll = async (plans: readonly StackPlan[], cdk: Cdk): Promise<void> => {
  for (const { stack, before } of plans) {
    for (const { what, template } of before) {
      print(heading(`${stack.name}: ${what}`));
      stack.template = template;
      await runCdk(cdk, [stack.id], ['--exclusively']);
    }
  }
  for (const { stack, main } of plans) {
    print(heading(`${stack.name}: ${main.what}`));
    stack.template = main.template;
  }
  await runCdk(
    cdk,
    plans.map(({ stack }) => stack.id),
    [],
  );
  for (const { stack, after } of plans) {
    for (const { what, template } of after) {
      print(heading(`${stack.name}: ${what}`));
      stack.template = template;
      await runCdk(cdk, [stack.id], ['--exclusively']);
    }
  }
};

const chosen = (stacks: readonly AssemblyStack[], names: readonly string[]): readonly AssemblyStack[] => {
  const unknown = names.find((name) => !stacks.some(({ id, name: own }) => name === id || name === own));
  if (unknown !== undefined)
    throw new UserError(`The app has no stack ${unknown}.`, `Use one of ${stacks.map(({ name }) => name).join(', ')}.`);
  return names.length === 0 ? stacks : stacks.filter(({ id, name }) => names.includes(id) || names.includes(name));
};

const run = async (operands: readonly string[], options: DeployOptions): Promise<void> => {
  const firstOption = operands.findIndex((operand) => operand.startsWith('-'));
  const names = firstOption === -1 ? operands : operands.slice(0, firstOption);
  const projectFolder = process.cwd();
  const { folder, reports } = await synthesizeProject({
    projectFolder,
    outputFolder: join(projectFolder, options.folder, 'deploy', 'cdk.out'),
    context: options.context,
  });
  checkAccepted(reports);
  const plans: StackPlan[] = [];
  for (const stack of chosen(stacksOf(folder), names)) {
    plans.push({ stack, ...planDeployment(await readDeployedTemplate(stack), stack.template) });
  }
  for (const plan of plans) printPlan(plan);
  checkRefusals(plans, options.allow);
  if (options.plan) return;
  const installed = join(projectFolder, 'node_modules', '.bin', 'cdk');
  const command = options.cdk ?? (existsSync(installed) ? installed : 'cdk');
  await deployAll(plans, { command, assembly: folder, options: firstOption === -1 ? [] : operands.slice(firstOption) });
  printBackfills(reports.filter(({ stack }) => plans.some((plan) => plan.stack.name === stack)));
};

/** `plinth deploy`: `cdk deploy`, in as many steps as the indexes need, and never with a loss of data. */
export const deploy: CliCommand = {
  register: (program) => {
    program
      .command('deploy')
      .description('Deploys by "cdk deploy", in several steps where the indexes of a table need it; refuses what would lose data')
      .argument(
        '[stacks...]',
        'stacks to deploy, all of the app if none is named; options after -- are for cdk: plinth deploy -- --require-approval never',
      )
      .option('-c, --context <key=value>', 'context for the app, as for cdk; may be given several times', collect, [])
      .option(
        '--allow <name>',
        'does a refused change all the same, by the name that the refusal gives; may be given several times',
        collect,
        [],
      )
      .option('--plan', 'prints the steps and deploys nothing', false)
      .option('--cdk <command>', 'the cdk command (default: the one of the project)')
      .option('--folder <folder>', 'where the app is synthesized', '.plinth')
      .action(run);
  },
};
