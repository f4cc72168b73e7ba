// Ed25519 signatures, checked as strictly as the server does (`verify_strict` of ed25519-dalek): one signature of a message by a
// key, and no second one.
//
// Browsers differ in what they accept beyond the plain case, so all that has a canonical form is checked here first, and the browser's
// own verifier is used only after it has refused a signature that lenient ones take.

import { Point } from '@noble/ed25519';
import { sha512 } from '@noble/hashes/sha2.js';

const P = (1n << 255n) - 19n;
/** The order of the group. */
const L = (1n << 252n) + 27742317777372353535851937790883648493n;

/** The `y` of the eight points of small order. */
const SMALL_ORDER = new Set([
    0n,
    1n,
    P - 1n,
    0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n,
    0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n,
]);

/**
 * Says whether a key signed a message; the form of key and signature is right already.
 * @typedef {(key: Uint8Array, message: Uint8Array, signature: Uint8Array) => Promise<boolean>} Verifier
 */

/** @param {Uint8Array} bytes the lowest first */
function number(bytes) {
    let text = '0x';
    for (let at = bytes.length - 1; at >= 0; at -= 1) text += (bytes[at] ?? 0).toString(16).padStart(2, '0');
    return BigInt(text);
}

/** Whether 32 bytes are written in the one way of a point that is not of small order; whether it is on the curve is not asked. */
function hasPlainForm(/** @type {Uint8Array} */ bytes) {
    const y = number(bytes) & ((1n << 255n) - 1n);
    return y < P && !SMALL_ORDER.has(y);
}

/** The point of 32 bytes; nothing unless they are the canonical form of a point of large order. @param {Uint8Array} bytes */
function pointOf(bytes) {
    if (bytes.length !== 32 || !hasPlainForm(bytes)) return null;
    try {
        return Point.fromBytes(bytes);
    } catch {
        return null;
    }
}

/** Whether 32 bytes are a usable public key, as `VerifierKey::new` in src/keys/vkey.rs asks. @param {Uint8Array} bytes */
export const isUsableKey = (bytes) => pointOf(bytes) !== null;

/** Verifies without the help of the browser. @type {Verifier} */
export async function verifyByHand(key, message, signature) {
    const point = pointOf(key);
    if (!point) return false;
    const hashed = new Uint8Array(64 + message.length);
    hashed.set(signature.subarray(0, 32));
    hashed.set(key, 32);
    hashed.set(message, 64);
    const k = number(sha512(hashed)) % L;
    // [S]B − [k]A in one walk over the bits: a table of multiples of B would cost more than it saves for a single code.
    const minus = point.negate();
    const both = Point.BASE.add(minus);
    const s = number(signature.subarray(32));
    let sum = Point.ZERO;
    for (let bit = 252n; bit >= 0n; bit -= 1n) {
        sum = sum.double();
        const b = (s >> bit) & 1n;
        const a = (k >> bit) & 1n;
        if (b && a) sum = sum.add(both);
        else if (b) sum = sum.add(Point.BASE);
        else if (a) sum = sum.add(minus);
    }
    // Bytes against bytes, as the server compares: a part of small order in R is not multiplied away.
    return sum.toBytes().every((byte, at) => byte === signature[at]);
}

/** Verifies with the browser's own Ed25519. @type {Verifier} */
export async function verifyByBrowser(key, message, signature) {
    const imported = await crypto.subtle.importKey('raw', copy(key), 'Ed25519', false, ['verify']);
    return crypto.subtle.verify('Ed25519', imported, copy(signature), copy(message));
}

/** The same bytes in a buffer of their own, as WebCrypto is typed to take. @param {Uint8Array} bytes */
const copy = (bytes) => Uint8Array.from(bytes);

/** @param {string} text */
const fromHex = (text) => Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

// A message signed by the key of RFC 8032, section 7.1, test 1; and a signature of it whose R has a part of small order, which
// verifiers that multiply by the cofactor take.
const PROBE = {
    key: fromHex('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a'),
    message: new TextEncoder().encode('nguongoc'),
    good: fromHex('4007da55933fc4e347bc451b387cfef6b0dfec7b14da5aab1738f47c52f77b70'
        + '852e3b45b5ab5812b4d222e7f9802996825554f1e4989a3ef04c836c815d1208'),
    lenient: fromHex('7600e9679aed1f30c09b3a005d143ce5b4151b585280693b1662469ce7d1096c'
        + '46b9a0683f8c21e1401d696d23de0e16631922933118567e8a413254fed2f40e'),
};

/**
 * Whether a verifier takes the good signature and refuses a lenient one, and one of another message.
 * @param {Verifier} verifier
 */
export async function isStrict(verifier) {
    const { key, message, good, lenient } = PROBE;
    try {
        return await verifier(key, message, good) && !await verifier(key, message, lenient)
            && !await verifier(key, message.subarray(1), good);
    } catch {
        return false;
    }
}

/** @type {Promise<Verifier> | undefined} */
let chosen;

/** The verifier of this browser: its own where it has one that is strict, else the one by hand. */
export function verifier() {
    chosen ??= isStrict(verifyByBrowser).then((strict) => (strict ? verifyByBrowser : verifyByHand));
    return chosen;
}

/**
 * Whether a key signed a message, strictly.
 * @param {Uint8Array} key @param {Uint8Array} message @param {Uint8Array} signature @param {Verifier} [by]
 */
export async function verify(key, message, signature, by) {
    if (key.length !== 32 || signature.length !== 64) return false;
    if (!hasPlainForm(key) || !hasPlainForm(signature.subarray(0, 32))) return false;
    if (number(signature.subarray(32)) >= L) return false;
    return (by ?? await verifier())(key, message, signature);
}
