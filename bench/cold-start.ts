import { spawn } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { bundleWith, synthesized } from './assembly.ts';
import { bundle } from './bundle.ts';
import { type Measure, median, medianRatio, round } from './measurement.ts';

const record = {
  id: { S: '0192d7a0-0000-7000-8000-000000000001' },
  owner: { S: 'someone' },
  version: { N: '1' },
  title: { S: 'A note' },
  slug: { S: 'a-note' },
  state: { S: 'published' },
  createdAt: { S: '2026-01-01T00:00:00.000Z' },
  updatedAt: { S: '2026-01-01T00:00:00.000Z' },
};

/** Answers every request at once, so that what is timed is the bundle and not a database. */
const instantAws = (): Promise<Server> =>
  new Promise((done) => {
    const server = createServer((request, response) => {
      request.resume();
      const body = JSON.stringify(request.url?.endsWith('jwks.json') ? { keys: [] } : { Item: record });
      response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0', 'content-length': Buffer.byteLength(body) }).end(body);
    });
    server.listen(0, '127.0.0.1', () => done(server));
  });

const coldStart = (file: string, endpoint: string): Promise<number> =>
  new Promise((done, failed) => {
    const child = spawn(process.execPath, [join(import.meta.dirname, 'cold-start-child.ts'), file], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: 'bench',
        AWS_SECRET_ACCESS_KEY: 'bench',
        AWS_LAMBDA_FUNCTION_NAME: 'bench',
        AWS_ENDPOINT_URL: endpoint,
        TABLE_NAME: 'notes',
        AUTH_USER_POOL_ID: 'us-east-1_AbCdEfGhI',
        AUTH_USER_POOL_CLIENT_ID: 'abcdefghijklmnopqrstuvwxyz',
        DATA_CONSTRAINTS_TABLE_NAME: 'constraints',
        DATA_NOTE_TABLE_NAME: 'notes',
        DATA_PROFILE_TABLE_NAME: 'profiles',
        DATA_COMMENT_TABLE_NAME: 'comments',
      },
    });
    let report = '';
    child.stderr.on('data', (chunk: Buffer) => {
      report += chunk.toString();
    });
    child.on('exit', () => {
      const line = report.slice(report.lastIndexOf('{"statusCode"'));
      const { statusCode, total } = JSON.parse(line || '{}') as { statusCode?: number; total?: number };
      if (statusCode === 200 && total !== undefined) done(total);
      else failed(new Error(`${file} did not answer 200: ${report}`));
    });
  });

const kilobytes = (bytes: number): string => `${round(bytes / 1_000, 0)} KB`;

/** The data handler's cold start beside a bare SDK handler's, and the size of its bundle. */
export const measureColdStart: Measure = async ({ smoke }) => {
  const ours = bundleWith(synthesized('bin/app.ts'), 'DATA_CONSTRAINTS_TABLE_NAME');
  const bare = bundle({ entryPoints: [join(import.meta.dirname, 'bare-sdk-handler.ts')] });
  const server = await instantAws();
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const pairs: [number, number][] = [];
  try {
    for (let run = 0; run < (smoke ? 2 : 25); run += 1) pairs.push([await coldStart(ours, endpoint), await coldStart(bare, endpoint)]);
  } finally {
    server.close();
  }
  const ratio = medianRatio(pairs);
  const size = statSync(ours).size;
  const zipped = gzipSync(readFileSync(ours)).length;
  const bareSize = statSync(bare).size;
  return [
    {
      what: 'Cold start of the data handler (load and first answer) / bare SDK handler',
      measured: `${round(ratio)}x (${round(median(pairs.map(([a]) => a)), 0)} ms / ${round(median(pairs.map(([, b]) => b)), 0)} ms, ${pairs.length} pairs)`,
      bound: '≤ 1.10x, stretch 0.45x',
      met: ratio <= 1.1,
    },
    {
      what: 'Bundle of the data handler, minified / gzip (bare SDK handler)',
      measured: `${kilobytes(size)} / ${kilobytes(zipped)} (${kilobytes(bareSize)})`,
      bound: '≤ 400 KB / ≤ 130 KB',
      met: size <= 400_000 && zipped <= 130_000,
    },
  ];
};
