/** An element of index.html. */
export const element = <T extends HTMLElement = HTMLElement>(id: string): T => {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`index.html has no #${id}`);
  return found as T;
};

/** A new element. */
export const create = <K extends keyof HTMLElementTagNameMap>(
  tag: K,
  properties: Partial<HTMLElementTagNameMap[K]> = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] => {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
};

const showIn = (id: string, text: string): void => {
  const place = element(id);
  place.textContent = text;
  place.hidden = text === '';
};

/** Says what went well, in place of what was said before. */
export const notice = (text: string): void => {
  showIn('fault', '');
  showIn('notice', text);
};

/** Says what went wrong. */
export const fault = (text: string): void => {
  showIn('notice', '');
  showIn('fault', text);
};
