import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { type Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  Code,
  type ILayerVersion,
  Function as LambdaFunction,
  LoggingFormat,
  Runtime,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { defaultLogRetention, type Stage } from '../stage.ts';
import { bundleFunction } from './bundle-function.ts';
import { createRole, type Grant } from './create-role.ts';

/** What one may choose for every function of Plinth. */
export interface FunctionOptions {
  /** 128 to 10,240 MB; the CPU grows with it. @default 1024: less starts slower and costs the same */
  readonly memorySizeMb?: number;
  /** @default 6 months in production, else 1 month */
  readonly logRetention?: RetentionDays;
  /** Sends traces to X-Ray. @default false */
  readonly tracing?: boolean;
}

/** Code for another runtime than Node's, as it is deployed. */
export interface ReadyCode {
  readonly code: Code;
  readonly handler: string;
  readonly runtime: Runtime;
}

export interface FeatureFunctionProps extends FunctionOptions {
  /** The handler's file, which is bundled; it exports `handler`. Or code that is ready. */
  readonly entry: string | ReadyCode;
  /** What the function does, for the console of AWS. */
  readonly description: string;
  /** The sources of the modules that are compiled for this function, by name: `@compiled/data`. @default none */
  readonly modules?: Readonly<Record<string, string>>;
  /** Modules that are left out of the bundle, since packages import them only for what the function never does. @default none */
  readonly unusedModules?: readonly string[];
  /** @default none */
  readonly environment?: Readonly<Record<string, string>>;
  /** What the function may do beside writing its log. @default nothing */
  readonly grants?: readonly Grant[];
  /** How long a run may take. @default 15: shorter than what the gateway waits (30), so that the caller gets our answer and not the gateway's */
  readonly timeoutSeconds?: number;
  /** Packages that a layer brings, since they cannot be bundled. @default none */
  readonly layers?: readonly PackageLayer[];
  /** Runs at one moment at most. They are taken from those of the account. @default - as many as the account allows */
  readonly reservedConcurrency?: number;
  readonly stage: Stage;
}

/** A layer and the packages in it. */
export interface PackageLayer {
  readonly layer: ILayerVersion;
  readonly packages: readonly string[];
}

const defaultTimeoutSeconds = 15;
const defaultMemoryMb = 1_024;

/**
 * A Lambda function as all of Plinth's are: Node 24 on arm64, bundled with esbuild at synth, with a log group of its own and a
 * role that may do nothing but what is listed.
 */
export class FeatureFunction extends Construct {
  /** The function itself. */
  readonly function: LambdaFunction;
  readonly role: Role;
  readonly logGroup: LogGroup;

  private readonly allow: (grant: Grant) => void;

  constructor(scope: Construct, id: string, props: FeatureFunctionProps) {
    super(scope, id);
    this.logGroup = new LogGroup(this, 'Logs', {
      retention: props.logRetention ?? defaultLogRetention(props.stage),
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const logs: Grant = { actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [this.logGroup.logGroupArn] };
    const { role, allow } = createRole(this, 'Role', new ServicePrincipal('lambda.amazonaws.com'), [logs, ...(props.grants ?? [])]);
    this.role = role;
    this.allow = allow;
    const layers = props.layers ?? [];
    this.function = new LambdaFunction(this, 'Function', {
      description: props.description,
      ...(typeof props.entry === 'string' ? this.bundle(props.entry, props) : props.entry),
      architecture: Architecture.ARM_64,
      memorySize: props.memorySizeMb ?? defaultMemoryMb,
      timeout: Duration.seconds(props.timeoutSeconds ?? defaultTimeoutSeconds),
      ...(layers.length > 0 && { layers: layers.map(({ layer }) => layer) }),
      ...(props.reservedConcurrency !== undefined && { reservedConcurrentExecutions: props.reservedConcurrency }),
      role: this.role,
      logGroup: this.logGroup,
      loggingFormat: LoggingFormat.TEXT,
      environment: { ...props.environment },
      tracing: props.tracing === true ? Tracing.ACTIVE : Tracing.DISABLED,
    });
  }

  /** Lets the function do something more, for what is made after it. */
  addGrant(grant: Grant): void {
    this.allow(grant);
  }

  private bundle(entry: string, { modules = {}, unusedModules = [], layers = [] }: FeatureFunctionProps): ReadyCode {
    const { directory, hash } = bundleFunction({
      entry,
      modules,
      externalModules: [...unusedModules, ...layers.flatMap(({ packages }) => packages)],
    });
    return { code: Code.fromAsset(directory, { assetHash: hash }), handler: 'index.handler', runtime: Runtime.NODEJS_24_X };
  }
}
