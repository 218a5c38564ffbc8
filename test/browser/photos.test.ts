import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import sharp from 'sharp';
import { chromiumPath } from './launch-chromium.ts';
import { PhotosPage } from './photos-page.ts';

// What has no browser is skipped by name, and the CI fails on it.
const describeInChromium = chromiumPath === undefined ? describe.skip : describe;
const title =
  chromiumPath === undefined ? 'The photos page (skipped: no Chromium; name one in CHROMIUM_PATH)' : 'The photos page in Chromium';

const folder = mkdtempSync(join(tmpdir(), 'plinth-photos-'));
/** A picture of noise, which no format makes small. */
const picture = async (name: string, width: number, height: number): Promise<string> => {
  const path = join(folder, name);
  await sharp(randomBytes(width * height * 3), { raw: { width, height, channels: 3 } }).toFile(path);
  return path;
};

/** Waits until something is so, and says what it was at the end. */
const eventually = async <T>(read: () => Promise<T>, isSo: (value: T) => boolean, seconds = 40): Promise<T> => {
  const endsAt = Date.now() + seconds * 1_000;
  let value = await read();
  while (!isSo(value) && Date.now() < endsAt) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    value = await read();
  }
  return value;
};

describeInChromium(title, () => {
  let photos: PhotosPage;
  beforeAll(async () => {
    photos = await PhotosPage.start('de-DE');
  });
  afterAll(async () => {
    await photos?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const choose = (...files: readonly string[]) => photos.page.getByLabel('Add photos').setInputFiles([...files]);
  const item = (name: string): Locator => photos.page.locator('#gallery li').filter({ hasText: name });
  /** The states of the bar of an upload while it lasts. */
  const watchBar = async (name: string): Promise<readonly number[]> => {
    const bar = photos.page.getByRole('progressbar', { name: `Upload of ${name}` });
    const seen: number[] = [];
    await bar.waitFor({ state: 'visible' });
    while (await bar.isVisible()) {
      const share = await bar
        .evaluate((element) => (element as unknown as { position: number }).position, undefined, { timeout: 500 })
        .catch(() => 1);
      if (share > 0.4 && (seen.at(-1) ?? 0) <= 0.4) await photos.screenshot('upload');
      seen.push(share);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return seen;
  };

  it('tells somebody in plain words that the login is wrong', async () => {
    const { page } = photos;
    await page.getByLabel('E-mail', { exact: true }).fill('nobody@example.com');
    await page.getByLabel('Password').fill('wrong-horse-1');
    await page.getByRole('button', { name: 'Log in', exact: true }).click();
    expect(await page.getByRole('alert').textContent({ timeout: 5_000 })).toBe('The e-mail address or the password is wrong.');
    await photos.screenshot('login');
  });

  it('opens an account with the code of the e-mail, and shows that there is nothing yet', async () => {
    await photos.signUp('grace@example.com');
    await photos.page.getByText('Nothing here yet.').waitFor();
  });

  it('shows how far an upload is, then the small variant of the picture', async () => {
    const variant = photos.page.waitForResponse((response) => /\/variants\/.+\/small/.test(response.url()), { timeout: 50_000 });
    await photos.throttle(600_000);
    await choose(await picture('beach.jpg', 1_600, 1_200));
    const shares = await watchBar('beach.jpg');
    await photos.throttle();
    const between = shares.filter((share) => share > 0 && share < 1);
    expect(new Set(between).size).toBeGreaterThanOrEqual(3);
    expect(between).toEqual([...between].sort((a, b) => a - b));
    const response = await variant;
    expect([response.status(), response.headers()['content-type']]).toEqual([200, 'image/webp']);
    const image = item('beach.jpg').getByRole('img', { name: 'beach.jpg' });
    const size = () =>
      image.evaluate((element) => {
        const { naturalWidth, naturalHeight } = element as unknown as Record<'naturalWidth' | 'naturalHeight', number>;
        return [naturalWidth, naturalHeight];
      });
    expect(await eventually(size, ([width]) => width !== 0)).toEqual([320, 320]);
    await photos.screenshot('gallery');
  });

  it('sends a large picture in parts', async () => {
    const parts: string[] = [];
    photos.page.on('request', (request) => {
      if (request.method() === 'PUT') parts.push(request.url());
    });
    await choose(await picture('large.png', 2_700, 2_400));
    await item('large.png').waitFor({ timeout: 50_000 });
    expect(parts.length).toBeGreaterThanOrEqual(3);
  });

  it('says so when a file is no picture, whatever its name is', async () => {
    writeFileSync(join(folder, 'fake.jpg'), '<script>alert(1)</script>'.repeat(50));
    await choose(join(folder, 'fake.jpg'));
    const upload = photos.page.locator('#uploads li').filter({ hasText: 'fake.jpg' });
    await upload.getByText('This is no picture, whatever its name says.').waitFor();
    await photos.screenshot('refused');
    await upload.getByRole('button', { name: 'Dismiss fake.jpg' }).click();
    expect(await item('fake.jpg').count()).toBe(0);
  });

  it('cancels an upload, and leaves nothing of it', async () => {
    await photos.throttle(200_000);
    await choose(await picture('blurred.jpg', 1_600, 1_200));
    await photos.page.getByRole('button', { name: 'Cancel blurred.jpg' }).click();
    expect(await photos.page.getByRole('progressbar').count()).toBe(0);
    await photos.throttle();
    const { files } = await photos.clientOfPage();
    const names = async () => (await files.photos.list()).items.map(({ name }) => name);
    expect(await eventually(names, (found) => !found.includes('blurred.jpg'))).toEqual(['large.png', 'beach.jpg']);
  });

  it('keeps user and photos over a reload', async () => {
    await photos.page.reload();
    await item('beach.jpg').waitFor();
    expect(await photos.page.locator('#gallery li .name').allTextContents()).toEqual(['large.png', 'beach.jpg']);
  });

  it('deletes a photo, its bytes and its variants', async () => {
    const large = (await item('beach.jpg').getByRole('link').getAttribute('href')) ?? '';
    const small = (await item('beach.jpg').getByRole('img').getAttribute('src')) ?? '';
    photos.page.once('dialog', (dialog) => void dialog.accept());
    await item('beach.jpg').getByRole('button', { name: 'Delete beach.jpg' }).click();
    await photos.page.getByText('beach.jpg is deleted.').waitFor();
    const { files } = await photos.clientOfPage();
    expect((await files.photos.list()).items.map(({ name }) => name)).toEqual(['large.png']);
    for (const url of [large, small]) {
      const status = async () => (await fetch(url)).status;
      expect(await eventually(status, (code) => code >= 400)).toBeGreaterThanOrEqual(400);
    }
  });

  it('subscribes to pushes with its service worker, and shows what the backend sends', async () => {
    const { page, google } = photos;
    await page.getByRole('button', { name: 'Turn notifications on' }).click();
    await page.getByText('Notifications are on.').waitFor();
    await photos.screenshot('notifications');
    const user = await photos.clientOfPage();
    expect(await user.push.devices()).toMatchObject([{ platform: 'web', locale: 'de-DE', enabled: true }]);
    const admin = await photos.clientOf('admins');
    const { id } = await user.auth.readMe();
    const message = await admin.push.send({ to: { users: [id] }, title: 'Hello Grace', body: 'It works.', url: '/#hello' });
    expect(
      await eventually(
        () => photos.notifications(),
        ({ length }) => length > 0,
      ),
    ).toEqual([['Hello Grace', 'It works.']]);
    // On its way it was for this browser only.
    expect(google.received).toHaveLength(1);
    expect(google.received[0]?.headers['content-encoding']).toBe('aes128gcm');
    expect(google.received[0]?.body.includes('Grace')).toBe(false);
    const counts = async () => (await admin.admin.push.message(message.id)).counts;
    expect(await eventually(counts, ({ sent }) => sent === 1)).toMatchObject({ sent: 1, failed: 0 });
  });

  it('gets what is sent to a topic, in the language of the browser', async () => {
    const editor = await photos.clientOf('editors');
    const template = { name: 'newPhoto', values: { name: 'Ada', photo: 'Strand' } } as const;
    const { id } = await editor.push.send({ to: { topic: 'announcements' }, template });
    const admin = await photos.clientOf('admins');
    const counts = async () => (await admin.admin.push.message(id)).counts;
    expect(await eventually(counts, ({ sent }) => sent === 1)).toMatchObject({ sent: 1, failed: 0, disabled: 0 });
    const shown = await eventually(
      () => photos.notifications(),
      ({ length }) => length > 1,
    );
    expect(shown).toContainEqual(['Ada hat ein neues Foto', 'Schau dir „Strand“ an.']);
  });

  it('hands a message that has nothing to show to the page', async () => {
    const { page } = photos;
    await page.evaluate(() => {
      const scope = globalThis as unknown as {
        heard?: unknown;
        navigator: {
          serviceWorker: { addEventListener(type: string, listener: (event: { data: unknown }) => void): void; startMessages(): void };
        };
      };
      scope.navigator.serviceWorker.addEventListener('message', ({ data }) => {
        scope.heard = data;
      });
      scope.navigator.serviceWorker.startMessages();
    });
    const { id } = await (await photos.clientOfPage()).auth.readMe();
    await (await photos.clientOf('admins')).push.send({ to: { users: [id] }, data: { refresh: 'photos' } });
    const heard = () => page.evaluate(() => (globalThis as { heard?: unknown }).heard);
    expect(await eventually(heard, (message) => message !== undefined)).toEqual({
      type: 'plinth-push',
      push: { data: { refresh: 'photos' } },
    });
  });

  it('is laid out for phones, too', async () => {
    await photos.page.setViewportSize({ width: 360, height: 700 });
    const overflow = await photos.page.evaluate(() => {
      const { scrollWidth, clientWidth } = (globalThis as unknown as { document: { documentElement: Record<string, number> } }).document
        .documentElement as { scrollWidth: number; clientWidth: number };
      return scrollWidth - clientWidth;
    });
    expect(overflow).toBe(0);
    await photos.screenshot('phone');
  });

  it('ends pushes to the browser', async () => {
    await photos.page.getByRole('button', { name: 'Turn notifications off' }).click();
    await photos.page.getByText('Notifications are off.').waitFor();
    expect(await (await photos.clientOfPage()).push.devices()).toEqual([]);
    await photos.page.getByRole('button', { name: 'Log out' }).click();
    await photos.page.getByRole('heading', { name: 'Log in' }).waitFor();
  });
});
