import { client } from './client.ts';
import { element, fault, notice } from './elements.ts';
import { explain } from './explain.ts';

const button = (): HTMLButtonElement => element<HTMLButtonElement>('notifications');

const serviceWorker = (): Promise<ServiceWorkerRegistration> => navigator.serviceWorker.ready;

const showState = (isOn: boolean): void => {
  button().textContent = isOn ? 'Turn notifications off' : 'Turn notifications on';
  button().dataset['on'] = String(isOn);
};

const turnOn = async (): Promise<void> => {
  // First of all: browsers let a page ask only while a click is being handled.
  const permission = Notification.requestPermission();
  const registration = await serviceWorker();
  await permission;
  await client.push.registerBrowser({ serviceWorker: registration });
  await client.push.topics.subscribe('announcements');
  showState(true);
  notice('Notifications are on.');
};

/** Ends pushes to this browser, for the user who is leaving. */
export const turnOff = async (): Promise<void> => {
  if (!('serviceWorker' in navigator)) return;
  await client.push.unregister({ serviceWorker: await serviceWorker() });
  showState(false);
};

/** A subscription that a browser has renewed by itself is told to the backend at the next visit. */
const refresh = async (): Promise<void> => {
  const registration = await serviceWorker();
  const isOn = Notification.permission === 'granted' && (await registration.pushManager.getSubscription()) !== null;
  if (isOn) await client.push.registerBrowser({ serviceWorker: registration });
  showState(isOn);
};

/** @returns what is called when somebody has logged in */
export const startNotifications = (): (() => void) => {
  if (!('serviceWorker' in navigator) || !('Notification' in window)) {
    button().hidden = true;
    return () => undefined;
  }
  navigator.serviceWorker.register('/service-worker.js').catch((error: unknown) => fault(explain(error)));
  button().addEventListener('click', () => {
    button().disabled = true;
    const turn = button().dataset['on'] === 'true' ? turnOff().then(() => notice('Notifications are off.')) : turnOn();
    turn
      .catch((error: unknown) => fault(explain(error)))
      .finally(() => {
        button().disabled = false;
      });
  });
  return () => {
    refresh().catch((error: unknown) => fault(explain(error)));
  };
};
