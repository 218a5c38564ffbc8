import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';

const root = join(import.meta.dirname, '..', '..');

/** `PUT /<id>` writes an item, `GET /<id>` tells whether it is there; an id that begins with `slow` takes half a second. */
const handler = `
const call = async (operation, input) => {
  const { AWS_ACCESS_KEY_ID, AWS_SESSION_TOKEN, AWS_ENDPOINT_URL, AWS_REGION, TABLE_NAME } = process.env;
  const authorization = 'AWS4-HMAC-SHA256 Credential=' + AWS_ACCESS_KEY_ID + '/20260101/' + AWS_REGION + '/dynamodb/aws4_request, Signature=0';
  const headers = { authorization, 'x-amz-security-token': AWS_SESSION_TOKEN, 'x-amz-target': 'DynamoDB_20120810.' + operation, 'content-type': 'application/x-amz-json-1.0' };
  return (await fetch(AWS_ENDPOINT_URL, { method: 'POST', headers, body: JSON.stringify({ TableName: TABLE_NAME, ...input }) })).json();
};
exports.handler = async ({ rawPath, requestContext }) => {
  const id = { S: rawPath };
  console.log(rawPath);
  if (rawPath.startsWith('/slow')) await new Promise((done) => setTimeout(done, 500));
  if (requestContext.http.method === 'PUT') await call('PutItem', { Item: { id } });
  const { Item } = await call('GetItem', { Key: { id } });
  return { version: process.env.APP_VERSION, found: Item !== undefined };
};`;

/** A small CDK app. Its function tells `version`. */
const appSource = (version: string): string => `
import { App, Stack, RemovalPolicy } from 'aws-cdk-lib';
import { HttpApi } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { AttributeType, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Code, Function, Runtime } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';

const stack = new Stack(new App(), 'Cli');
const table = new TableV2(stack, 'Items', { partitionKey: { name: 'id', type: AttributeType.STRING }, removalPolicy: RemovalPolicy.DESTROY });
const common = { runtime: Runtime.NODEJS_24_X, handler: 'index.handler', environment: { TABLE_NAME: table.tableName, APP_VERSION: '${version}' } };
const notes = new Construct(stack, 'Notes');
const records = new Function(notes, 'RecordsFunction', { ...common, code: Code.fromInline(${JSON.stringify(handler)}) });
new Function(notes, 'SearchFunction', { ...common, code: Code.fromInline('exports.handler = async () => {}') });
table.grant(records, 'dynamodb:GetItem', 'dynamodb:PutItem');
new HttpApi(stack, 'Api', { defaultIntegration: new HttpLambdaIntegration('Integration', records) });
`;

/** How a command ended, and what it printed. */
export interface Ended {
  readonly code: number | null;
  readonly output: string;
}

/** A folder with a CDK app in it, in which the CLI is called as a user would. */
export class CliProject {
  readonly folder = mkdtempSync(join(tmpdir(), 'plinth-cli-'));
  readonly #processes = new Set<CliProcess>();

  constructor() {
    symlinkSync(join(root, 'node_modules'), join(this.folder, 'node_modules'));
    this.write('cdk.json', JSON.stringify({ app: 'node app.mjs' }));
    this.writeApp('one');
  }

  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text);
  }

  writeFolder(folder: string, files: Readonly<Record<string, string>>): void {
    mkdirSync(join(this.folder, folder), { recursive: true });
    for (const [name, text] of Object.entries(files)) this.write(join(folder, name), text);
  }

  writeApp(version: string, more = ''): void {
    this.write('app.mjs', appSource(version) + more);
  }

  delete(name: string): void {
    rmSync(join(this.folder, name));
  }

  files(): readonly string[] {
    return readdirSync(this.folder);
  }

  read(name: string): string {
    return readFileSync(join(this.folder, name), 'utf8');
  }

  /** Starts `plinth` with these arguments. */
  spawn(...args: readonly string[]): CliProcess {
    const started = new CliProcess(this.folder, args);
    this.#processes.add(started);
    return started;
  }

  /** Starts `plinth dev` on free ports and waits until it says that it runs. */
  async dev(...args: readonly string[]): Promise<CliProcess> {
    const started = this.spawn('dev', '--port', '0', '--aws-port', '0', ...args);
    await started.says(/Stop +Ctrl\+C/);
    return started;
  }

  async remove(): Promise<void> {
    for (const started of this.#processes) await started.kill('SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** A running `plinth`. */
export class CliProcess {
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;
  #output = '';

  constructor(folder: string, args: readonly string[]) {
    this.#child = spawn(process.execPath, [join(root, 'bin', 'plinth.ts'), ...args], { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
    const take = (chunk: Buffer): void => {
      this.#output += stripVTControlCharacters(chunk.toString());
    };
    this.#child.stdout?.on('data', take);
    this.#child.stderr?.on('data', take);
    this.ended = once(this.#child, 'close').then(([code]) => ({ code: code as number | null, output: this.#output }));
  }

  get output(): string {
    return this.#output;
  }

  get apiUrl(): string {
    return /API +(http:\S+)/.exec(this.#output)?.[1] ?? '';
  }

  /** Waits until the output holds this. */
  async says(text: RegExp): Promise<void> {
    for (const end = Date.now() + 90_000; !text.test(this.#output); await new Promise((resolve) => setTimeout(resolve, 10))) {
      if (Date.now() > end || this.#child.exitCode !== null) throw new Error(`it never said ${text}, but:\n${this.#output}`);
    }
  }

  /** Waits until it is ready for the next change: it has synthesized the last one, and has loaded the app's packages again. */
  async settles(): Promise<void> {
    for (let quiet = 0, seen = -1; quiet < 10; quiet = seen === this.#output.length ? quiet + 1 : 0) {
      seen = this.#output.length;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }

  async kill(signal: NodeJS.Signals): Promise<Ended> {
    this.#child.kill(signal);
    return this.ended;
  }
}
