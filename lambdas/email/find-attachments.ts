import { attachable, findBytes } from '@compiled/email-files';
import type { EmailRequest } from '../../contracts/email-schemas.ts';
import type { QueuedAttachment } from '../../contracts/email-table.ts';
import { ApiError, type FieldError } from '../../contracts/errors.ts';
import type { ApiRequest } from '../runtime/request.ts';
import { validationError } from '../runtime/validate-body.ts';

type Attachment = NonNullable<EmailRequest<'sendEmail'>['attachments']>[number];
type NamedFile = NonNullable<Attachment['file']>;
type Found = { readonly attachment: QueuedAttachment } | { readonly fault: FieldError };

/** What is wrong with the file, and nothing with the request. */
const refusals: ReadonlySet<string> = new Set(['not_found', 'forbidden', 'invalid_id', 'not_ready', 'unknown_folder']);

const find = async ({ folder, id }: NamedFile, filename: string | undefined, request: ApiRequest): Promise<QueuedAttachment> => {
  if (findBytes === undefined || !attachable.includes(folder)) {
    const detail =
      'Files of this folder are not sent along here. Name the folder in attachFrom of the definition’s e-mail; a function needs use.files(…, "read") of it as well.';
    throw new ApiError('unknown_folder', detail);
  }
  const { key, name, type, sizeBytes } = await findBytes({ ...request, path: { folder, id }, headers: {} });
  return { filename: filename ?? name, type, key, sizeBytes };
};

const findOne = async ({ filename, type, contentBase64 = '', file }: Attachment, request: ApiRequest, at: string): Promise<Found> => {
  if (file === undefined) return { attachment: { filename: filename ?? '', ...(type !== undefined && { type }), contentBase64 } };
  try {
    return { attachment: await find(file, filename, request) };
  } catch (error) {
    if (!(error instanceof ApiError) || !refusals.has(error.code)) throw error;
    return { fault: { pointer: `${at}/file`, code: 'invalid_reference', detail: error.message } };
  }
};

/**
 * The attachments of a request as they are put on the queue: those that name files say where the bytes are, which whoever sends reads.
 * The rules of the folder decide on the caller, and on functions their role.
 *
 * @throws ApiError `invalid_reference` with the faults of all
 */
export const findAttachments = async (attachments: readonly Attachment[], request: ApiRequest): Promise<readonly QueuedAttachment[]> => {
  const found = await Promise.all(attachments.map((attachment, index) => findOne(attachment, request, `/attachments/${index}`)));
  const faults = found.flatMap((one) => ('fault' in one ? [one.fault] : []));
  if (faults.length > 0) throw validationError(faults);
  return found.flatMap((one) => ('attachment' in one ? [one.attachment] : []));
};
