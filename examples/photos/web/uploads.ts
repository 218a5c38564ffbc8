import { client } from './client.ts';
import { create, element } from './elements.ts';
import { explain } from './explain.ts';
import { addPhoto } from './gallery.ts';

const megabytes = (bytes: number): string => (bytes / 1_000_000).toFixed(1);

const upload = async (file: File): Promise<void> => {
  const stopping = new AbortController();
  const bar = create('progress', { max: file.size, value: 0, ariaLabel: `Upload of ${file.name}` });
  const state = create('span', { className: 'state', textContent: 'Starting…' });
  const cancel = create('button', { type: 'button', className: 'quiet', textContent: 'Cancel', ariaLabel: `Cancel ${file.name}` });
  const item = create('li', { className: 'upload' }, create('span', { className: 'name', textContent: file.name }), cancel, bar, state);
  cancel.addEventListener('click', () => {
    stopping.abort();
    item.remove();
  });
  element('uploads').append(item);
  try {
    const photo = await client.files.photos.upload(file, {
      signal: stopping.signal,
      onProgress: ({ loadedBytes, totalBytes }) => {
        bar.value = loadedBytes;
        const isAllThere = loadedBytes === totalBytes;
        state.textContent = isAllThere ? 'Checking the picture…' : `${megabytes(loadedBytes)} of ${megabytes(totalBytes)} MB`;
      },
    });
    item.remove();
    addPhoto(photo);
  } catch (error) {
    if (stopping.signal.aborted) return;
    item.classList.add('is-bad');
    bar.remove();
    state.textContent = explain(error);
    cancel.textContent = 'Dismiss';
    cancel.ariaLabel = `Dismiss ${file.name}`;
  }
};

/** One after the other: the first is there sooner than when all share the line. */
const uploadAll = async (files: Iterable<File>): Promise<void> => {
  for (const file of files) await upload(file);
};

export const startUploads = (): void => {
  const input = element<HTMLInputElement>('file');
  const drop = element('drop');
  input.addEventListener('change', () => {
    void uploadAll([...(input.files ?? [])]);
    input.value = '';
  });
  for (const type of ['dragenter', 'dragover', 'dragleave', 'drop']) {
    drop.addEventListener(type, (event) => {
      event.preventDefault();
      drop.classList.toggle('is-over', type === 'dragenter' || type === 'dragover');
    });
  }
  drop.addEventListener('drop', (event) => void uploadAll([...(event.dataTransfer?.files ?? [])]));
};
