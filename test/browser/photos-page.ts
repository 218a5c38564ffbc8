import { join } from 'node:path';
import type { CDPSession, Page } from 'playwright-core';
import { createClient, memoryStorage } from '../../client/client.ts';
import type { backend } from '../../examples/photos/backend.ts';
import { type PhotosServer, servePhotos } from '../../examples/photos/serve-photos.ts';
import { type LocalBackend, startLocal } from '../../local/local-backend.ts';
import { newPerson } from '../data/relations-backend.ts';
import { cachedAssembly } from '../support/cached-assembly.ts';
import { GooglePush } from './google-push.ts';
import { launchChromium, type TestBrowser } from './launch-chromium.ts';

const app = { app: 'examples/photos/app.ts', sources: ['examples/photos/app.ts', 'examples/photos/backend.ts'] };
const unlimited = -1;

/** The photos page in Chromium, its backend in local mode, and a stand-in for Google's push servers. */
export class PhotosPage {
  readonly page: Page;
  readonly local: LocalBackend;
  readonly google: GooglePush;
  readonly #server: PhotosServer;
  readonly #browser: TestBrowser;
  readonly #network: CDPSession;

  private constructor(parts: {
    page: Page;
    local: LocalBackend;
    google: GooglePush;
    server: PhotosServer;
    browser: TestBrowser;
    network: CDPSession;
  }) {
    this.page = parts.page;
    this.local = parts.local;
    this.google = parts.google;
    this.#server = parts.server;
    this.#browser = parts.browser;
    this.#network = parts.network;
  }

  /** @param locale the browser's language */
  static async start(locale: string): Promise<PhotosPage> {
    const local = await startLocal({ assembly: cachedAssembly(app) });
    const [google, server] = await Promise.all([GooglePush.start(), servePhotos(local.apiUrl, 0)]);
    const browser = await launchChromium(google.browserArguments, locale);
    await browser.context.grantPermissions(['notifications'], { origin: server.url });
    const page = await browser.context.newPage();
    page.setDefaultTimeout(20_000);
    const network = await browser.context.newCDPSession(page);
    await network.send('Network.enable');
    const photos = new PhotosPage({ page, local, google, server, browser, network });
    await photos.#leadPushes();
    await page.goto(server.url);
    return photos;
  }

  get url(): string {
    return this.#server.url;
  }

  /** How fast the page can send. @default as fast as the machine can */
  async throttle(uploadBytesPerSecond = unlimited): Promise<void> {
    const conditions = { offline: false, latency: 0, downloadThroughput: unlimited, uploadThroughput: uploadBytesPerSecond };
    await this.#network.send('Network.emulateNetworkConditions', conditions);
  }

  /** Opens an account as a visitor would, with the code of the e-mail. */
  async signUp(email: string): Promise<void> {
    const { page } = this;
    await page.getByRole('button', { name: 'No account yet?' }).click();
    await page.getByLabel('E-mail', { exact: true }).fill(email);
    await page.getByLabel('Password').fill('correct-horse-1');
    await page.getByRole('button', { name: 'Create account' }).click();
    await page.getByLabel('Code from the e-mail').waitFor();
    const code = this.local.inbox.list(email).find((message) => message.code !== undefined)?.code ?? '';
    await page.getByLabel('Code from the e-mail').fill(code);
    await page.getByRole('button', { name: 'Confirm' }).click();
    await page.getByRole('heading', { name: 'Your photos' }).waitFor();
  }

  /** A client of somebody in these groups. */
  async clientOf(...groups: readonly string[]) {
    const { token } = await newPerson(this.local, groups);
    return createClient<typeof backend>({ url: this.local.apiUrl, storage: memoryStorage(), accessToken: () => token });
  }

  /** The client of the user of the page, by its own session. */
  async clientOfPage() {
    const kept = await this.page.evaluate((key) => localStorage.getItem(key), `plinth ${this.local.apiUrl}`);
    const { accessToken } = JSON.parse(kept ?? '{}') as { accessToken?: string };
    return createClient<typeof backend>({ url: this.local.apiUrl, accessToken: () => accessToken });
  }

  /** Titles and texts of the notifications that are on the screen. */
  notifications(): Promise<readonly (readonly [title: string, body: string])[]> {
    return this.page.evaluate(async () => {
      const scope = globalThis as unknown as {
        navigator: { serviceWorker: { ready: Promise<{ getNotifications(): Promise<{ title: string; body: string }[]> }> } };
      };
      const shown = await (await scope.navigator.serviceWorker.ready).getNotifications();
      return shown.map(({ title, body }) => [title, body] as const);
    });
  }

  /** For a look at the page, where `SCREENSHOTS` names a folder. */
  async screenshot(name: string): Promise<void> {
    const folder = process.env['SCREENSHOTS'];
    if (folder !== undefined) await this.page.screenshot({ path: join(folder, `${name}.png`), fullPage: true });
  }

  async stop(): Promise<void> {
    await this.#browser.close();
    await Promise.all([this.#server.close(), this.google.stop()]);
    await this.local.dispose();
  }

  /**
   * Chromium names its endpoints after Google's hosts, whatever servers it was given. The one thing that is changed on the way from
   * the page to the backend is that host: the backend would send there, and nobody is there.
   */
  async #leadPushes(): Promise<void> {
    await this.page.route(`${this.local.apiUrl}/push/devices`, async (route, request) => {
      const body = request.postDataJSON() as { subscription?: { endpoint: string } } | null;
      if (request.method() !== 'POST' || body?.subscription === undefined) return route.continue();
      const subscription = { ...body.subscription, endpoint: this.google.endpointOf(body.subscription.endpoint) };
      return route.continue({ postData: JSON.stringify({ ...body, subscription }) });
    });
  }
}
