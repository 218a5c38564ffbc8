import type { Folders } from '../../../contracts/backend.ts';
import type { CompiledModel } from '../../../contracts/compiled.ts';
import { type FolderOptions, folder } from '../../../contracts/folder.ts';
import { compileFolders } from '../../../lib/files/compile-folders.ts';

const note = { name: 'Note', tableVariable: 'DATA_NOTE_TABLE_NAME' } as CompiledModel;
const context = { groups: ['admins', 'editors'], models: { Note: note, Book: { ...note, name: 'Book' } } };
const images: FolderOptions = { access: (allow) => [allow.owner()], types: ['image/*'] };

const compile = (folders: Folders, more: object = {}) => compileFolders(folders, { ...context, ...more });
const one = (path: string, options: Partial<FolderOptions> = {}) => compile({ avatars: folder(path, { ...images, ...options }) });

describe('compileFolders', () => {
  it.each([
    ['', /folders\.avatars has the path ""/],
    ['{owner}', /"{owner}": begin it with a literal segment/],
    ['Avatars', /write "Avatars" in lower case/],
    ['a//b', /write "" in lower case/],
    ['/a', /write "" in lower case/],
    ['a/', /write "" in lower case/],
    ['a/../b', /write "\.\." in lower case/],
    ['a/x{owner}', /write "x{owner}" in lower case/],
    ['a/b%2f', /write "b%2f" in lower case/],
    ['a/*', /write "\*" in lower case/],
    ['a/{owner}/{Note}', /with 2 variables: use at most one/],
    ['a/{Page}', /there is no model Page: declare it in data\.models, or use {owner}, {Note}, {Book}/],
    ['a/b/c/d/e/f/g/h/i', /use at most 8 segments/],
    ['variants/{owner}', /"variants\/", which belongs to image variants/],
    ['variants', /which belongs to image variants/],
  ])('refuses the path %j', (path, message) => {
    expect(() => one(path)).toThrow(message);
  });

  it.each([
    ['a/{owner}', 'a/b'],
    ['a', 'a/b/{owner}'],
    ['a/{owner}', 'a/{Note}'],
    ['a', 'a'],
  ])('refuses folders at %j and %j, whose keys could be mixed up', (first, second) => {
    expect(() => compile({ first: folder(first, images), second: folder(second, images) })).toThrow(
      /begin their paths with different words/,
    );
  });

  it.each([['usage'], ['a b'], ['a#b'], ['1a'], [''], ['a/b'], ['é'], ['a'.repeat(65)]])('refuses the name %j', (name) => {
    expect(() => compile({ [name]: folder('a', images) })).toThrow(/folders has the name/);
  });

  it.each<[string, Partial<FolderOptions>, RegExp]>([
    [
      'an undeclared group',
      { access: (allow) => [allow.group('x')] },
      /access\[0\] names the group "x", which is not declared.*admins, editors/,
    ],
    ['a record that the path does not name', { access: (allow) => [allow.record()] }, /follows a record, but the path names none/],
    ['a rule that allows nothing', { access: (allow) => [allow.owner().to()] }, /access\[0\] allows no operation/],
    ['no types', { types: [] }, /types is \[\]: list the media types/],
    ['every type', { types: ['*/*'] }, /types has "\*\/\*"/],
    ['a type with parameters', { types: ['text/plain; charset=utf-8'] }, /without parameters/],
    ['a type that is none', { types: ['png'] }, /types has "png"/],
    ['a size of 0', { maxSizeBytes: 0 }, /maxSizeBytes is 0: use a whole number from 1 to 5497558138880/],
    ['half a byte', { maxSizeBytes: 1.5 }, /maxSizeBytes is 1\.5/],
    ['a size above that of S3', { maxSizeBytes: 5 * 1024 ** 4 + 1 }, /maxSizeBytes is 5497558138881/],
    ['a variant without a size', { variants: { a: {} } }, /variants\.a has neither width nor height/],
    ['a variant of 0 pixels', { variants: { a: { width: 0 } } }, /variants\.a\.width is 0: use a whole number from 1 to 4096/],
    ['a variant of 4,097 pixels', { variants: { a: { height: 4_097 } } }, /variants\.a\.height is 4097/],
    ['a quality of 101', { variants: { a: { width: 1, quality: 101 } } }, /variants\.a\.quality is 101/],
    [
      'an unknown format',
      { variants: { a: { width: 1, format: 'gif' as 'webp' } } },
      /variants\.a\.format is "gif": use one of webp, avif, jpeg, png/,
    ],
    ['an unknown fit', { variants: { a: { width: 1, fit: 'zoom' as 'fill' } } }, /variants\.a\.fit is "zoom"/],
    ['a variant with a slash', { variants: { 'a/b': { width: 1 } } }, /variants has the name "a\/b"/],
    [
      '21 variants',
      { variants: Object.fromEntries(Array.from({ length: 21 }, (_, index) => [`v${index}`, { width: 1 }])) },
      /has 21 variants: use at most 20/,
    ],
    ['variants without images', { types: ['video/*'], variants: { a: { width: 1 } } }, /takes none of image\/avif/],
    ['variants of SVG', { types: ['image/svg+xml'], variants: { a: { width: 1 } } }, /takes none of image\/avif/],
  ])('refuses %s', (_name, options, message) => {
    expect(() => one('avatars/{owner}', options)).toThrow(message);
  });

  it.each([
    [{ quotaBytes: 0 }, /quotaBytes is 0/],
    [{ linkSeconds: { max: 0 } }, /linkSeconds\.max is 0/],
    [{ linkSeconds: { max: 700_000 } }, /linkSeconds\.max is 700000: use a whole number from 1 to 604800/],
    [{ linkSeconds: { default: 500, max: 400 } }, /linkSeconds\.default is 500: use a whole number from 1 to 400/],
  ])('refuses %j', (more, message) => {
    expect(() => compile({ avatars: folder('avatars', images) }, more)).toThrow(message);
  });

  it('refuses to have no folder', () => {
    expect(() => compile({})).toThrow(/folders is empty/);
  });

  it('fills in all defaults', () => {
    const { files, warnings } = one('avatars/{owner}', {
      variants: { small: { width: 64 }, new: { height: 9, format: 'avif', fit: 'cover' } },
    });
    expect(warnings).toEqual([]);
    expect(files).toMatchObject({ quotaBytes: 1024 ** 3, linkSeconds: { default: 300, max: 3_600 }, malwareProtection: false, models: {} });
    expect(files.folders['avatars']).toEqual({
      name: 'avatars',
      path: [{ kind: 'literal', text: 'avatars' }, { kind: 'owner' }],
      prefix: 'avatars/',
      rules: [{ who: { kind: 'owner' }, operations: ['create', 'get', 'list', 'update', 'delete'] }],
      isPublic: false,
      maxSizeBytes: 10 * 1024 ** 2,
      types: ['image/*'],
      variants: {
        small: { width: 64, fit: 'inside', format: 'webp', quality: 80, file: expect.stringMatching(/^small-[0-9a-f]{8}$/) },
        new: { height: 9, fit: 'cover', format: 'avif', quality: 50, file: expect.stringMatching(/^new-/) },
      },
    });
  });

  it('gives a variant another place as soon as it is declared otherwise, so that nobody gets the old one', () => {
    const fileOf = (width: number) => one('a', { variants: { small: { width } } }).files.folders['avatars']?.variants['small']?.file;
    expect(fileOf(64)).toBe(fileOf(64));
    expect(fileOf(64)).not.toBe(fileOf(65));
  });

  it('takes along the models that paths name, and no others', () => {
    const { files } = compile({ attachments: folder('notes/{Note}', { ...images, access: (allow) => [allow.record()] }) });
    expect(files.models).toEqual({ Note: note });
    expect(files.folders['attachments']?.path[1]).toEqual({ kind: 'record', model: 'Note' });
  });

  it('keeps types in lower case', () => {
    expect(one('a', { types: ['Image/PNG', 'TEXT/*'] }).files.folders['avatars']?.types).toEqual(['image/png', 'text/*']);
  });

  it.each<[string, FolderOptions['access'], boolean]>([
    ['anyone may get', (allow) => [allow.anyone().to('get')], true],
    ['anyone may read, beside others', (allow) => [allow.owner(), allow.anyone().to('read')], true],
    ['anyone may list only', (allow) => [allow.anyone().to('list')], false],
    ['anyone may upload only', (allow) => [allow.anyone().to('create')], false],
    ['signed-in users may read', (allow) => [allow.signedIn().to('read')], false],
  ])('knows whether a folder is public: %s', (_name, access, isPublic) => {
    expect(one('a', { access }).files.folders['avatars']?.isPublic).toBe(isPublic);
  });

  it('warns of a folder that nobody can reach, and of sizes that no quota allows', () => {
    const { warnings } = compile({ avatars: folder('a', { ...images, access: () => [], maxSizeBytes: 100 }) }, { quotaBytes: 99 });
    expect(warnings).toEqual([
      expect.stringContaining('folders.avatars.access has no rules'),
      expect.stringContaining('folders.avatars.maxSizeBytes is 100, more than the 99 bytes of quotaBytes'),
    ]);
  });
});
