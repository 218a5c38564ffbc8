import { client } from './client.ts';
import { element, fault, notice } from './elements.ts';
import { startEntry } from './entry.ts';
import { explain } from './explain.ts';
import { showGallery, startGallery } from './gallery.ts';
import { startNotifications, turnOff } from './notifications.ts';
import { startUploads } from './uploads.ts';

startEntry();
startGallery();
startUploads();
const onLogin = startNotifications();

const show = (isSignedIn: boolean): void => {
  element('entry').hidden = isSignedIn;
  element('photos').hidden = !isSignedIn;
  element('account').hidden = !isSignedIn;
  notice('');
  if (!isSignedIn) return;
  void showGallery();
  onLogin();
};

element('log-out').addEventListener('click', () => {
  turnOff()
    .then(() => client.auth.logout())
    .catch((error: unknown) => fault(explain(error)));
});
client.auth.onChange(show);
show(await client.auth.isSignedIn());
