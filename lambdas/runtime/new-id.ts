import { randomBytes } from 'node:crypto';

const maxCounter = 0xfff;
let lastMs = 0;
let counter = 0;

/** Time and counter of the next id: never lower than those of the last, even if the clock goes back. */
const advance = (nowMs: number): void => {
  if (nowMs > lastMs) {
    lastMs = nowMs;
    counter = 0;
  } else if (counter < maxCounter) {
    counter += 1;
  } else {
    lastMs += 1;
    counter = 0;
  }
};

/** A UUIDv7 (RFC 9562, section 5.7; the counter of section 6.2, method 1): ids of one function sort by the time they were made. */
export const newId = (nowMs: number = Date.now()): string => {
  advance(nowMs);
  const time = lastMs.toString(16).padStart(12, '0');
  const random = randomBytes(8);
  random[0] = ((random[0] ?? 0) & 0x3f) | 0x80;
  const tail = random.toString('hex');
  const version = `7${counter.toString(16).padStart(3, '0')}`;
  return `${time.slice(0, 8)}-${time.slice(8)}-${version}-${tail.slice(0, 4)}-${tail.slice(4)}`;
};
