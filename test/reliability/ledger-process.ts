// A process of its own for the run that kills it: serves the assembly of the first argument from the folder of the second. Its
// functions reach all AWS services through the proxy of the third. For each line that it reads, one of its functions is ended in the
// middle of whatever it does.
import { syncBuiltinESMExports } from 'node:module';
import { createInterface } from 'node:readline';
import threads from 'node:worker_threads';

const [, , assembly = '', folder = '', proxy = ''] = process.argv;
const functions = new Set<threads.Worker>();
class KnownWorker extends threads.Worker {
  constructor(...values: ConstructorParameters<typeof threads.Worker>) {
    super(...values);
    functions.add(this);
    this.once('exit', () => functions.delete(this));
  }
}
Reflect.set(threads, 'Worker', KnownWorker);
syncBuiltinESMExports();

const { startLocal } = await import('../../local/local-backend.ts');
const environment = { AWS_ENDPOINT_URL: proxy };
const { apiUrl, endpointUrl, region, credentials, outputs } = await startLocal({ assembly, folder, environment });
process.stdout.write(`${JSON.stringify({ apiUrl, endpointUrl, region, credentials, outputs })}\n`);

createInterface({ input: process.stdin }).on('line', () => {
  void [...functions][Math.floor(Math.random() * functions.size)]?.terminate();
});
