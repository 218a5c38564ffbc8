import { startLocal } from '../../local/local-backend.ts';

// Runs a backend in a process of its own, which a test may kill: `backend-process.ts <assembly> <folder>`.

const [, , assembly = '', folder = ''] = process.argv;
const backend = await startLocal({ assembly, folder });
process.on('SIGTERM', () => {
  backend.dispose().then(
    () => process.exit(0),
    () => process.exit(1),
  );
});
const { apiUrl, endpointUrl, region, credentials } = backend;
process.stdout.write(`${JSON.stringify({ apiUrl, endpointUrl, region, credentials })}\n`);
