// A process of its own for the tests that kill it: serves the assembly of the first argument from the folder of the second.
import { startLocal } from '../../local/local-backend.ts';

const [, , assembly = '', folder = ''] = process.argv;
const { apiUrl, endpointUrl, region, credentials, outputs } = await startLocal({ assembly, folder });
process.stdout.write(`${JSON.stringify({ apiUrl, endpointUrl, region, credentials, outputs })}\n`);
