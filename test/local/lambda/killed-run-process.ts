import { runFunctions } from './run-functions.ts';

// A run of its own, to be killed: it prints what its function answers.

const { 2: folder } = process.argv;
const run = await runFunctions(
  { family: { Runtime: 'provided.al2023', Code: { S3Key: 'family' }, Timeout: 60, MemorySize: 512 } },
  { context: { assetPath: () => folder } },
);
process.stdout.write(String((await run.invoke('family')).payload));
