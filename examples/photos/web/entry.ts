import { PlinthError } from '../../../client/client.ts';
import { client } from './client.ts';
import { element, fault, notice } from './elements.ts';
import { explain } from './explain.ts';

type Mode = 'log in' | 'create' | 'confirm';

const texts: Readonly<Record<Mode, { title: string; submit: string; other: string; next: Mode }>> = {
  'log in': { title: 'Log in', submit: 'Log in', other: 'No account yet? Create one', next: 'create' },
  create: { title: 'Create an account', submit: 'Create account', other: 'Have an account? Log in', next: 'log in' },
  confirm: { title: 'Confirm your e-mail', submit: 'Confirm', other: 'Back to the login', next: 'log in' },
};

let mode: Mode = 'log in';

const enter = (next: Mode): void => {
  mode = next;
  const { title, submit, other } = texts[mode];
  element('entry-title').textContent = title;
  element('entry-submit').textContent = submit;
  element('entry-switch').textContent = other;
  element('code-field').hidden = mode !== 'confirm';
  element<HTMLInputElement>('code').required = mode === 'confirm';
  element<HTMLInputElement>('password').autocomplete = mode === 'create' ? 'new-password' : 'current-password';
};

const submit = async (): Promise<void> => {
  const value = (id: string): string => element<HTMLInputElement>(id).value.trim();
  const email = value('email');
  const { value: password } = element<HTMLInputElement>('password');
  if (mode === 'create') {
    await client.auth.register({ email, password });
    enter('confirm');
    notice(`A code is on its way to ${email}.`);
    return;
  }
  if (mode === 'confirm') await client.auth.confirm({ email, code: value('code') });
  await client.auth.login({ email, password });
  element<HTMLFormElement>('entry-form').reset();
  enter('log in');
};

/** The forms in front of the photos. */
export const startEntry = (): void => {
  const button = element<HTMLButtonElement>('entry-submit');
  element('entry-switch').addEventListener('click', () => enter(texts[mode].next));
  element('entry-form').addEventListener('submit', (event) => {
    event.preventDefault();
    button.disabled = true;
    submit()
      .catch((error: unknown) => {
        if (error instanceof PlinthError && error.code === 'user_not_confirmed') enter('confirm');
        fault(explain(error));
      })
      .finally(() => {
        button.disabled = false;
      });
  });
};
