// Verifier keys and signed notes (C2SP signed-note), as src/keys/vkey.rs, name.rs and note.rs read them: strictly, so that each key and
// each note has one text.

import { sha256 } from '@noble/hashes/sha2.js';
import { isUsableKey, verify } from './ed25519.js';
import { bytesOf, hex, LONGEST_HOST, splitOnce } from './grammar.js';

/** The algorithm byte of Ed25519 in C2SP signed-note. */
const ED25519 = 0x01;
/** The longest name of a key, in bytes. */
const LONGEST_NAME = 300;
/** The most signature lines that are read; more is an attempt to keep the checker busy. */
const MOST_SIGNATURES = 100;
/** The largest note that is read, in bytes. */
const LARGEST_NOTE = 1 << 20;

/**
 * Why a key list was refused: the errors of src/keys/note.rs and src/keys/list.rs, in snake case.
 * @typedef {'too_large' | 'control' | 'text' | 'no_signatures' | 'signature_line' | 'wrong_signature' | 'line' | 'host' | 'key'
 *   | 'misplaced' | 'same_id' | 'term' | 'dates' | 'too_many' | 'not_anchored' | 'older' | 'forked' | 'other_host'
 *   | 'no_root'} Refusal
 */

/** A key list, or the note around it, that is not taken. */
export class Refused extends Error {
    /** @param {Refusal} reason */
    constructor(reason) {
        super(`key list refused: ${reason}`);
        /** @readonly */
        this.reason = reason;
    }
}

/**
 * A public key with its name.
 * @typedef {object} VerifierKey
 * @property {string} name
 * @property {string} host what stands before the first slash of the name
 * @property {'root' | 'code' | 'log' | null} role
 * @property {string} id eight hex digits
 * @property {Uint8Array} bytes
 * @property {string} text the whole key in its one line
 */

/** Whether a text is a lower-case domain name without port. @param {string} text */
export function isHost(text) {
    return text.length <= LONGEST_HOST && text.split('.').every((label) => /^(?!-)[a-z0-9-]{1,63}(?<!-)$/.test(label));
}

/** @param {string} name */
function isName(name) {
    return name !== '' && bytesOf(name) <= LONGEST_NAME && !/[\p{White_Space}\p{Cc}+]/u.test(name);
}

/** @param {string} name @returns {VerifierKey['role']} */
function roleOf(name) {
    const parts = splitOnce(name, '/');
    if (!parts || !isHost(parts[0])) return null;
    if (parts[1] === 'root' || parts[1] === 'log') return parts[1];
    return /^code\/[2-9][0-9]{3}q[1-4]$/.test(parts[1]) ? 'code' : null;
}

/** The bytes of canonical base64; nothing for any other text. @param {string} text */
function fromBase64(text) {
    if (!/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return null;
    try {
        const binary = atob(text);
        return btoa(binary) === text ? Uint8Array.from(binary, (character) => character.charCodeAt(0)) : null;
    } catch {
        return null;
    }
}

/** The first four bytes of the hash of a name and a key, in hex. @param {string} name @param {Uint8Array} publicKey */
function idOf(name, publicKey) {
    const head = new TextEncoder().encode(`${name}\n`);
    return hex(sha256(Uint8Array.from([...head, ED25519, ...publicKey])).subarray(0, 4));
}

/** Reads the line of a verifier key; nothing when it is none. @param {string} text @returns {VerifierKey | null} */
export function parseKey(text) {
    // The name holds no plus sign, the base64 may: so the first two split.
    const first = splitOnce(text, '+');
    const second = first && splitOnce(first[1], '+');
    if (!first || !second) return null;
    const [name, [id, base64]] = [first[0], second];
    const bytes = fromBase64(base64);
    if (!isName(name) || !/^[0-9a-f]{8}$/.test(id) || bytes?.length !== 33 || bytes[0] !== ED25519) return null;
    const publicKey = bytes.slice(1);
    if (!isUsableKey(publicKey) || idOf(name, publicKey) !== id) return null;
    return { name, host: name.split('/')[0] ?? name, role: roleOf(name), id, bytes: publicKey, text };
}

/** What a person compares to know a key by: the SHA-256 of its 32 bytes, in groups. @param {VerifierKey} key */
export function fingerprint(key) {
    return (hex(sha256(key.bytes)).match(/.{4}/g) ?? []).join(' ');
}

/**
 * A note whose form is right. Its signatures say nothing before `signers`.
 * @typedef {object} Note
 * @property {string} text what was signed, with its last newline
 * @property {{ name: string, id: string, bytes: Uint8Array }[]} signatures
 */

/** Reads a note. @param {string} note @returns {Note} */
export function parseNote(note) {
    if (bytesOf(note) > LARGEST_NOTE) throw new Refused('too_large');
    if (/[\u0000-\u0009\u000b-\u001f]/.test(note)) throw new Refused('control');
    const blank = note.lastIndexOf('\n\n');
    if (blank < 0) throw new Refused('no_signatures');
    const text = note.slice(0, blank + 1);
    if (text.length < 2) throw new Refused('text');
    const lines = note.slice(blank + 2);
    if (!lines.endsWith('\n')) throw new Refused('no_signatures');
    const signatures = lines.slice(0, -1).split('\n').map((line, at) => {
        if (at === MOST_SIGNATURES) throw new Refused('too_large');
        const parts = line.startsWith('— ') ? splitOnce(line.slice(2), ' ') : null;
        const bytes = parts && fromBase64(parts[1]);
        if (!parts || !isName(parts[0]) || !bytes || bytes.length < 5) throw new Refused('signature_line');
        return { name: parts[0], id: hex(bytes.subarray(0, 4)), bytes: bytes.slice(4) };
    });
    return { text, signatures };
}

/**
 * Which of the keys signed a note. Signatures by unknown keys are ignored; a known key whose signature is wrong spoils the note.
 * @param {Note} note @param {VerifierKey[]} keys
 */
export async function signers(note, keys) {
    /** @type {Set<VerifierKey>} */
    const found = new Set();
    for (const line of note.signatures) {
        const key = keys.find((known) => known.id === line.id && known.name === line.name);
        if (!key) continue;
        if (!await verify(key.bytes, new TextEncoder().encode(note.text), line.bytes)) throw new Refused('wrong_signature');
        found.add(key);
    }
    return [...found];
}
