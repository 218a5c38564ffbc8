import { createClient, type Message, type StoredFile } from '../../client/client.ts';
import { defineBackend } from '../../contracts/backend.ts';
import type { backend } from './notes-backend.ts';

// Compiled, never run: `tsc` fails when a line with @ts-expect-error compiles, and when another one does not.

type Backend = typeof backend;

/** Exactly the same type, in both directions. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_same: Same<A, B>): void => undefined;

const { files, push, admin } = createClient<Backend>({ url: 'http://127.0.0.1:1' });
const file = new File(['a'], 'a');

export const folders = async (): Promise<void> => {
  same<keyof typeof files, 'videos' | 'attachments' | 'press' | 'usage'>(true);
  same<Awaited<ReturnType<typeof files.usage>>['quotaBytes'], number>(true);
  // @ts-expect-error There is no such folder.
  await files.avatars.list();
};

export const variants = async (): Promise<void> => {
  const video = await files.videos.read('1');
  same<typeof video, StoredFile<Backend, 'videos'>>(true);
  same<typeof video.variants, Readonly<Record<'small' | 'large', string>> | undefined>(true);
  await files.videos.link('1', { variant: 'small' });
  await files.videos.download('1', { variant: 'large' });
  // @ts-expect-error There is no such variant.
  await files.videos.link('1', { variant: 'medium' });
  // @ts-expect-error This folder has none.
  await files.press.download('1', { variant: 'small' });
};

export const records = async (): Promise<void> => {
  await files.videos.upload(file);
  await files.press.upload(file, { metadata: { credit: 'Ann' }, resume: true });
  await files.attachments.upload(file, { record: 'n1', onProgress: ({ loadedBytes, totalBytes }) => loadedBytes / totalBytes });
  // @ts-expect-error The folder follows a record.
  await files.attachments.upload(file);
  // @ts-expect-error The folder follows a record.
  await files.attachments.upload(file, { name: 'b' });
  // @ts-expect-error The folder follows no record.
  await files.videos.upload(file, { record: 'n1' });
  await files.attachments.replace('1', file, { ifMatch: 2 });
};

export const places = async (): Promise<void> => {
  const copy = await files.videos.copy('1', { folder: 'attachments', record: 'n1' });
  same<typeof copy, StoredFile<Backend, 'attachments'>>(true);
  const moved = await files.attachments.move('1', { folder: 'videos', name: 'b' });
  same<typeof moved.variants, Readonly<Record<'small' | 'large', string>> | undefined>(true);
  // @ts-expect-error The record is missing.
  await files.videos.copy('1', { folder: 'attachments' });
  // @ts-expect-error There is no such folder.
  await files.videos.copy('1', { folder: 'avatars' });
};

export const messages = async (): Promise<void> => {
  await push.topics.subscribe('news');
  // @ts-expect-error There is no such topic.
  await push.topics.subscribe('weather');
  await push.send({ to: { topic: 'alerts' }, template: { name: 'hello', values: { name: 'Ann' } }, category: 'billing' });
  await push.send({ to: { users: ['u1'] }, title: 'Hello' });
  const everyone: Message<Backend> = { to: { all: true }, data: { refresh: 'notes' } };
  await push.send(everyone, { idempotencyKey: true });
  // @ts-expect-error There is no such topic.
  await push.send({ to: { topic: 'weather' }, title: 'Rain' });
  // @ts-expect-error There is no such template.
  await push.send({ to: { all: true }, template: { name: 'bye' } });
  // @ts-expect-error There is no such category.
  await push.send({ to: { all: true }, title: 'a', category: 'ads' });
  // @ts-expect-error A message goes to somebody.
  await push.send({ title: 'a' });
  await push.preferences.update({ muted: ['social'], quietHours: { from: '22:00', to: '07:00', timeZone: 'Europe/Berlin' } });
  // @ts-expect-error There is no such category.
  await push.preferences.update({ muted: ['ads'] });
  const [topic] = await push.topics.list();
  same<NonNullable<typeof topic>['topic'], 'news' | 'alerts'>(true);
  same<Awaited<ReturnType<typeof admin.push.deliveries>>['items'][number]['owner'], string>(true);
};

const bare = defineBackend({});
export const withoutFolders = (): void => {
  const { files: none } = createClient<typeof bare>({ url: 'http://127.0.0.1:1' });
  same<keyof typeof none, 'usage'>(true);
};
