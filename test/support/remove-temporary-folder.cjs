/** Takes away what `make-temporary-folder.cjs` made, with all that the tests left in it. */
module.exports = () => globalThis.removeTemporaryFolder();
