import { parseArgs } from 'node:util';
import { servePhotos } from './serve-photos.ts';

const { values } = parseArgs({
  options: { api: { type: 'string', default: 'http://127.0.0.1:3000' }, port: { type: 'string', default: '4000' } },
});
const { url } = await servePhotos(values.api, Number(values.port));
console.log(`Photos are at ${url}, with the backend ${values.api}`);
