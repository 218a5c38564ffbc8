/** A value in DynamoDB JSON: exactly one member. Binary is base64, numbers are strings in normal form. */
export type AttributeValue =
  | { S: string }
  | { N: string }
  | { B: string }
  | { BOOL: boolean }
  | { NULL: true }
  | { SS: string[] }
  | { NS: string[] }
  | { BS: string[] }
  | { L: AttributeValue[] }
  | { M: Item };

export type AttributeType = 'S' | 'N' | 'B' | 'BOOL' | 'NULL' | 'SS' | 'NS' | 'BS' | 'L' | 'M';

/** An item, or a key of one. */
export type Item = { [name: string]: AttributeValue };

/** The types that a key attribute may have. */
export type KeyType = 'S' | 'N' | 'B';

/** The one type of a value. */
export function typeOf(value: AttributeValue): AttributeType {
  for (const type in value) return type as AttributeType;
  throw new Error('an attribute value without a type reached the store');
}

/** What the value holds, whatever its type is. */
export function contentOf(value: AttributeValue): unknown {
  for (const type in value) return (value as Record<string, unknown>)[type];
  return undefined;
}

/** The content of a value if it has this type. */
export function asType<T extends AttributeType>(
  value: AttributeValue | undefined,
  type: T,
): Extract<AttributeValue, Record<T, unknown>>[T] | undefined {
  return value === undefined ? undefined : (value as unknown as Record<T, never>)[type];
}

/** Sets an own property, also for the name `__proto__`. */
export function setAttribute(item: Item, name: string, value: AttributeValue): void {
  if (name === '__proto__') Object.defineProperty(item, name, { value, enumerable: true, configurable: true, writable: true });
  else item[name] = value;
}

/** The attribute of this name, never something inherited from `Object.prototype`. */
export function getAttribute(item: Item, name: string): AttributeValue | undefined {
  return Object.hasOwn(item, name) ? item[name] : undefined;
}

/** A copy of an item whose maps and lists may be changed without touching the original. */
export function cloneItem(item: Item): Item {
  const copy: Item = {};
  for (const name of Object.keys(item)) setAttribute(copy, name, cloneValue(item[name] as AttributeValue));
  return copy;
}

export function cloneValue(value: AttributeValue): AttributeValue {
  if ('M' in value) return { M: cloneItem(value.M) };
  if ('L' in value) return { L: value.L.map(cloneValue) };
  return value;
}

/** DynamoDB's equality: sets without order, maps and lists by content. Numbers are already in normal form. */
export function valuesEqual(left: AttributeValue, right: AttributeValue): boolean {
  const type = typeOf(left);
  if (type !== typeOf(right)) return false;
  const a = contentOf(left);
  const b = contentOf(right);
  if (type === 'M') return itemsEqual(a as Item, b as Item);
  if (type === 'L') return listsEqual(a as AttributeValue[], b as AttributeValue[]);
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((member) => b.includes(member));
  return a === b;
}

function listsEqual(left: readonly AttributeValue[], right: readonly AttributeValue[]): boolean {
  return left.length === right.length && left.every((value, position) => valuesEqual(value, right[position] as AttributeValue));
}

/** Whether two items hold the same attributes with equal values. */
export function itemsEqual(left: Item, right: Item): boolean {
  const names = Object.keys(left);
  if (names.length !== Object.keys(right).length) return false;
  return names.every((name) => {
    const other = getAttribute(right, name);
    return other !== undefined && valuesEqual(left[name] as AttributeValue, other);
  });
}
