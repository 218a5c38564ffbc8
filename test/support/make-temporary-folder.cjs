const { mkdtempSync, readdirSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');

const ofRun = /^plinth-tests-(\d+)-/;

/**
 * Gives a run of the tests a temporary folder of its own, which `remove-temporary-folder.cjs` takes away at the end: what tests, CDK and
 * killed processes leave there fills no disk, and no test finds what another run left. What killed runs left goes, too.
 */
module.exports = () => {
  const outer = tmpdir();
  for (const name of readdirSync(outer)) {
    const owner = ofRun.exec(name)?.[1];
    if (owner !== undefined && !isAlive(Number(owner))) removeFolder(join(outer, name));
  }
  // What is kept from run to run stays outside of it.
  process.env.PLINTH_TEST_ASSEMBLIES ??= join(outer, 'plinth-test-assemblies');
  process.env.TMPDIR = mkdtempSync(join(outer, `plinth-tests-${process.pid}-`));
  globalThis.removeTemporaryFolder = () => {
    removeFolder(process.env.TMPDIR);
    process.env.TMPDIR = outer;
  };
};

const isAlive = (pid) => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
};

/** Something that still writes there, or is mounted there, is no failure of the tests. */
const removeFolder = (folder) => {
  try {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  } catch (error) {
    process.stderr.write(`${folder} could not be removed: ${error.message}\n`);
  }
};
