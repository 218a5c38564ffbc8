import type { InboundProvider } from '../../contracts/inbound.ts';
import type { Provider } from './provider.ts';
import { generic } from './providers/generic.ts';
import { github } from './providers/github.ts';
import { paddle } from './providers/paddle.ts';
import { standardWebhooks } from './providers/standard-webhooks.ts';

/** The kinds of service that are known by a word. Contracts name them: `InboundProvider.signature`. */
const known: Readonly<Record<Extract<InboundProvider['signature'], string>, Provider>> = {
  github,
  paddle,
  'standard-webhooks': standardWebhooks,
};

/** How a service signs and names what happened. */
export const providerOf = ({ signature }: InboundProvider): Provider =>
  typeof signature === 'string' ? known[signature] : generic(signature);
