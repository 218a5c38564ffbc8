import { createHash, createHmac, getDiffieHellman, randomBytes, timingSafeEqual } from 'node:crypto';

/** Cognito's group: RFC 3526 number 15, 3072 bits, generator 2. */
const N = BigInt(`0x${getDiffieHellman('modp15').getPrime('hex')}`);
const G = 2n;

/** An even number of digits, and a leading zero byte where the number would look negative: Java's BigInteger. */
function paddedHex(value: bigint | string): string {
  const digits = typeof value === 'string' ? value : value.toString(16);
  const even = digits.length % 2 === 1 ? `0${digits}` : digits;
  return /^[89a-f]/iu.test(even) ? `00${even}` : even;
}

function hashHex(hex: string): bigint {
  return BigInt(`0x${createHash('sha256').update(Buffer.from(hex, 'hex')).digest('hex')}`);
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = base % N;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if ((rest & 1n) === 1n) {
      result = (result * square) % N;
    }
    square = (square * square) % N;
  }
  return result;
}

const K = hashHex(paddedHex(N) + paddedHex(G));

/** Pool ids are `<region>_<name>`; SRP uses the name. */
function poolName(poolId: string): string {
  return poolId.slice(poolId.indexOf('_') + 1);
}

interface SrpVerifier {
  readonly salt: string;
  readonly verifier: string;
}

/** What the server keeps instead of a password: salt and v = g^x, as hex. */
export function makeSrpVerifier(poolId: string, username: string, password: string): SrpVerifier {
  const salt = randomBytes(16).toString('hex');
  const identity = createHash('sha256')
    .update(`${poolName(poolId)}${username}:${password}`)
    .digest('hex');
  const x = hashHex(paddedHex(salt) + identity);
  return { salt, verifier: power(G, x).toString(16) };
}

interface SrpServerStep {
  /** Public, for the client (hex). */
  readonly publicB: string;
  /** To be kept for {@link srpSignatureMatches}. */
  readonly privateB: string;
}

/** The server's half: B = k v + g^b. Without a verifier a B that nobody can use. */
export function startSrp(verifier: string | undefined): SrpServerStep {
  const b = BigInt(`0x${randomBytes(32).toString('hex')}`);
  const v = verifier === undefined ? BigInt(`0x${randomBytes(384).toString('hex')}`) % N : BigInt(`0x${verifier}`);
  return { publicB: ((K * v + power(G, b)) % N).toString(16), privateB: b.toString(16) };
}

/** Whether `SRP_A` is a number that the protocol allows: A mod N must not be 0. */
export function isSrpPublicKey(value: string): boolean {
  return /^[0-9a-f]{1,1024}$/iu.test(value) && BigInt(`0x${value}`) % N !== 0n;
}

interface SrpProof {
  readonly poolId: string;
  readonly username: string;
  readonly publicA: string;
  readonly step: SrpServerStep;
  readonly verifier: string;
  /** Base64, as the client got it. */
  readonly secretBlock: string;
  readonly timestamp: string;
  /** Base64, from the client. */
  readonly signature: string;
}

/** Whether the client's `PASSWORD_CLAIM_SIGNATURE` shows that it knows the password. */
export function srpSignatureMatches(proof: SrpProof): boolean {
  const a = BigInt(`0x${proof.publicA}`);
  const u = hashHex(paddedHex(a) + paddedHex(proof.step.publicB));
  const shared = power(a * power(BigInt(`0x${proof.verifier}`), u), BigInt(`0x${proof.step.privateB}`));
  const extracted = createHmac('sha256', Buffer.from(paddedHex(u), 'hex'))
    .update(Buffer.from(paddedHex(shared), 'hex'))
    .digest();
  const key = createHmac('sha256', extracted).update('Caldera Derived Key\u0001').digest().subarray(0, 16);
  const expected = createHmac('sha256', key)
    .update(poolName(proof.poolId))
    .update(proof.username)
    .update(Buffer.from(proof.secretBlock, 'base64'))
    .update(proof.timestamp)
    .digest();
  const given = Buffer.from(proof.signature, 'base64');
  return given.length === expected.length && timingSafeEqual(given, expected);
}
