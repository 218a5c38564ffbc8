import { isActiveType, normalizeMediaType, takesType } from '../../contracts/media-types.ts';

describe('normalizeMediaType', () => {
  it.each([
    [''],
    ['png'],
    ['image/'],
    ['/png'],
    ['image/*'],
    ['*/*'],
    ['image/png/x'],
    ['image png'],
    ['image/p ng'],
    ['image/png\r\nX: y'],
  ])('refuses %j', (type) => {
    expect(normalizeMediaType(type)).toBeUndefined();
  });

  it.each([
    ['Image/PNG', 'image/png'],
    ['text/html;charset=utf-8', 'text/html'],
    [' image/svg+xml ;x=1', 'image/svg+xml'],
  ])('knows %j as %j', (type, normal) => {
    expect(normalizeMediaType(type)).toBe(normal);
  });
});

describe('takesType', () => {
  it.each([
    ['image/*', 'image/svg+xml'],
    ['text/*', 'text/html'],
    ['text/*', 'text/javascript'],
    ['application/*', 'application/xhtml+xml'],
    ['application/*', 'application/xml'],
    ['image/*', 'imagex/png'],
    ['image/png', 'image/jpeg'],
  ])('does not let %s include %s', (pattern, type) => {
    expect(takesType([pattern], type)).toBe(false);
  });

  it.each([
    ['image/*', 'image/png'],
    ['image/svg+xml', 'image/svg+xml'],
    ['text/*', 'text/plain'],
  ])('lets %s include %s', (pattern, type) => {
    expect(takesType(['video/mp4', pattern], type)).toBe(true);
  });
});

describe('isActiveType', () => {
  it.each([['text/html'], ['image/svg+xml'], ['application/atom+xml'], ['application/ecmascript'], ['text/xml']])('knows %s', (type) => {
    expect(isActiveType(type)).toBe(true);
  });
});
