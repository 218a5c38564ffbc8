import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';

/** Bytes of a page's login after minifying and gzip. Amplify's takes 120 kB. */
const maxGzipBytes = 6 * 1024;

const bundle = async (code: string) => {
  const { outputFiles, metafile } = await build({
    stdin: { contents: code, resolveDir: `${import.meta.dirname}/../..`, loader: 'ts' },
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
  });
  return { text: outputFiles[0]?.text ?? '', inputs: Object.keys(metafile.inputs) };
};

const login = `
  import { createClient } from './client/client.ts';
  const client = createClient({ url: 'https://api.example.com' });
  client.auth.login({ email: 'ann@example.com', password: 'secret' }).then(console.log);
`;

describe('The client’s bundle', () => {
  it('is small enough for a login', async () => {
    const { text } = await bundle(login);
    expect(gzipSync(text, { level: 9 }).length).toBeLessThanOrEqual(maxGzipBytes);
  });

  it('holds the client’s own files and nothing else: no contract, no Zod, no AWS SDK, no Node module', async () => {
    const { inputs } = await bundle(login);
    expect(inputs.filter((input) => !input.startsWith('client/') && input !== '<stdin>')).toEqual([]);
  });
});
