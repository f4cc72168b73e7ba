// A registry's keys, lists and codes for the tests, signed by Node's own Ed25519. All keys are made from seeds that anybody can read.

import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { parseKey } from '../src/keys.js';
import { SEED } from './crafted.js';
import { sha256 } from '@noble/hashes/sha2.js';

export const HOST = 't.example.vn';
const DAY = 86_400_000;
/** 2026-11-23T00:00:00Z, when the lists of these tests are issued. */
export const NOW = Date.UTC(2026, 10, 23);

/** @param {number} days */
export const later = (days) => NOW + days * DAY;

/** @param {number} time */
const written = (time) => new Date(time).toISOString().replace('.000Z', 'Z');

/** A key by its name and the bytes of its seed. @param {string} name @param {Uint8Array | number} seed */
export function keyNamed(name, seed) {
    const bytes = typeof seed === 'number' ? new Uint8Array(32).fill(seed) : seed;
    const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), bytes]);
    const secret = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    const publicKey = Uint8Array.from(createPublicKey(secret).export({ format: 'der', type: 'spki' }).subarray(-32));
    const blob = Buffer.from([1, ...publicKey]);
    const id = Buffer.from(sha256(Uint8Array.from([...Buffer.from(`${name}\n`), ...blob]))).toString('hex', 0, 4);
    const text = `${name}+${id}+${blob.toString('base64')}`;
    const key = parseKey(text);
    if (!key) throw new Error(`no key: ${text}`);
    return { ...key, sign: (/** @type {string} */ message) => sign(null, Buffer.from(message), secret) };
}

export const root = keyNamed(`${HOST}/root`, 7);
export const code = keyNamed(`${HOST}/code/2026q4`, SEED);

/** A line of a list. @param {{ role: string | null, text: string }} key @param {string} [status] */
export const line = (key, status = 'active') => `key ${key.role} ${status} ${written(later(-50))} ${written(later(70))} ${key.text}\n`;

/** The text of a list. @param {number} sequence @param {string[]} lines @param {string} [host] */
export const list = (sequence, lines, host = HOST) =>
    `${host}/keys\nsequence ${sequence}\nissued ${written(NOW)}\nvalid-until ${written(later(120))}\n${lines.join('')}`;

/** A signed note. @param {string} text @param {...ReturnType<typeof keyNamed>} signers */
export const note = (text, ...signers) => `${text}\n${signers.map((key) => {
    const blob = Buffer.concat([Buffer.from(key.id, 'hex'), key.sign(text)]);
    return `— ${key.name} ${blob.toString('base64')}\n`;
}).join('')}`;

/** Bytes in base32 without padding. @param {Uint8Array} bytes */
export function base32(bytes) {
    const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
    return (bits.match(/.{1,5}/g) ?? []).map((five) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[Number.parseInt(five.padEnd(5, '0'), 2)]).join('');
}

/** The address of a signed code. @param {string} keyPath @param {ReturnType<typeof keyNamed>} [key] @param {string} [host] */
export function signedCode(keyPath, key = code, host = HOST) {
    const signature = key.sign(`nguongoc-code/v1\n${host}\n${keyPath}\n`);
    return `https://${host.toUpperCase()}/1/${base32(Buffer.concat([Buffer.from(key.id, 'hex'), signature]))}/${keyPath}`;
}

/** A key list by its name, and whatever else a test wants kept. */
export class Shelf {
    constructor() {
        /** @type {Map<string, string>} */
        this.held = new Map();
    }

    /** @param {string} name */
    getItem(name) {
        return this.held.get(name) ?? null;
    }

    /** @param {string} name @param {string} text */
    setItem(name, text) {
        this.held.set(name, text);
    }

    /** @param {string} name */
    removeItem(name) {
        this.held.delete(name);
    }
}
