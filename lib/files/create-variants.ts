import { Architecture, Code, FunctionUrlAuthType, type IFunctionUrl, LayerVersion, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { FeatureFunction, type FeatureFunctionProps } from '../api/feature-function.ts';
import { lambdaEntry } from '../api/lambda-entry.ts';
import { nativeLayer } from './native-layer.ts';

export type VariantsProps = Pick<
  FeatureFunctionProps,
  'environment' | 'grants' | 'modules' | 'logRetention' | 'tracing' | 'stage' | 'memorySizeMb' | 'reservedConcurrency'
>;

/** What makes image variants. */
export interface Variants {
  readonly function: FeatureFunction;
  readonly url: IFunctionUrl;
}

/** Shorter than what CloudFront waits for an origin (30 s). */
const timeoutSeconds = 28;
/** At 1,769 MB a function has one whole CPU ("Configure Lambda function memory"); decoding an image is all that it does. */
const defaultMemoryMb = 2_048;

/** The function that makes image variants, reached by CloudFront only. */
export const createVariants = (parent: Construct, { memorySizeMb = defaultMemoryMb, ...options }: VariantsProps): Variants => {
  const scope = new Construct(parent, 'Variants');
  const layer = new LayerVersion(scope, 'Sharp', {
    description: 'Plinth: sharp, which has native code',
    code: Code.fromAsset(nativeLayer('sharp')),
    compatibleArchitectures: [Architecture.ARM_64],
    compatibleRuntimes: [Runtime.NODEJS_24_X],
  });
  const variants = new FeatureFunction(scope, 'Function', {
    ...options,
    memorySizeMb,
    description: 'Plinth: image variants',
    entry: lambdaEntry('files/variants-handler.ts'),
    layers: [{ layer, packages: ['sharp'] }],
    timeoutSeconds,
  });
  // CloudFront signs its requests; nobody else may call the URL.
  return { function: variants, url: variants.function.addFunctionUrl({ authType: FunctionUrlAuthType.AWS_IAM }) };
};
