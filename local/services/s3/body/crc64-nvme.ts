/** The polynomial 0xad93d23594c93659 with its bits reversed, in two halves. */
const POLYNOMIAL_HIGH = 0x9a6c9329;
const POLYNOMIAL_LOW = 0xac4bc9b5;

const high = new Uint32Array(256);
const low = new Uint32Array(256);
for (let byte = 0; byte < 256; byte += 1) {
  let [upper, lower] = [0, byte];
  for (let bit = 0; bit < 8; bit += 1) {
    const odd = lower & 1;
    lower = (lower >>> 1) | ((upper & 1) << 31);
    upper >>>= 1;
    if (odd !== 0) {
      lower ^= POLYNOMIAL_LOW;
      upper ^= POLYNOMIAL_HIGH;
    }
  }
  high[byte] = upper;
  low[byte] = lower;
}

/** CRC-64/NVME, which S3 uses by default. Two halves of 32 bits, since a BigInt costs ten times as much. */
export class Crc64Nvme {
  #high = 0xffffffff;
  #low = 0xffffffff;

  update(chunk: Buffer): void {
    let upper = this.#high;
    let lower = this.#low;
    for (let index = 0; index < chunk.length; index += 1) {
      const entry = (lower ^ (chunk[index] as number)) & 0xff;
      lower = ((lower >>> 8) | (upper << 24)) ^ (low[entry] as number);
      upper = (upper >>> 8) ^ (high[entry] as number);
    }
    this.#high = upper;
    this.#low = lower;
  }

  digest(): Buffer {
    const bytes = Buffer.alloc(8);
    bytes.writeUInt32BE(~this.#high >>> 0, 0);
    bytes.writeUInt32BE(~this.#low >>> 0, 4);
    return bytes;
  }
}
