import type { StoredFile } from '../../../client/client.ts';
import type { backend } from '../backend.ts';
import { client } from './client.ts';
import { create, element, fault, notice } from './elements.ts';
import { explain } from './explain.ts';

type Photo = StoredFile<typeof backend, 'photos'>;

const pageSize = 24;
let cursor: string | undefined;

const showWhetherEmpty = (): void => {
  element('empty').hidden = element('gallery').children.length > 0;
};

const remove = async (photo: Photo, item: HTMLElement, button: HTMLButtonElement): Promise<void> => {
  if (!confirm(`Delete ${photo.name}?`)) return;
  button.disabled = true;
  try {
    await client.files.photos.delete(photo.id);
    item.remove();
    showWhetherEmpty();
    notice(`${photo.name} is deleted.`);
  } catch (error) {
    button.disabled = false;
    fault(explain(error));
  }
};

const itemOf = (photo: Photo): HTMLElement => {
  const image = create('img', { src: photo.variants?.small ?? photo.url ?? '', alt: photo.name, width: 320, height: 320, loading: 'lazy' });
  const link = create('a', { href: photo.variants?.large ?? photo.url ?? '', target: '_blank', rel: 'noopener' }, image);
  const button = create('button', { type: 'button', className: 'quiet', textContent: 'Delete', ariaLabel: `Delete ${photo.name}` });
  const caption = create('div', { className: 'caption' }, create('span', { className: 'name', textContent: photo.name }), button);
  const item = create('li', { className: 'photo' }, link, caption);
  item.dataset['id'] = photo.id;
  button.addEventListener('click', () => void remove(photo, item, button));
  return item;
};

/** Shows a photo in front of the others. */
export const addPhoto = (photo: Photo): void => {
  element('gallery').prepend(itemOf(photo));
  showWhetherEmpty();
};

const showPage = async (): Promise<void> => {
  const page = await client.files.photos.list({ owner: 'me', limit: pageSize, cursor });
  element('gallery').append(...page.items.map(itemOf));
  cursor = page.cursor;
  element('more').hidden = cursor === undefined;
  showWhetherEmpty();
};

/** Shows the user's photos from the newest on. */
export const showGallery = async (): Promise<void> => {
  element('gallery').replaceChildren();
  cursor = undefined;
  await showPage().catch((error: unknown) => fault(explain(error)));
};

export const startGallery = (): void => {
  element('more').addEventListener('click', () => {
    showPage().catch((error: unknown) => fault(explain(error)));
  });
};
