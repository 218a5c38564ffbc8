import { BytesBackend } from './bytes-backend.ts';
import { eventually } from './eventually.ts';
import { filesApp } from './files-backend.ts';

let backend: BytesBackend;

beforeAll(async () => {
  backend = await BytesBackend.start(filesApp);
});
afterAll(() => backend?.stop());

const bytes = (...parts: readonly (string | readonly number[])[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part))));
const zip = bytes('PK', [3, 4, 20, 0, 0, 0, 8, 0], 'x'.repeat(40));
const ole = bytes([0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1], '\0'.repeat(600));
const mp4 = bytes([0, 0, 0, 24], 'ftypisom', [0, 0, 2, 0], 'isomiso2', '\0'.repeat(64));
const webm = bytes([0x1a, 0x45, 0xdf, 0xa3, 0x87, 0x42, 0x82, 0x84], 'webm', '\0'.repeat(64));
/** A cover of 100 KB comes first, so the sound lies far behind what is looked at. */
const mp3 = bytes('ID3', [4, 0, 0, 0, 6, 0x0d, 0x20], 'x'.repeat(5_000));
const word = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document';
const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('hello', 'utf16le')]);

const statusOf = async (type: string, content: Uint8Array): Promise<unknown> => {
  const file = await backend.await(content.length, type);
  await backend.put(file.upload.key, content);
  await eventually(async () => (await backend.row(file.id))?.['status'] !== 'pending');
  return (await backend.row(file.id))?.['status'];
};

describe('the type of bytes', () => {
  it.each<[string, string, Uint8Array]>([
    ['a ZIP that says to be a text', 'text/plain', zip],
    ['a program that says to be a picture', 'image/png', bytes('MZ', [0x90, 0], '\0'.repeat(100))],
    ['a text that says to be a document', word, bytes('hello')],
    ['a text that says to be a sound', 'audio/mpeg', bytes('hello')],
    ['a text that says to be a film', 'video/mp4', bytes('hello')],
    ['a text that says to be an old document', 'application/msword', bytes('hello')],
    ['a film that says to be a sound of another kind', 'audio/wav', mp4],
    ['broken JSON', 'application/json', bytes('{ "a": ')],
    ['HTML that says to be JSON', 'application/json', bytes('<!doctype html>')],
    ['HTML that says to be a table', 'text/csv', bytes('  <script>alert(1)</script>')],
    ['HTML that says to be something unknown', 'application/x-unknown', bytes('<html>')],
    ['SVG with a prefix that says to be a text', 'text/plain', bytes('<s:svg xmlns:s="http://www.w3.org/2000/svg"/>')],
    ['HTML behind a byte order mark', 'text/plain', Buffer.from('\ufeff<html>')],
    ['HTML in UTF-16', 'text/plain', Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('<html>', 'utf16le')])],
    ['what is no XML', 'application/gpx+xml', bytes('hello')],
    ['bytes that no text holds', 'text/plain', bytes('a', [0, 1, 2], 'b')],
  ])('is refused: %s', async (_what, type, content) => {
    expect(await statusOf(type, content)).toBe('refused');
  });

  it.each<[string, Uint8Array]>([
    [word, zip],
    ['application/zip', zip],
    ['application/epub+zip', zip],
    ['application/msword', ole],
    ['application/vnd.ms-excel', ole],
    ['video/mp4', mp4],
    ['video/quicktime', mp4],
    ['audio/mp4', mp4],
    ['video/webm', webm],
    ['audio/webm', webm],
    ['audio/mpeg', mp3],
    ['audio/mp3', mp3],
    ['application/json', bytes('{ "a": [1] }')],
    ['application/json', bytes(`[${'1,'.repeat(4_000)}1]`)],
    ['text/csv', bytes('Stra\xdfe;Ort\n')],
    ['text/plain', utf16],
    ['text/markdown', bytes('<p align="center">Hello</p>\n\n# Title')],
    ['application/gpx+xml', bytes('<?xml version="1.0"?><gpx></gpx>')],
    ['application/x-unknown', bytes([1, 2, 3, 4])],
  ])('is believed: %s', async (type, content) => {
    expect(await statusOf(type, content)).toBe('ready');
  });
});
