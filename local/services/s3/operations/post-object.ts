import type { AwsResponse } from '../../service.ts';
import { claimedChecksum } from '../body/checksum.ts';
import { readForm, type UploadForm } from '../body/form-reader.ts';
import { MAX_BODY_BYTES, receive } from '../body/receive-body.ts';
import { objectDetails } from '../object-headers.ts';
import { checkKey } from '../object-key.ts';
import type { S3Call, S3Operation } from '../s3-call.ts';
import { objectArn } from '../s3-call.ts';
import { invalidArgument, s3Error } from '../s3-error.ts';
import { type PostLeave, verifyPost } from '../signing/post-policy.ts';
import type { ObjectVersion } from '../storage/version.ts';
import { requestTagContext, tagsOfXml } from '../tags.ts';
import { xmlAnswer } from '../xml.ts';
import { storedHeaders, storeObject } from './put-object.ts';

/** The upload of a page's form: https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html */
export const postObject: S3Operation = async (call) => {
  const form = await readForm(call.body(), call.headers['content-type'] ?? '');
  const key = keyOf(form);
  const leave = leaveOf(call, form, key);
  const fields = Object.fromEntries(form.fields);
  const tags = fields['tagging'] === undefined ? {} : tagsOfXml(fields['tagging']);
  const posting: S3Call = { ...call, key, headers: fields, principal: leave?.principal, anonymous: leave === undefined };
  authorizePost(posting, requestTagContext(tags));
  const details = objectDetails(fields);
  const { minBytes = 0, maxBytes = MAX_BODY_BYTES } = leave ?? {};
  const received = await receive(call.engine.blobs, form.file, {
    maxBytes: Math.min(maxBytes, MAX_BODY_BYTES),
    md5: fields['content-md5'],
    checksum: claimedChecksum(fields),
  });
  if (received.blob.size < minBytes) {
    await call.engine.blobs.remove([received.blob]);
    throw s3Error('EntityTooSmall', undefined, { ProposedSize: received.blob.size, MinSizeAllowed: minBytes });
  }
  const version = await storeObject(posting, key, { received, details, tags, event: 'Post', reason: 'POST Object' });
  return answer(posting, version);
};

/** Browsers of old sent whole paths as names. */
function keyOf({ fields, fileName }: UploadForm): string {
  const key = fields.get('key');
  if (key === undefined)
    throw invalidArgument(
      "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields.",
      'key',
      '',
    );
  const filled = key.replaceAll(/\$\{filename\}/g, () => fileName.split(/[/\\]/).at(-1) ?? '');
  if (filled === '') throw invalidArgument('User key must have a length greater than 0.', 'key', '');
  checkKey(filled);
  return filled;
}

/** Undefined: the form brings no policy, so nobody vouches for it. */
function leaveOf({ bucket, engine }: S3Call, { fields }: UploadForm, key: string): PostLeave | undefined {
  if (!fields.has('policy')) return undefined;
  const values = new Map([...fields, ['key', key] as const, ['bucket', bucket.name] as const]);
  return verifyPost(fields, values, engine.context);
}

function authorizePost(call: S3Call, tagContext: Record<string, string | string[]>): void {
  const { engine, bucket, key, principal, anonymous, headers } = call;
  if (anonymous && bucket.blocksPublic) throw s3Error('AccessDenied');
  const context = {
    ...tagContext,
    's3:authType': 'POST',
    's3:signatureversion': 'AWS4-HMAC-SHA256',
    ...(headers['x-amz-storage-class'] !== undefined && { 's3:x-amz-storage-class': headers['x-amz-storage-class'] }),
  };
  engine.context.authorize(principal, 's3:PutObject', objectArn(bucket, key), context);
  if (Object.keys(tagContext).length > 0) engine.context.authorize(principal, 's3:PutObjectTagging', objectArn(bucket, key), context);
}

function answer(call: S3Call, version: ObjectVersion): AwsResponse {
  const { bucket, key, headers: fields, engine } = call;
  const location = `${engine.context.endpointUrl}/${bucket.name}/${encodeURIComponent(key).replaceAll('%2F', '/')}`;
  const headers = { ...storedHeaders(call, version), location };
  const redirect = redirectOf(fields['success_action_redirect'] ?? fields['redirect']);
  if (redirect !== undefined) {
    redirect.searchParams.set('bucket', bucket.name);
    redirect.searchParams.set('key', key);
    redirect.searchParams.set('etag', `"${version.etag}"`);
    return { status: 303, headers: { ...headers, location: redirect.href }, body: '' };
  }
  const status = fields['success_action_status'];
  if (status === '201') {
    const content = { Location: location, Bucket: bucket.name, Key: key, ETag: `"${version.etag}"` };
    return { ...xmlAnswer('PostResponse', content, headers), status: 201 };
  }
  return { status: status === '200' ? 200 : 204, headers, body: '' };
}

/** S3 overlooks what is no URL. */
function redirectOf(text: string | undefined): URL | undefined {
  const url = text !== undefined && URL.canParse(text) ? new URL(text) : undefined;
  return url !== undefined && /^https?:$/.test(url.protocol) ? url : undefined;
}
