import { StartError } from '../../start-error.ts';
import { type CorsConfiguration, readCors } from '../apigateway/http-api.ts';
import type { ResolvedResource } from '../service.ts';
import { text } from './function-definition.ts';

/** An `AWS::Lambda::Url` of the template. */
export interface FunctionUrl {
  readonly id: string;
  /** `http://127.0.0.1:<port>`; port 0 until it listens when the run has set none aside. */
  readonly url: string;
  /** With the alias, if the URL is one's. */
  readonly functionArn: string;
  readonly authType: 'NONE' | 'AWS_IAM';
  readonly cors: CorsConfiguration | undefined;
}

/** @throws StartError for a URL that streams its responses */
export function readFunctionUrls(resources: readonly ResolvedResource[]): FunctionUrl[] {
  return resources
    .filter(({ type }) => type === 'AWS::Lambda::Url')
    .map(({ logicalId, stackName, properties, attributes }) => {
      if (properties['InvokeMode'] === 'RESPONSE_STREAM') {
        throw new StartError(
          `The function URL ${stackName}/${logicalId} streams its responses (InvokeMode RESPONSE_STREAM), which local mode does not.`,
          'Leave InvokeMode at BUFFERED: responses of up to 6 MB need no more.',
        );
      }
      const url = new URL(attributes['FunctionUrl'] ?? 'http://127.0.0.1:0');
      return {
        id: logicalId.toLowerCase(),
        url: url.origin,
        functionArn: attributes['FunctionArn'] ?? '',
        authType: text(properties['AuthType']) === 'NONE' ? 'NONE' : 'AWS_IAM',
        cors: readCors(properties['Cors']),
      };
    });
}
