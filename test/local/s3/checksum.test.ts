import { checksumAlgorithms, makeDigest } from '../../../local/services/s3/body/checksum.ts';

/** The check values of the algorithms' catalogue: each is over the text `123456789`. */
const known: Readonly<Record<string, string>> = {
  CRC32: 'cbf43926',
  CRC32C: 'e3069283',
  CRC64NVME: 'ae8b14860a799888',
  SHA1: 'f7c3bc1d808e04732adf679965ccc34ca7ae3441',
  SHA256: '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225',
};

describe('makeDigest', () => {
  it.each(checksumAlgorithms)('computes %s, whole and piece by piece', (algorithm) => {
    const whole = makeDigest(algorithm);
    whole.update(Buffer.from('123456789'));
    const pieces = makeDigest(algorithm);
    for (const piece of ['1', '', '2345', '6789']) pieces.update(Buffer.from(piece));
    const digests = [whole, pieces].map((digest) => digest.digest().toString('hex'));
    expect(digests).toEqual([known[algorithm], known[algorithm]]);
  });

  it('refuses what S3 does not know', () => {
    expect(() => makeDigest('CRC16')).toThrow('Checksum algorithm provided is unsupported');
  });
});
