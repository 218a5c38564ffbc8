import type { BlobSource, NativeFile, UploadSource } from './file-types.ts';
import { NetworkError } from './network-error.ts';

/** A file that is to be uploaded. */
export interface SourceFile {
  readonly blob: Blob;
  readonly name: string | undefined;
  readonly type: string | undefined;
  /** Milliseconds since the epoch. */
  readonly lastModified: number | undefined;
}

const isNative = (source: UploadSource): source is NativeFile => 'uri' in source;
const isBlob = (source: object): source is BlobSource => 'slice' in source && 'arrayBuffer' in source && 'size' in source;

/** A phone's file by its address. The bytes stay with the system: React Native's blobs are references. */
const readNative = async ({ uri, name, type }: NativeFile): Promise<SourceFile> => {
  try {
    const blob = await (await fetch(uri)).blob();
    return { blob, name, type: type ?? blob.type, lastModified: undefined };
  } catch (cause) {
    throw new NetworkError('unreachable', `The file ${uri} cannot be read. Give the uri as the picker gave it.`, cause);
  }
};

/** Takes each kind of source for a blob, whose slices are read when they are sent. */
export const openSource = async (source: UploadSource): Promise<SourceFile> => {
  if (isBlob(source)) {
    const { name, type, lastModified } = source;
    return { blob: source as unknown as Blob, name, type, lastModified };
  }
  if (isNative(source)) return readNative(source);
  if (source instanceof ArrayBuffer || ArrayBuffer.isView(source)) {
    return { blob: new Blob([source as ArrayBuffer]), name: undefined, type: undefined, lastModified: undefined };
  }
  throw new TypeError('Give a File, a Blob, an ArrayBuffer, a Uint8Array, or a file of a phone with its uri.');
};
