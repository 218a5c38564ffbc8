import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { build, type OutputFile } from 'esbuild';

const folder = join(import.meta.dirname, 'web');
const types: Readonly<Record<string, string>> = { css: 'text/css', html: 'text/html', js: 'text/javascript' };

/** A server of the page. */
export interface PhotosServer {
  readonly url: string;
  close(): Promise<void>;
}

const bundle = async (entry: string, splitting: boolean): Promise<readonly OutputFile[]> => {
  const { outputFiles } = await build({
    entryPoints: [join(folder, entry)],
    outdir: folder,
    bundle: true,
    splitting,
    minify: true,
    write: false,
    // A service worker without modules runs in every browser.
    format: splitting ? 'esm' : 'iife',
    platform: 'browser',
    target: 'es2022',
  });
  return outputFiles;
};

const readPage = async (apiUrl: string): Promise<ReadonlyMap<string, string>> => {
  const read = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');
  const [html, style, ...scripts] = await Promise.all([
    read('index.html'),
    read('style.css'),
    bundle('app.ts', true),
    bundle('service-worker.ts', false),
  ]);
  const files = new Map([
    ['/', html.replace('{{apiUrl}}', apiUrl)],
    ['/style.css', style],
  ]);
  for (const { path, text } of scripts.flat()) files.set(path.slice(folder.length), text);
  return files;
};

/** Bundles the page for a backend, and serves it on this machine. */
export const servePhotos = async (apiUrl: string, port: number): Promise<PhotosServer> => {
  const files = await readPage(new URL(apiUrl).origin);
  const server = createServer((request, response) => {
    const path = (request.url ?? '/').split('?')[0] ?? '/';
    const text = files.get(path);
    if (text === undefined) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('There is no such page.');
      return;
    }
    const type = types[path === '/' ? 'html' : path.replace(/^.*\./, '')] ?? 'text/plain';
    response.writeHead(200, { 'content-type': `${type}; charset=utf-8`, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
    response.end(text);
  });
  await new Promise<void>((listening, failed) => server.once('error', failed).listen(port, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
};
