import { showPushMessages } from '../../../client/service-worker.ts';

showPushMessages();
