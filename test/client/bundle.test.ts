import { gzipSync } from 'node:zlib';
import { build, type Metafile } from 'esbuild';

/** Bytes of a page's login after minifying and gzip, as bundlers lay it out that leave shared code in the entry. Amplify's takes 120 kB. */
const maxLoginBytes = 7 * 1024;
/** The same where shared code gets files of its own, each compressed by itself. */
const maxSplitLoginBytes = 8 * 1024;
/** What the first upload loads beside it. */
const maxUploadBytes = 4 * 1024;

const bundle = async (code: string, options: { splitting?: boolean; external?: string[] } = {}) => {
  const { outputFiles, metafile } = await build({
    stdin: { contents: code, resolveDir: `${import.meta.dirname}/../..`, loader: 'ts' },
    bundle: true,
    minify: true,
    write: false,
    metafile: true,
    outdir: 'out',
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    ...options,
  });
  const sizes = outputFiles.map(({ path, text }) => [/[^/]+$/.exec(path)?.[0] ?? '', gzipSync(text, { level: 9 }).length] as const);
  return { metafile, sizes: new Map(sizes), inputs: Object.keys(metafile.inputs) };
};

/** The files that a page loads before it does anything. */
const loadedAtOnce = ({ outputs }: Metafile, path = 'out/stdin.js', seen = new Set<string>()): ReadonlySet<string> => {
  if (seen.has(path)) return seen;
  seen.add(path);
  for (const { kind, path: next } of outputs[path]?.imports ?? [])
    if (kind === 'import-statement') loadedAtOnce({ outputs } as Metafile, next, seen);
  return seen;
};

const login = `
  import { createClient } from './client/client.ts';
  const client = createClient({ url: 'https://api.example.com' });
  client.auth.login({ email: 'ann@example.com', password: 'secret' }).then(console.log);
`;
const onDemand = ['./upload-file.ts', './open-bytes.ts', './this-device.ts', './webhooks.ts', './email.ts', './analytics.ts'];

describe('The client’s bundle', () => {
  it('is small enough for a login', async () => {
    const { sizes } = await bundle(login, { external: onDemand });
    expect(sizes.get('stdin.js')).toBeLessThanOrEqual(maxLoginBytes);
  });

  it('loads what uploads, downloads and registers devices when it is needed', async () => {
    const { metafile, sizes } = await bundle(login, { splitting: true });
    const atOnce = [...loadedAtOnce(metafile)].map((path) => /[^/]+$/.exec(path)?.[0] ?? '');
    expect(atOnce.reduce((sum, name) => sum + (sizes.get(name) ?? 0), 0)).toBeLessThanOrEqual(maxSplitLoginBytes);
    for (const module of onDemand) {
      const [name = '', bytes] = [...sizes].find(([file]) => `./${file}`.startsWith(module.replace('.ts', '-'))) ?? [];
      expect(atOnce).not.toContain(name);
      expect(bytes).toBeLessThanOrEqual(maxUploadBytes);
    }
  });

  it('holds the client’s own files and nothing else: no contract, no Zod, no AWS SDK, no Node module', async () => {
    const { inputs } = await bundle(login);
    expect(inputs.filter((input) => !input.startsWith('client/') && input !== '<stdin>')).toEqual([]);
  });
});
