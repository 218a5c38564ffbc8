const twoDigits = (value: number): string => String(value).padStart(2, '0');

/** The parts of a time that prefixes use, of Java's `DateTimeFormatter`; UTC. */
const partsOf = (time: Date): Readonly<Record<string, string>> => ({
  yyyy: String(time.getUTCFullYear()),
  MM: twoDigits(time.getUTCMonth() + 1),
  dd: twoDigits(time.getUTCDate()),
  HH: twoDigits(time.getUTCHours()),
  mm: twoDigits(time.getUTCMinutes()),
  ss: twoDigits(time.getUTCSeconds()),
});

const format = (pattern: string, time: Date): string => {
  const parts = partsOf(time);
  return pattern.replace(/'([^']*)'|yyyy|MM|dd|HH|mm|ss/g, (found, quoted?: string) => quoted ?? parts[found] ?? found);
};

/** A prefix without an expression gets this at its end. */
const DEFAULT_TIME = 'yyyy/MM/dd/HH/';

/**
 * The prefix of an object ("Understand custom prefixes for Amazon S3 objects"): `!{timestamp:…}` is when the first record came,
 * `!{firehose:random-string}` eleven characters.
 */
export const objectPrefix = (prefix: string, arrivedAt: number, random: string): string => {
  const time = new Date(arrivedAt);
  if (!prefix.includes('!{')) return prefix + format(DEFAULT_TIME, time);
  return prefix
    .replace(/!\{timestamp:([^}]*)\}/g, (_, pattern: string) => format(pattern, time))
    .replaceAll('!{firehose:random-string}', random.replaceAll('-', '').slice(0, 11));
};

/** The name of an object: the stream, its version, the time of the first record, something that is in no other name. */
export const objectName = (streamName: string, arrivedAt: number, random: string, gzip: boolean): string =>
  `${streamName}-1-${format('yyyy-MM-dd-HH-mm-ss', new Date(arrivedAt))}-${random}${gzip ? '.gz' : ''}`;
