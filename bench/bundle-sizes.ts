import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { bundlesOf, synthesized } from './assembly.ts';
import { type Measure, round } from './measurement.ts';

/**
 * What the function that users wait for may have; the others work behind queues and deployments. That of files has the clients of S3
 * and of DynamoDB.
 */
const limits = { Files: { bytes: 500_000, gzipBytes: 160_000 }, Push: { bytes: 400_000, gzipBytes: 130_000 } } as const;
const features = ['Files', 'Push'] as const;

const kilobytes = (bytes: number): string => `${round(bytes / 1_000, 0)} KB`;

/** The sizes of the functions of files and push. */
export const measureBundleSizes: Measure = async () => {
  const bundles = [...bundlesOf(synthesized('examples/photos/app.ts'))];
  return features.map((feature) => {
    const sizes = bundles
      .filter(([id]) => id.startsWith(`Backend${feature}`))
      .map(([id, file]) => {
        const code = readFileSync(file);
        return {
          name: id.replace(`Backend${feature}`, '').replace(/Function$/, '') || 'API',
          bytes: code.length,
          gzipBytes: gzipSync(code).length,
        };
      });
    const api = sizes.find(({ name }) => name === 'API');
    if (api === undefined) throw new Error(`${feature} has no function for its API`);
    return {
      what: `Bundles of ${feature.toLowerCase()}, minified / gzip`,
      measured: sizes.map(({ name, bytes, gzipBytes }) => `${name} ${kilobytes(bytes)} / ${kilobytes(gzipBytes)}`).join(', '),
      bound: `API ≤ ${kilobytes(limits[feature].bytes)} / ≤ ${kilobytes(limits[feature].gzipBytes)}`,
      met: api.bytes <= limits[feature].bytes && api.gzipBytes <= limits[feature].gzipBytes,
    };
  });
};
