import { createHash } from 'node:crypto';
import { fileLimits, type UploadReply } from '../../contracts/files.ts';
import { FilesBackend, pixel, sendForm } from './files-backend.ts';

let backend: FilesBackend;

beforeAll(async () => {
  backend = await FilesBackend.start();
});
afterAll(() => backend?.stop());

const sum = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('base64');
const send = async (
  { upload }: UploadReply,
  bytes: Uint8Array = pixel,
  change?: (form: FormData) => void,
): Promise<{ readonly status: number; readonly code: string | undefined }> => {
  const response = await sendForm(upload, bytes, change);
  return { status: response.status, code: /<Code>(.*?)<\/Code>/.exec(await response.text())?.[1] };
};

describe('the form of an upload', () => {
  it('ST07 takes no byte more and none less than was said', async () => {
    const reply = await backend.pending('a', 'papers');
    expect(await send(reply, Buffer.concat([pixel, Buffer.of(0)]))).toEqual({ status: 400, code: 'EntityTooLarge' });
    expect(await send(reply, pixel.subarray(1))).toEqual({ status: 400, code: 'EntityTooSmall' });
    expect(await backend.stored(reply.file.id)).toMatchObject({ status: 'pending' });
  });

  it.each([
    ['another type', 'Content-Type', 'text/html'],
    ['another key', 'key', 'papers/somebody/else/0'],
    ['another way to save it', 'Content-Disposition', 'inline'],
    ['another file', 'x-amz-meta-plinth-file', 'another'],
    ['a field that was not signed', 'x-amz-acl', 'public-read'],
    ['another policy', 'Policy', Buffer.from('{"expiration":"2099-01-01T00:00:00Z","conditions":[]}').toString('base64')],
  ])('ST11 takes no %s', async (_what, name, value) => {
    const reply = await backend.pending('a', 'papers');
    expect(await send(reply, pixel, (form) => form.set(name, value))).toMatchObject({ status: 403 });
    expect(await backend.stored(reply.file.id)).toMatchObject({ status: 'pending' });
  });

  it('ST08 takes only the bytes of the sum that was told', async () => {
    const reply = await backend.pending('a', 'papers', { checksumSha256: sum(pixel) });
    const others = Buffer.from(pixel);
    others[others.length - 1] = 0;
    expect(await send(reply, others)).toMatchObject({ status: 400 });
    expect(await send(reply)).toMatchObject({ status: 204 });
    expect(await backend.settled(reply.file)).toMatchObject({ status: 'ready', checksumSha256: sum(pixel) });
  });

  it('ST08 takes nothing at all where nothing was announced', async () => {
    const reply = await backend.pending('a', 'papers', { type: 'text/plain', bytes: new Uint8Array() });
    expect(await send(reply, new Uint8Array())).toMatchObject({ status: 204 });
    expect(await backend.settled(reply.file)).toMatchObject({ status: 'ready', sizeBytes: 0 });
  });

  it('ST09 is good for an hour, and no second longer', async () => {
    const reply = await backend.pending('a', 'papers');
    backend.cases.clock.advance((fileLimits.uploadSeconds + 1) * 1_000);
    expect(await send(reply)).toMatchObject({ status: 403 });
  });
});
