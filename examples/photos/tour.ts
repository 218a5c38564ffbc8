import { createClient } from '../../client/client.ts';
import { openFile } from '../../client/node.ts';
import type { backend } from './backend.ts';

const client = createClient<typeof backend>({ url: 'http://127.0.0.1:3000' });
await client.auth.login({ email: 'ada@example.com', password: 'local-demo-1' });

const photo = await client.files.photos.upload(await openFile('examples/photos/sea.jpg'), {
  onProgress: ({ loadedBytes, totalBytes }) => console.log(`${loadedBytes} of ${totalBytes} bytes`),
});
console.log(`${photo.name} is ${photo.status}`);

const small = await client.files.photos.download(photo.id, { variant: 'small' });
console.log(`its small variant is ${small.type}`);

await client.push.registerDevice({ platform: 'fcm', token: 'the-token-of-a-phone', locale: 'de' });
await client.push.topics.subscribe('announcements');
