/** Types of which one is as good as another: names for the same bytes, and formats that share one container. */
const families: readonly ReadonlySet<string>[] = [
  ['image/jpeg', 'image/jpg', 'image/pjpeg'],
  ['image/png', 'image/apng', 'image/vnd.mozilla.apng', 'image/x-png'],
  ['image/heic', 'image/heif', 'image/heic-sequence', 'image/heif-sequence'],
  ['image/x-icon', 'image/vnd.microsoft.icon'],
  ['image/bmp', 'image/x-bmp', 'image/x-ms-bmp'],
  ['image/vnd.adobe.photoshop', 'image/x-photoshop'],
  // Raw pictures are TIFF files.
  ['image/tiff', 'image/x-adobe-dng', 'image/x-canon-cr2', 'image/x-nikon-nef', 'image/x-sony-arw', 'image/x-olympus-orf'],
  // ISO base media files.
  ['video/mp4', 'video/x-m4v', 'video/quicktime', 'video/3gpp', 'video/3gpp2', 'audio/mp4', 'audio/x-m4a', 'audio/m4a', 'audio/3gpp'],
  ['video/webm', 'audio/webm', 'video/matroska', 'video/x-matroska', 'audio/x-matroska'],
  ['video/ogg', 'audio/ogg', 'application/ogg', 'audio/opus'],
  ['video/vnd.avi', 'video/x-msvideo', 'video/avi', 'video/msvideo'],
  ['video/x-ms-asf', 'audio/x-ms-asf', 'application/vnd.ms-asf', 'video/x-ms-wmv', 'audio/x-ms-wma'],
  ['video/mpeg', 'video/mp1s', 'video/mp2p'],
  ['audio/mpeg', 'audio/mp3', 'audio/x-mp3', 'audio/x-mpeg'],
  ['audio/aac', 'audio/x-aac', 'audio/aacp'],
  ['audio/wav', 'audio/x-wav', 'audio/wave', 'audio/vnd.wave'],
  ['audio/flac', 'audio/x-flac'],
  ['audio/midi', 'audio/x-midi', 'audio/mid'],
  ['audio/aiff', 'audio/x-aiff'],
  ['font/ttf', 'font/otf', 'font/sfnt', 'font/collection', 'application/x-font-ttf', 'application/x-font-otf'],
  ['application/gzip', 'application/x-gzip'],
  ['application/x-rar-compressed', 'application/vnd.rar', 'application/x-rar'],
  ['application/x-7z-compressed', 'application/7z'],
  ['application/rtf', 'text/rtf'],
  ['application/postscript', 'application/eps', 'application/illustrator'],
  ['application/x-sqlite3', 'application/vnd.sqlite3'],
  ['application/vnd.tcpdump.pcap', 'application/pcap'],
  // Compound files of older Office programs.
  [
    ...['application/x-cfb', 'application/msword', 'application/vnd.ms-excel', 'application/vnd.ms-powerpoint', 'application/vnd.visio'],
    ...['application/vnd.ms-outlook', 'application/vnd.ms-project', 'application/x-msi'],
  ],
].map((types) => new Set(types));

/** Formats that are ZIP archives, Office documents and e-books among them. What they hold may lie behind the first bytes. */
export const isZipBased = (type: string): boolean =>
  /^application\/(zip|x-zip-compressed|epub\+zip|java-archive|x-xpinstall|vnd\.(openxmlformats-|oasis\.opendocument\.|apple\.|android\.package|google-earth\.kmz))/.test(
    type,
  ) || /\.macroenabled\.12$|^model\/3mf$/.test(type);

/** Whether bytes of the one type are also bytes of the other. */
export const areAlike = (one: string, other: string): boolean =>
  one === other || families.some((family) => family.has(one) && family.has(other)) || (isZipBased(one) && isZipBased(other));

/** Whether bytes of this type can be told by their beginning, so that those which cannot are of another type. */
export const hasSignature = (type: string, known: ReadonlySet<string>): boolean =>
  (/^(image|audio|video|font)\//.test(type) && (known.has(type) || families.some((family) => family.has(type)))) ||
  type === 'application/pdf' ||
  isZipBased(type) ||
  areAlike(type, 'application/x-cfb');
