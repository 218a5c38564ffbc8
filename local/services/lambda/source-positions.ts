import { existsSync, readFileSync } from 'node:fs';
import { SourceMap } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

interface ParsedMap {
  readonly map: SourceMap;
  /** The folder that the map's sources are relative to. */
  readonly folder: string;
}

const POSITION = /(file:\/\/\/[^\s()]+|\/[^\s():]+):(\d+):(\d+)/;

/**
 * Makes stack traces tell source lines for files with a `.map` beside them, with or without a comment that names it.
 * A map is read when the first stack of its file is looked at, so a start costs nothing.
 *
 * @param options.copiedTo the folder that the code runs from
 * @param options.copiedFrom the folder that it was bundled into
 */
export function showSourcePositions(options: { readonly copiedFrom: string; readonly copiedTo: string }): void {
  const maps = new Map<string, ParsedMap | undefined>();
  const mapOf = (file: string): ParsedMap | undefined => {
    if (!maps.has(file)) maps.set(file, readMap(file, options));
    return maps.get(file);
  };
  Error.prepareStackTrace = (error, sites) => [headline(error), ...sites.map((site) => `    at ${mapped(String(site), mapOf)}`)].join('\n');
}

function headline(error: Error): string {
  try {
    return Error.prototype.toString.call(error);
  } catch {
    return 'Error';
  }
}

function mapped(site: string, mapOf: (file: string) => ParsedMap | undefined): string {
  const [where, file = '', line, column] = POSITION.exec(site) ?? [];
  if (where === undefined) return site;
  const parsed = mapOf(file.startsWith('file:') ? fileURLToPath(file) : file);
  const entry = parsed?.map.findEntry(Number(line) - 1, Number(column) - 1);
  if (parsed === undefined || entry === undefined || !('originalSource' in entry) || !entry.originalSource) return site;
  return site.replace(where, `${resolve(parsed.folder, entry.originalSource)}:${entry.originalLine + 1}:${entry.originalColumn + 1}`);
}

function readMap(file: string, { copiedFrom, copiedTo }: { copiedFrom: string; copiedTo: string }): ParsedMap | undefined {
  const mapFile = `${file}.map`;
  if (!file.startsWith(copiedTo) || !existsSync(mapFile)) return undefined;
  try {
    return {
      map: new SourceMap(JSON.parse(readFileSync(mapFile, 'utf8'))),
      folder: join(copiedFrom, dirname(file.slice(copiedTo.length))),
    };
  } catch {
    return undefined;
  }
}
