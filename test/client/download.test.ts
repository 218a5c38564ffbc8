import { createClient, NetworkError } from '../../client/client.ts';
import type { backend } from './notes-backend.ts';

const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'succeeded',
    (failure: unknown) => failure,
  );

describe('FolderClient.download', () => {
  it('gives the bytes behind the link, and the store’s refusal as an error', async () => {
    let status = 200;
    const own: typeof fetch = async (input) =>
      String(input).includes('/link')
        ? Response.json({ url: 'https://cdn.example/x' })
        : new Response(status === 200 ? 'bytes' : '<Error/>', { status });
    const { files } = createClient<typeof backend>({ url: 'https://api.example', accessToken: () => 'token', fetch: own });
    expect(await (await files.videos.download('f1')).text()).toBe('bytes');
    expect((await files.videos.open('f1', { variant: 'small' })).body).toBeInstanceOf(ReadableStream);
    status = 403;
    expect(await failureOf(files.videos.download('f1'))).toMatchObject({ code: 'forbidden', status: 403 });
  });

  it('tells when the store cannot be reached', async () => {
    const own: typeof fetch = async (input) => {
      if (String(input).includes('/link')) return Response.json({ url: 'https://cdn.example/x' });
      throw new TypeError('fetch failed');
    };
    const { files } = createClient<typeof backend>({ url: 'https://api.example', accessToken: () => 'token', fetch: own });
    expect(await failureOf(files.videos.download('f1'))).toBeInstanceOf(NetworkError);
  });
});
