import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { measureBundleSizes } from './bundle-sizes.ts';
import { measureColdStart } from './cold-start.ts';
import { measureFilesAndPush } from './files-and-push-requests.ts';
import { measureFrameworkCost } from './framework-cost.ts';
import { measureHotReload } from './hot-reload.ts';
import { measureListGrowth } from './list-growth.ts';
import type { Measurement } from './measurement.ts';
import { measureRequestsPerCall } from './requests-per-call.ts';
import { measureStartUp } from './start-up.ts';

const measures = [
  measureColdStart,
  measureFrameworkCost,
  measureBundleSizes,
  measureRequestsPerCall,
  measureFilesAndPush,
  measureListGrowth,
  measureStartUp,
  measureHotReload,
];

const table = (rows: readonly Measurement[]): string =>
  [
    '| what | measured | bound | met |',
    '|---|---|---|---|',
    ...rows.map(({ what, measured, bound, met }) => `| ${what} | ${measured} | ${bound} | ${met ? 'yes' : '**no**'} |`),
  ].join('\n');

const page = (rows: readonly Measurement[]): string => `# Performance

Measured by \`npm run bench -- --write\`, which wrote this page on ${new Date().toISOString().slice(0, 10)} (Node ${process.versions.node}, ${cpus().length} cores, ${process.platform} ${process.arch}). Times are medians, and ratios of runs that took turns, since machines differ and drift; counts are exact. \`npm run bench -- --smoke\` runs each measurement briefly.

${table(rows)}

- **Cold start**: a fresh process loads the bundle and answers one request, against a server that answers at once. The reference is the least handler that reads one record with the same SDK (\`bench/bare-sdk-handler.ts\`).
- **DynamoDB of a call**: counted at the local AWS endpoint, whose units are computed as AWS bills them (\`test/conformance/dynamodb\`). The definition is \`bench/memos-app.ts\`. The first request of a container adds one get, which opens its connection while the function starts.
- **AWS requests** of files and push (\`examples/photos\`): all that a step asks of AWS until nothing more comes, what happens behind queues and streams included. Not counted: what AWS does on its own, as polling queues and delivering to phones. **Prices**: list prices of us-east-1 (DynamoDB on demand $0.125 and $0.625 a million units, S3 $0.40 and $5.00, SQS $0.40, SNS $0.50, HTTP API $1.00, Lambda $0.20, CloudFront $1.00), as published in 2026; running time of functions, storage and traffic come on top.
- **Beside parse-server with PostgreSQL**: [performance-against-parse.md](performance-against-parse.md).
- **Framework cost**: the middleware stack of every handler, without a token. Verifying an access token's RSA signature comes on top, about 0.05 ms.
`;

const { values } = parseArgs({ options: { smoke: { type: 'boolean', default: false }, write: { type: 'boolean', default: false } } });
const rows: Measurement[] = [];
for (const measure of measures) rows.push(...(await measure({ smoke: values.smoke })));
process.stdout.write(`${table(rows)}\n`);
if (values.write) writeFileSync(join(import.meta.dirname, '..', 'docs', 'performance.md'), page(rows));
// Counts never depend on the machine, so that one that is missed is a failure; a time that is missed is a figure to look at.
const missedCounts = rows.filter(({ what, met }) => !met && /^(DynamoDB|AWS requests)/.test(what));
process.exitCode = missedCounts.length > 0 ? 1 : 0;
