import { CloudFormationClient, GetTemplateCommand } from '@aws-sdk/client-cloudformation';
import type { AssemblyStack } from './deploy-assembly.ts';
import type { StackTemplate } from './deploy-plan.ts';
import { UserError } from './user-error.ts';

/**
 * The template that a stack was deployed with; undefined if it is not deployed.
 *
 * @throws UserError when AWS does not tell
 */
export const readDeployedTemplate = async ({ name, region }: AssemblyStack): Promise<StackTemplate | undefined> => {
  const client = new CloudFormationClient({ ...(region !== undefined && { region }) });
  try {
    const { TemplateBody: text = '{}' } = await client.send(new GetTemplateCommand({ StackName: name, TemplateStage: 'Original' }));
    return JSON.parse(text) as StackTemplate;
  } catch (cause) {
    const { message } = cause as Error;
    if (/does not exist/.test(message)) return undefined;
    throw new UserError(
      `The deployed template of ${name} cannot be read: ${message}.`,
      'Check AWS_REGION and your AWS credentials ("aws sts get-caller-identity" tells whose they are). Nothing was deployed.',
      { cause },
    );
  } finally {
    client.destroy();
  }
};
