import type { PushReply } from '../../contracts/push-schemas.ts';
import type { OwnDevice } from './push-store.ts';

/** What is shown of a device: neither its token nor its subscription. */
export const deviceView = ({ id, platform, locale, enabled, createdAt, updatedAt }: OwnDevice): PushReply<'registerDevice'> => ({
  id,
  platform,
  ...(locale !== undefined && { locale }),
  enabled,
  createdAt,
  updatedAt,
});
