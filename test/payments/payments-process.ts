// A process of its own for the test that kills it: serves the assembly of the first argument from the folder of the second, with
// Stripe at the third.
import { startLocal } from '../../local/local-backend.ts';

const [, , assembly = '', folder = '', stripeUrl = ''] = process.argv;
const environment = { PAYMENTS_API_URL: stripeUrl };
const { apiUrl, endpointUrl, region, credentials, outputs } = await startLocal({ assembly, folder, environment });
process.stdout.write(`${JSON.stringify({ apiUrl, endpointUrl, region, credentials, outputs })}\n`);
