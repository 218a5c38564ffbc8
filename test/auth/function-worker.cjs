// A thread as a Lambda function: its own environment, one bundle, and the clock of the run.
const { parentPort, workerData } = require('node:worker_threads');

const machineNow = Date.now;
let clockOffsetMs = 0;
Date.now = () => machineNow() + clockOffsetMs;

const { handler } = require(workerData.file);

parentPort.on('message', async ({ id, event, requestId, offsetMs }) => {
  clockOffsetMs = offsetMs;
  const deadline = performance.now() + 20_000;
  const context = { awsRequestId: requestId, getRemainingTimeInMillis: () => deadline - performance.now() };
  try {
    parentPort.postMessage({ id, result: await handler(event, context) });
  } catch (error) {
    parentPort.postMessage({ id, error: String(error) });
  }
});
