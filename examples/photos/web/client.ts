import { createClient } from '../../../client/client.ts';
import type { backend } from '../backend.ts';

const url = document.querySelector<HTMLMetaElement>('meta[name="api-url"]')?.content ?? '';

/** The backend that this page was served for. */
export const client = createClient<typeof backend>({ url });
