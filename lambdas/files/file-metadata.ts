import { fileLimits } from '../../contracts/files.ts';
import { validationError } from '../runtime/validate-body.ts';

/**
 * Refuses notes that are too long altogether.
 *
 * @throws ApiError `validation_failed`
 */
export const assertMetadataFits = (metadata: Readonly<Record<string, string>> | null | undefined): void => {
  const bytes = Object.entries(metadata ?? {}).reduce((sum, [name, text]) => sum + Buffer.byteLength(name) + Buffer.byteLength(text), 0);
  if (bytes <= fileLimits.metadataBytes) return;
  const detail = `The notes have ${bytes} bytes; ${fileLimits.metadataBytes} are allowed. Shorten them.`;
  throw validationError([{ pointer: '/metadata', code: 'too_long', detail }]);
};
