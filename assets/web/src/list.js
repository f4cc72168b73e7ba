// The key list, and why a checker believes it: as src/keys/list.rs and src/keys/trust.rs.
//
// What must stay true: a checker never goes back to an older list; a new root counts only after a list that a root already trusted has
// signed.

import { sha256 } from '@noble/hashes/sha2.js';
import { hex } from './grammar.js';
import { isHost, parseKey, parseNote, Refused, signers } from './keys.js';

/** @typedef {import('./keys.js').VerifierKey} VerifierKey */

/** The most keys that a list may name. */
const MOST_KEYS = 1000;

/**
 * @typedef {object} ListedKey
 * @property {'root' | 'code' | 'log'} role
 * @property {'active' | 'retired' | 'compromised'} status
 * @property {number} from milliseconds, as all times here
 * @property {number | null} until
 * @property {VerifierKey} key
 */

/**
 * @typedef {object} KeyList
 * @property {string} host
 * @property {bigint} sequence
 * @property {number} issued
 * @property {number} validUntil
 * @property {ListedKey[]} keys
 */

/** A decimal number of 64 bits without sign or leading zero. @param {string} text */
function number(text) {
    if (!/^(0|[1-9][0-9]{0,19})$/.test(text)) return null;
    const value = BigInt(text);
    return value < 1n << 64n ? value : null;
}

/** `2026-11-23T00:00:00Z` and no other way of writing a time. @param {string} text */
function moment(text) {
    if (!/^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$/.test(text)) return null;
    const time = Date.parse(text);
    return Number.isNaN(time) || new Date(time).toISOString() !== text.replace('Z', '.000Z') ? null : time;
}

/** What must be there, else the line is wrong. @template T @param {T | null | undefined} value @returns {T} */
function must(value) {
    if (value === null || value === undefined) throw new Refused('line');
    return value;
}

/** @param {string} line @returns {ListedKey} */
function parseLine(line) {
    const words = line.split(' ');
    let at = 0;
    const next = () => must(words[at++]);
    if (next() !== 'key') throw new Refused('line');
    const role = next();
    if (role !== 'root' && role !== 'code' && role !== 'log') throw new Refused('line');
    const status = next();
    if (status !== 'active' && status !== 'retired' && status !== 'compromised') throw new Refused('line');
    // The last size of the log at which the key was good: for those who have the log.
    if (status === 'compromised') must(number(next()));
    const from = must(moment(next()));
    const end = next();
    const until = end === '-' ? null : must(moment(end));
    const key = parseKey(next());
    if (!key) throw new Refused('key');
    if (key.role === null) throw new Refused('misplaced');
    if (until !== null && until <= from) throw new Refused('term');
    if (key.role !== role) throw new Refused('misplaced');
    if (at < words.length) throw new Refused('line');
    return { role, status, from, until, key };
}

/** Reads the text of a list, without its signatures. @param {string} text @returns {KeyList} */
export function parseList(text) {
    if (!text.endsWith('\n')) throw new Refused('line');
    const lines = text.slice(0, -1).split('\n');
    /** @param {number} at @param {string} before @param {string} after */
    const head = (at, before, after) => {
        const line = must(lines[at]);
        if (line.length < before.length + after.length || !line.startsWith(before) || !line.endsWith(after)) throw new Refused('line');
        return line.slice(before.length, line.length - after.length);
    };
    const host = head(0, '', '/keys');
    if (!isHost(host)) throw new Refused('host');
    const sequence = must(number(head(1, 'sequence ', '')));
    const issued = must(moment(head(2, 'issued ', '')));
    const validUntil = must(moment(head(3, 'valid-until ', '')));
    const keys = lines.slice(4, 4 + MOST_KEYS + 1).map(parseLine);
    if (sequence === 0n || validUntil <= issued) throw new Refused('dates');
    if (keys.length > MOST_KEYS) throw new Refused('too_many');
    const ids = new Set();
    for (const { key } of keys) {
        if (key.host !== host) throw new Refused('misplaced');
        if (ids.has(key.id)) throw new Refused('same_id');
        ids.add(key.id);
    }
    return { host, sequence, issued, validUntil, keys };
}

/** What a checker remembers of a host: the roots that it trusts, and the newest list that it has seen. */
export class Trust {
    /** @param {VerifierKey} root a key named `<host>/root` */
    constructor(root) {
        if (root.role !== 'root') throw new Refused('misplaced');
        this.host = root.host;
        /** @type {VerifierKey[]} */
        this.roots = [root];
        /** @type {{ sequence: bigint, digest: string } | null} */
        this.seen = null;
    }

    /**
     * Takes the next list. From then on the roots that it names as active are trusted too, and those that it names otherwise no longer.
     * Trust is unchanged when it refuses.
     * @param {string} note @returns {Promise<KeyList>}
     */
    async accept(note) {
        const parsed = parseNote(note);
        if ((await signers(parsed, this.roots)).length === 0) throw new Refused('not_anchored');
        const list = parseList(parsed.text);
        if (list.host !== this.host) throw new Refused('other_host');
        const digest = hex(sha256(new TextEncoder().encode(parsed.text)));
        if (this.seen && list.sequence < this.seen.sequence) throw new Refused('older');
        if (this.seen && list.sequence === this.seen.sequence && digest !== this.seen.digest) throw new Refused('forked');
        this.seen = { sequence: list.sequence, digest };
        for (const { role, status, key } of list.keys) {
            if (role !== 'root') continue;
            this.roots = this.roots.filter((root) => root.text !== key.text);
            if (status === 'active') this.roots.push(key);
        }
        return list;
    }
}

/**
 * The root that a first visit pins: the one that signed the list, among those that the list itself names as active.
 * @param {string} note @returns {Promise<VerifierKey>}
 */
export async function rootOf(note) {
    const parsed = parseNote(note);
    const list = parseList(parsed.text);
    const active = list.keys.filter(({ role, status }) => role === 'root' && status === 'active').map(({ key }) => key);
    const [root] = await signers(parsed, active);
    if (!root) throw new Refused('no_root');
    return root;
}
