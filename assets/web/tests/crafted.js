// Signatures that a lenient verifier takes and a strict one must not, made with the secret key of RFC 8032 (section 7.1, test 1),
// which everybody knows.

import { Point } from '@noble/ed25519';
import { sha512 } from '@noble/hashes/sha2.js';

const L = (1n << 252n) + 27742317777372353535851937790883648493n;
const P = (1n << 255n) - 19n;

/** The seed of RFC 8032, test 1. */
export const SEED = Buffer.from('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 'hex');

/** A number of 32 bytes, the lowest first. @param {bigint} number */
export const le32 = (number) => Uint8Array.from(Buffer.from(number.toString(16).padStart(64, '0'), 'hex').reverse());

/** @param {Uint8Array} bytes */
export const fromLe = (bytes) => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);

/** The secret scalar and the public key of a seed. @param {Uint8Array} seed */
export function keyOf(seed) {
    const head = sha512(Uint8Array.from(seed)).slice(0, 32);
    head[0] = (head[0] ?? 0) & 248;
    head[31] = ((head[31] ?? 0) & 127) | 64;
    const a = fromLe(head) % L;
    return { a, point: Point.BASE.multiply(a), bytes: Point.BASE.multiply(a).toBytes() };
}

/** A point of order eight. */
export const TORSION = Point.fromHex('26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05');

/**
 * A signature whose first half is exactly these bytes, which stand for `r` times the base and perhaps something of small order.
 * @param {{ a: bigint, bytes: Uint8Array }} key @param {Uint8Array} message @param {Uint8Array} first @param {bigint} r
 */
export function signWith(key, message, first, r) {
    const k = fromLe(sha512(Uint8Array.from([...first, ...key.bytes, ...message]))) % L;
    return Uint8Array.from([...first, ...le32((r + k * key.a) % L)]);
}

/**
 * Signatures of `message` by the key of `seed` that satisfy the equation of Ed25519 in one or another reading, and that strict
 * verification refuses; by what is wrong with them.
 * @param {Uint8Array} message @param {Uint8Array} [seed] @returns {Record<string, Uint8Array>}
 */
export function crafted(message, seed = SEED) {
    const key = keyOf(seed);
    const r = 0x123456789abcdefn;
    const plain = Point.BASE.multiply(r);
    const good = signWith(key, message, plain.toBytes(), r);
    const identity = le32(1n);
    const signed = Uint8Array.from(identity);
    signed[31] = 0x80;
    return {
        'R is the identity': signWith(key, message, identity, 0n),
        'R is the identity, written with a sign': signWith(key, message, signed, 0n),
        'R is the identity, written beyond the field': signWith(key, message, le32(P + 1n), 0n),
        'R is of order two': signWith(key, message, le32(P - 1n), 0n),
        'R is of order eight': signWith(key, message, TORSION.toBytes(), 0n),
        'R has a part of order eight': signWith(key, message, plain.add(TORSION).toBytes(), r),
        'S is beyond the order of the group': Uint8Array.from([...good.slice(0, 32), ...le32(fromLe(good.slice(32)) + L)]),
    };
}

/** A plain signature with a nonce of this file's choice: strict verification takes it. @param {Uint8Array} message */
export function plain(message) {
    const r = 0x123456789abcdefn;
    return signWith(keyOf(SEED), message, Point.BASE.multiply(r).toBytes(), r);
}
