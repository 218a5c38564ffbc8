import { escapeXml } from '../../http/aws-protocol.ts';
import type { AwsResponse } from '../service.ts';
import { s3Error } from './s3-error.ts';

/** Content of an element that is written: a text, elements by name, or nothing at all. A list repeats the element. */
export type XmlContent = string | number | boolean | undefined | { readonly [name: string]: XmlContent } | readonly XmlContent[];

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';

/** An answer of S3 with one element at its root. */
export function xmlAnswer(root: string, content: XmlContent, headers: Readonly<Record<string, string>> = {}): AwsResponse {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<${root} xmlns="${NAMESPACE}">${inside(content)}</${root}>`;
  return { status: 200, headers: { 'content-type': 'application/xml', ...headers }, body };
}

function inside(content: XmlContent): string {
  if (content === undefined) return '';
  if (typeof content !== 'object') return escapeXml(String(content));
  if (Array.isArray(content)) return content.map(inside).join('');
  return Object.entries(content)
    .flatMap(([name, value]) => (Array.isArray(value) ? value : [value]).map((one: XmlContent) => element(name, one)))
    .join('');
}

const element = (name: string, content: XmlContent): string => (content === undefined ? '' : `<${name}>${inside(content)}</${name}>`);

/** An element that was read. */
export interface XmlElement {
  readonly name: string;
  /** The text of an element without children. */
  readonly text: string;
  readonly children: readonly XmlElement[];
}

/** The children of this name. */
export const childrenOf = (parent: XmlElement, name: string): readonly XmlElement[] =>
  parent.children.filter((child) => child.name === name);

/** The text of the first child of this name. */
export const textOf = (parent: XmlElement, name: string): string | undefined => childrenOf(parent, name)[0]?.text;

const TOKEN =
  /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<!\[CDATA\[([\s\S]*?)\]\]>|<(\/?)([A-Za-z_][\w.:-]*)((?:\s+[\w.:-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'))*)\s*(\/?)>|([^<]+)/gy;
const MAX_DEPTH = 16;

interface OpenElement {
  readonly name: string;
  text: string;
  readonly children: XmlElement[];
}

/**
 * Reads the small XML documents that S3 is sent: elements and texts, no document types.
 *
 * @throws AwsError `MalformedXML`
 */
export function parseXml(source: string, rootName: string): XmlElement {
  const document: OpenElement = { name: '', text: '', children: [] };
  const open: OpenElement[] = [document];
  let position = 0;
  for (const token of source.replace(/^\uFEFF/, '').matchAll(TOKEN)) {
    position = token.index + token[0].length;
    takeIn(token, open);
  }
  const [root] = document.children;
  const whole = position === source.replace(/^\uFEFF/, '').length && open.length === 1 && document.children.length === 1;
  if (!whole || root?.name !== rootName || document.text.trim() !== '') throw s3Error('MalformedXML');
  return root;
}

function takeIn(token: RegExpExecArray, open: OpenElement[]): void {
  const [, cdata, closing, name, , selfClosing, text] = token;
  const top = open.at(-1) as OpenElement;
  if (cdata !== undefined) top.text += cdata;
  else if (text !== undefined) top.text += decodeEntities(text);
  else if (name === undefined) return;
  else if (closing === '/') close(open, name);
  else {
    if (open.length > MAX_DEPTH) throw s3Error('MalformedXML');
    open.push({ name: localName(name), text: '', children: [] });
    if (selfClosing === '/') close(open, name);
  }
}

function close(open: OpenElement[], name: string): void {
  const element = open.length > 1 ? open.pop() : undefined;
  if (element === undefined || element.name !== localName(name)) throw s3Error('MalformedXML');
  open.at(-1)?.children.push(element);
}

const localName = (name: string): string => name.slice(name.indexOf(':') + 1);

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decodeEntities(text: string): string {
  return text.replace(/&([^;&]*);?/g, (whole, name: string) => {
    const known = entities[name];
    if (known !== undefined && whole.endsWith(';')) return known;
    const code = /^#(?:x([0-9a-fA-F]{1,6})|(\d{1,7}))$/.exec(name);
    const point = code === null ? Number.NaN : Number.parseInt(code[1] ?? code[2] ?? '', code[1] === undefined ? 10 : 16);
    if (!whole.endsWith(';') || Number.isNaN(point) || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff))
      throw s3Error('MalformedXML');
    return String.fromCodePoint(point);
  });
}
