import { readText } from '../body/read-text.ts';
import { causedBy } from '../changes.ts';
import { jobsOf } from '../events/event-record.ts';
import { versionHeaders } from '../object-headers.ts';
import type { S3Call, S3Operation } from '../s3-call.ts';
import type { ObjectVersion, Tags } from '../storage/version.ts';
import { requestTagContext, tagsOfXml } from '../tags.ts';
import { xmlAnswer } from '../xml.ts';
import { findObject, ofCall } from './find-object.ts';

export const getObjectTagging: S3Operation = (call) => {
  const version = findObject(call, ofCall(call, 'GetObjectTagging'));
  const Tag = Object.entries(version.tags).map(([Key, Value]) => ({ Key, Value }));
  return xmlAnswer('Tagging', { TagSet: { Tag } }, versionHeaders(call.bucket, version));
};

export const putObjectTagging: S3Operation = async (call) => {
  const tags = tagsOfXml(await readText(call));
  const found = findObject(call, { ...ofCall(call, 'PutObjectTagging'), context: requestTagContext(tags) });
  setTags(call, found, tags, 'Put');
  return { status: 200, headers: versionHeaders(call.bucket, found), body: '' };
};

export const deleteObjectTagging: S3Operation = (call) => {
  const found = findObject(call, ofCall(call, 'DeleteObjectTagging'));
  setTags(call, found, {}, 'Delete');
  return { status: 204, headers: versionHeaders(call.bucket, found), body: '' };
};

function setTags(call: S3Call, version: ObjectVersion, tags: Tags, verb: 'Put' | 'Delete'): void {
  const { engine, bucket } = call;
  const { event: name, ...cause } = causedBy(call, `ObjectTagging:${verb}`, `${verb}ObjectTagging`);
  engine.database.transaction(() => {
    engine.versions.setTags(version, tags);
    const event = { ...cause, name, bucket, version, time: engine.context.clock.now() };
    const jobs = jobsOf(event, engine.context.account);
    if (jobs.length > 0) engine.outbox.add(jobs);
  });
}
