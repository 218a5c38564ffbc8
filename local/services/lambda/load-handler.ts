import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';

export type Handler = (event: unknown, context: unknown, callback?: (error: unknown, result?: unknown) => void) => unknown;

/** `Runtime.ImportModuleError`, `Runtime.HandlerNotFound`, …: why a handler cannot be used. */
export class HandlerError extends Error {
  constructor(type: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = type;
  }
}

/**
 * Finds `folder/file.export` in the task folder as Lambda does: `.js` by the package type, then `.mjs`, then `.cjs`.
 *
 * @throws HandlerError when there is no such file, or its export is no function
 */
export async function loadHandler(taskRoot: string, handler: string): Promise<Handler> {
  const [, fileName, exportPath] = /^([^.]*)\.(.+)$/.exec(basename(handler)) ?? [];
  if (fileName === undefined || exportPath === undefined || handler.includes('..')) {
    throw new HandlerError('Runtime.MalformedHandlerName', `Bad handler: ${handler}`);
  }
  const file = join(taskRoot, dirname(handler), fileName);
  const exports = await loadModule(taskRoot, file);
  const found = pick(exports, exportPath) ?? pick((exports as { default?: unknown })?.default, exportPath);
  if (found === undefined) throw new HandlerError('Runtime.HandlerNotFound', `${handler} is undefined or not exported`);
  if (typeof found !== 'function') throw new HandlerError('Runtime.HandlerNotFound', `${handler} is not a function`);
  return found as Handler;
}

function pick(exports: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], exports);
}

async function loadModule(taskRoot: string, file: string): Promise<unknown> {
  const found = ['.js', '.mjs', '.cjs'].map((extension) => file + extension).find((candidate) => existsSync(candidate));
  if (found === undefined) {
    throw new HandlerError('Runtime.ImportModuleError', `Error: Cannot find module '${basename(file)}'`);
  }
  try {
    return isModule(taskRoot, found) ? await import(pathToFileURL(found).href) : createRequire(found)(found);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException | undefined)?.code;
    if (code === 'MODULE_NOT_FOUND' || code === 'ERR_MODULE_NOT_FOUND') {
      throw new HandlerError('Runtime.ImportModuleError', String(error), { cause: error });
    }
    if (error instanceof SyntaxError) {
      throw new HandlerError('Runtime.UserCodeSyntaxError', `SyntaxError: ${error.message}`, { cause: error });
    }
    throw error;
  }
}

function isModule(taskRoot: string, file: string): boolean {
  if (file.endsWith('.mjs')) return true;
  if (file.endsWith('.cjs')) return false;
  for (let folder = dirname(file); (folder + sep).startsWith(resolve(taskRoot) + sep); folder = dirname(folder)) {
    const description = join(folder, 'package.json');
    if (existsSync(description)) return (JSON.parse(readFileSync(description, 'utf8')) as { type?: string }).type === 'module';
  }
  return false;
}
