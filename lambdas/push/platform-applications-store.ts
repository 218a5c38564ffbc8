import { GetSecretValueCommand, ResourceNotFoundException, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import {
  CreatePlatformApplicationCommand,
  DeletePlatformApplicationCommand,
  InvalidParameterException,
  NotFoundException,
  SetPlatformApplicationAttributesCommand,
  SNSClient,
} from '@aws-sdk/client-sns';

const requests = {
  maxAttempts: 3,
  requestHandler: { connectionTimeout: 1_000, requestTimeout: 3_000, throwOnRequestTimeout: true },
};
const secrets = new SecretsManagerClient(requests);
const sns = new SNSClient(requests);

/** Secrets Manager says so also of a secret that is not there, whose ARN no policy can name. */
const isDenied = (error: unknown): boolean => error instanceof Error && error.name === 'AccessDeniedException';

/** The text of a secret; undefined if there is none that may be read. */
export const readSecret = async (name: string): Promise<string | undefined> => {
  try {
    return (await secrets.send(new GetSecretValueCommand({ SecretId: name }))).SecretString;
  } catch (error) {
    if (error instanceof ResourceNotFoundException || isDenied(error)) return undefined;
    throw error;
  }
};

/** An application of SNS. Its ARN is made of platform and name. */
export interface PlatformApplication {
  readonly arn: string;
  readonly name: string;
  /** SNS's name of it: `APNS`, `APNS_SANDBOX`, `GCM`. */
  readonly platform: string;
  readonly attributes: Record<string, string>;
}

/**
 * Makes an application, or gives one that is there already the attributes.
 *
 * @returns whether SNS, and the push service behind it, take the credentials. SNS's own words may repeat what it was given
 */
export const putApplication = async ({ arn, name, platform, attributes }: PlatformApplication): Promise<boolean> => {
  try {
    await sns.send(new SetPlatformApplicationAttributesCommand({ PlatformApplicationArn: arn, Attributes: attributes }));
    return true;
  } catch (error) {
    if (error instanceof InvalidParameterException) return false;
    if (!(error instanceof NotFoundException)) throw error;
  }
  try {
    await sns.send(new CreatePlatformApplicationCommand({ Name: name, Platform: platform, Attributes: attributes }));
    return true;
  } catch (error) {
    if (error instanceof InvalidParameterException) return false;
    throw error;
  }
};

/** Deletes an application with all of its endpoints. One that is no more is no error. */
export const deleteApplication = async (arn: string): Promise<void> => {
  await sns.send(new DeletePlatformApplicationCommand({ PlatformApplicationArn: arn }));
};
