import { z } from 'zod';
import { fileLimits, type filesRoutes } from './files.ts';

// Only the synth side and types read this file: a Lambda bundle holds what is compiled from it, never Zod.

/** The handlers bring names into their canonical form and measure them in bytes (`invalid_path`). */
const name = z.string().max(4_096);
/** Compared without parameters, in any case. */
const type = z.string().min(1).max(255);
const sizeBytes = z.int().min(0).max(fileLimits.maxObjectBytes);
/** The SHA-256 of the bytes in base64. Only for uploads in one piece: S3 knows no such sum of several parts. */
const checksumSha256 = z.string().regex(/^[A-Za-z0-9+/]{43}=$/);
/** The names and texts together have at most `fileLimits.metadataBytes`. */
const metadata = z.record(z.string().min(1).max(128), z.string().max(fileLimits.metadataBytes));
/** The handlers look folders and records up. */
const folder = z.string().min(1).max(100);
const record = z.string().min(1).max(100);
const place = z.strictObject({ folder, record: record.optional(), name: name.optional() });

/** The bodies of requests by route. Objects are strict: an unknown field is refused. */
export const filesRequests = {
  createUpload: z.strictObject({
    name,
    type,
    sizeBytes,
    record: record.optional(),
    checksumSha256: checksumSha256.optional(),
    metadata: metadata.optional(),
  }),
  /** `name` and `metadata` change at once. */
  replaceFile: z.strictObject({
    name: name.optional(),
    type,
    sizeBytes,
    checksumSha256: checksumSha256.optional(),
    metadata: metadata.optional(),
  }),
  /** `metadata` takes the place of all that was there; null takes it away. */
  updateFile: z.strictObject({ name: name.optional(), metadata: metadata.nullable().optional() }),
  createParts: z.strictObject({
    partNumbers: z.array(z.int().min(1).max(fileLimits.maxParts)).min(1).max(fileLimits.partsPerRequest),
  }),
  /** `name`: @default the one that the file has */
  copyFile: place,
  moveFile: place,
} as const satisfies Partial<Record<keyof typeof filesRoutes, z.ZodType>>;

const file = z.object({
  id: z.string(),
  folder: z.string(),
  owner: z.string(),
  record: z.string().optional(),
  name: z.string(),
  type: z.string(),
  sizeBytes: z.int(),
  status: z.enum(['pending', 'ready', 'refused']),
  reason: z.enum(['type_mismatch', 'size_mismatch', 'checksum_mismatch', 'malware_found', 'not_scanned', 'quota_exceeded']).optional(),
  replacing: z.literal(true).optional(),
  checksumSha256: z.string().optional(),
  metadata: z.record(z.string(), z.string()).optional(),
  version: z.int(),
  createdAt: z.string(),
  updatedAt: z.string(),
  url: z.string().optional(),
  variants: z.record(z.string(), z.string()).optional(),
});
const ticket = z.union([
  z.object({ kind: z.literal('post'), url: z.string(), fields: z.record(z.string(), z.string()), expiresAt: z.string() }),
  z.object({ kind: z.literal('parts'), partSizeBytes: z.int(), partCount: z.int(), expiresAt: z.string() }),
]);
const upload = z.object({ file, upload: ticket });
const part = z.object({ partNumber: z.int(), url: z.string(), headers: z.record(z.string(), z.string()), sizeBytes: z.int() });

/** The bodies of answers by route. A route that is not named answers without a body. */
export const filesReplies = {
  readUsage: z.object({ usedBytes: z.int(), quotaBytes: z.int() }),
  listFiles: z.object({ items: z.array(file), cursor: z.string().optional() }),
  createUpload: upload,
  readFile: file,
  updateFile: file,
  createLink: z.object({ url: z.string(), expiresAt: z.string().optional() }),
  replaceFile: upload,
  readUpload: z.object({
    kind: z.enum(['post', 'parts']),
    partSizeBytes: z.int().optional(),
    partCount: z.int().optional(),
    arrived: z.array(z.int()),
    expiresAt: z.string(),
  }),
  createParts: z.object({ parts: z.array(part) }),
  completeUpload: file,
  copyFile: file,
  moveFile: file,
} as const satisfies Partial<Record<keyof typeof filesRoutes, z.ZodType>>;

export type FilesRequest<K extends keyof typeof filesRequests> = z.infer<(typeof filesRequests)[K]>;
