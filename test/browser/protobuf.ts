/** What little of the encoding of protocol buffers the stand-in for Google's push servers writes and reads. */
export const varint = (value: number | bigint): Buffer => {
  const bytes: number[] = [];
  let rest = BigInt(value);
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
};

export const numberField = (field: number, value: number | bigint): Buffer => Buffer.concat([varint(field << 3), varint(value)]);

export const fixed64Field = (field: number, value: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(value);
  return Buffer.concat([varint((field << 3) | 1), bytes]);
};

/** A text, bytes, or a message within the message. */
export const bytesField = (field: number, value: string | Uint8Array): Buffer => {
  const bytes = Buffer.from(value as Uint8Array);
  return Buffer.concat([varint((field << 3) | 2), varint(bytes.length), bytes]);
};

/** The number at this place, and where the next thing begins; undefined while bytes of it are missing. */
export const readVarint = (bytes: Uint8Array, from: number): { readonly value: number; readonly next: number } | undefined => {
  let value = 0;
  for (let at = from; at < bytes.length; at += 1) {
    const byte = bytes[at] ?? 0;
    value += (byte & 127) * 2 ** (7 * (at - from));
    if (byte < 128) return { value, next: at + 1 };
  }
  return undefined;
};
