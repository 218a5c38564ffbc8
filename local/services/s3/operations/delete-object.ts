import { AwsError } from '../../service.ts';
import { claimedChecksum } from '../body/checksum.ts';
import { readText } from '../body/read-text.ts';
import { causedBy, makeChange, settle } from '../changes.ts';
import { versionHeaders } from '../object-headers.ts';
import { checkWrite } from '../preconditions.ts';
import { objectArn, type S3Call, type S3Operation } from '../s3-call.ts';
import { s3Error } from '../s3-error.ts';
import type { ObjectVersion } from '../storage/version.ts';
import type { Change } from '../storage/version-store.ts';
import { existingTagContext } from '../tags.ts';
import { childrenOf, parseXml, textOf, type XmlContent, xmlAnswer } from '../xml.ts';

const MAX_KEYS = 1_000;

interface Target {
  readonly key: string;
  readonly versionId: string | undefined;
  readonly etag?: string | undefined;
}

export const deleteObject: S3Operation = async (call) => {
  const { bucket, key, query, headers } = call;
  const target = { key, versionId: query.get('versionId') ?? undefined, etag: headers['if-match'] };
  authorizeDelete(call, target);
  const change = deleteOne(call, target);
  await settle(call.engine, change === undefined ? [] : [change]);
  const deleted = change?.version;
  return { status: 204, headers: deleted === undefined ? {} : versionHeaders(bucket, deleted), body: '' };
};

function authorizeDelete(call: S3Call, { key, versionId }: Target): void {
  const { engine, bucket } = call;
  const tags = existingTagContext(engine.versions.find(bucket.name, key, versionId)?.tags);
  if (versionId === undefined) call.authorize('DeleteObject', tags, objectArn(bucket, key));
  else call.authorize('DeleteObjectVersion', { ...tags, 's3:VersionId': versionId }, objectArn(bucket, key));
}

/** Undefined: there was nothing to delete, which is no failure. */
function deleteOne(call: S3Call, { key, versionId, etag }: Target): Change | undefined {
  const { engine, bucket } = call;
  const { versions, context } = engine;
  const marks = versionId === undefined && bucket.versioning !== undefined;
  const event = `ObjectRemoved:${marks ? 'DeleteMarkerCreated' : 'Delete'}`;
  return makeChange(engine, bucket, causedBy(call, event, 'DeleteObject'), () => {
    if (etag !== undefined) checkWrite({ 'if-match': etag }, key, versions.current(bucket.name, key));
    if (versionId === undefined) return versions.delete(bucket, key, context.clock.now());
    const version = versions.find(bucket.name, key, versionId);
    return version && versions.deleteVersion(version);
  });
}

export const deleteObjects: S3Operation = async (call) => {
  if (call.headers['content-md5'] === undefined && claimedChecksum(call.headers) === undefined)
    throw s3Error('InvalidRequest', 'Missing required header for this request: Content-MD5 OR x-amz-checksum-*');
  const source = await readText(call);
  const root = parseXml(source, 'Delete');
  const quiet = textOf(root, 'Quiet') === 'true';
  const targets = childrenOf(root, 'Object').map((element): Target => {
    const key = textOf(element, 'Key');
    if (key === undefined || key === '') throw s3Error('MalformedXML');
    return { key, versionId: textOf(element, 'VersionId') || undefined, etag: textOf(element, 'ETag') };
  });
  if (targets.length === 0 || targets.length > MAX_KEYS) throw s3Error('MalformedXML');
  const outcomes = call.engine.database.transaction(() => targets.map((target) => deleteListed(call, target)));
  await settle(
    call.engine,
    outcomes.flatMap(({ change }) => change ?? []),
  );
  const Deleted = outcomes.flatMap(({ deleted }) => deleted ?? []);
  return xmlAnswer('DeleteResult', { ...(!quiet && { Deleted }), Error: outcomes.flatMap(({ refused }) => refused ?? []) });
};

interface Outcome {
  readonly change?: Change | undefined;
  readonly deleted?: XmlContent;
  readonly refused?: XmlContent;
}

/** What is refused for one object holds up no other. */
function deleteListed(call: S3Call, target: Target): Outcome {
  const { key: Key, versionId: VersionId } = target;
  try {
    authorizeDelete(call, target);
    const change = deleteOne(call, target);
    return { change, deleted: { Key, VersionId, ...markerOf(call, target, change?.version) } };
  } catch (error) {
    if (!(error instanceof AwsError)) throw error;
    const Code = error.code === 'AccessDeniedException' ? 'AccessDenied' : error.code;
    return { refused: { Key, VersionId, Code, Message: error.message } };
  }
}

function markerOf({ bucket }: S3Call, { versionId }: Target, deleted: ObjectVersion | undefined): Record<string, XmlContent> {
  if (bucket.versioning === undefined || deleted?.isMarker !== true) return {};
  return { DeleteMarker: true, DeleteMarkerVersionId: versionId ?? deleted.versionId };
}
