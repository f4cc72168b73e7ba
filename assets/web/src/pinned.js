// What this browser keeps of a registry: the root that the first visit pinned, and the lists that led from it to the newest one. When
// it is read again every signature is checked again, from the pinned root on, so that damage is found and never believed.

import { parseKey, parseNote, Refused } from './keys.js';
import { parseList, rootOf, Trust } from './list.js';

/** The name under which it is kept. */
export const NAME = 'nguongoc-keys';

/** What was kept cannot be read, or does not verify. */
export class Damaged extends Error {}

/** @typedef {Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>} Keep */

/** The pinned root, and the newest list that it answers for. */
export class Pinned {
    /** @param {import('./keys.js').VerifierKey} root @param {number} since */
    constructor(root, since) {
        this.root = root;
        /** When the root was pinned. */
        this.since = since;
        /** When the list was last compared with the registry's. */
        this.compared = since;
        this.trust = new Trust(root);
        /** @type {import('./list.js').KeyList | null} */
        this.list = null;
        /** Notes that changed which roots are trusted, in order. @type {string[]} */
        this.steps = [];
        this.note = '';
    }

    /**
     * The first visit: pins the root that signed the list.
     * @param {string} note @param {string} host the host that the page is for @param {number} now
     */
    static async begin(note, host, now) {
        const root = await rootOf(note);
        if (root.host !== host) throw new Refused('other_host');
        const pinned = new Pinned(root, now);
        await pinned.take(note, now);
        return pinned;
    }

    /**
     * What was kept; nothing on a first visit.
     * @param {Keep} keep
     */
    static async restore(keep) {
        const text = keep.getItem(NAME);
        if (text === null) return null;
        try {
            const kept = JSON.parse(text);
            const root = parseKey(kept.root);
            const times = [kept.since, kept.compared];
            if (kept.v !== 1 || !root || !times.every(Number.isFinite) || !Array.isArray(kept.steps)) throw new Damaged('shape');
            const pinned = new Pinned(root, kept.since);
            for (const note of [...kept.steps, kept.note]) await pinned.take(note, kept.compared);
            return pinned;
        } catch (error) {
            throw error instanceof Damaged ? error : new Damaged('what was kept does not verify', { cause: error });
        }
    }

    /**
     * Takes the registry's list, when a trusted root signed it and it is no older than the one kept.
     * @param {string} note @param {number} now
     * @returns {Promise<boolean>} whether it is another list than before
     */
    async take(note, now) {
        const roots = this.trust.roots.map((root) => root.text).join('\n');
        const seen = this.trust.seen?.digest;
        this.list = await this.trust.accept(note);
        this.compared = now;
        if (this.trust.seen?.digest === seen) return false;
        this.note = note;
        if (this.trust.roots.map((root) => root.text).join('\n') !== roots) this.steps.push(note);
        return true;
    }

    /** Keeps it; false when the browser keeps nothing. @param {Keep} keep */
    save(keep) {
        const { root, since, compared, steps, note } = this;
        try {
            keep.setItem(NAME, JSON.stringify({ v: 1, root: root.text, since, compared, steps, note }));
            return true;
        } catch {
            return false;
        }
    }
}

/** The most earlier lists that are asked for on the way to a new root: decades of quarters. */
const MOST_EARLIER = 200;

/**
 * Brings the list up to date. When none of the trusted roots signed the registry's list, the lists between are walked: a root that has
 * been replaced in the meantime has signed its successor in one of them.
 * @param {Pinned} pinned @param {number} now
 * @param {(sequence: bigint | null) => Promise<string | null>} ask the note of a number, or the newest; nothing when there is none
 * @returns {Promise<boolean>} whether it is another list than before
 */
export async function update(pinned, now, ask) {
    const note = await ask(null);
    if (note === null) return false;
    try {
        return await pinned.take(note, now);
    } catch (error) {
        if (!(error instanceof Refused) || error.reason !== 'not_anchored') throw error;
        const from = pinned.trust.seen?.sequence ?? 0n;
        const to = parseList(parseNote(note).text).sequence;
        if (to <= from || to - from > BigInt(MOST_EARLIER)) throw error;
        for (let sequence = from + 1n; sequence < to; sequence += 1n) {
            const earlier = await ask(sequence);
            if (earlier !== null) await pinned.take(earlier, now);
        }
        return pinned.take(note, now);
    }
}
