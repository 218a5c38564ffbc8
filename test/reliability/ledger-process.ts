// A process of its own for the run that kills it: serves the assembly of the first argument from the folder of the second. Its
// functions reach EventBridge and DynamoDB through the proxy of the third.
import { startLocal } from '../../local/local-backend.ts';

const [, , assembly = '', folder = '', proxy = ''] = process.argv;
const environment = { AWS_ENDPOINT_URL_EVENTBRIDGE: proxy, AWS_ENDPOINT_URL_DYNAMODB: proxy };
const { apiUrl, endpointUrl, region, credentials, outputs } = await startLocal({ assembly, folder, environment });
process.stdout.write(`${JSON.stringify({ apiUrl, endpointUrl, region, credentials, outputs })}\n`);
