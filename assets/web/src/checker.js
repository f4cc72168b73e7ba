// Checking a code with a key list and nothing else: the answer of `Checker::check` in src/codes/check.rs, member by member.

import { verify } from './ed25519.js';
import { Malformed, message, parseLink } from './grammar.js';

/** @typedef {import('./list.js').KeyList} KeyList */

/**
 * @typedef {object} Checked
 * @property {'valid' | 'invalid' | 'absent' | 'unknown_key' | 'compromised_key'} signature
 * @property {import('./grammar.js').Reason | 'other_host' | null} fault why the question could not even be put
 * @property {string | null} issuer
 * @property {string | null} gtin
 * @property {string | null} product_number
 * @property {string | null} lot
 * @property {string | null} serial
 * @property {string | null} key
 * @property {'active' | 'retired' | 'compromised' | null} key_status
 * @property {number} list_sequence
 * @property {number} list_age_seconds negative when this clock is behind the list
 * @property {boolean} list_expired whether a newer list should have come by now
 */

/** @param {string} host @param {KeyList} list */
export const speaksFor = (host, list) => /^[\x21-\x7e]*$/.test(host) && host.toLowerCase() === list.host;

/**
 * Checks a whole address.
 * @param {KeyList} list @param {string} address @param {number} now in milliseconds
 * @param {import('./ed25519.js').Verifier} [by]
 * @returns {Promise<Checked>}
 */
export async function check(list, address, now, by) {
    /** @type {Checked} */
    const checked = {
        signature: address.includes('/1/') ? 'invalid' : 'absent',
        fault: null,
        issuer: null,
        gtin: null,
        product_number: null,
        lot: null,
        serial: null,
        key: null,
        key_status: null,
        list_sequence: Number(list.sequence),
        list_age_seconds: Math.floor((now - list.issued) / 1000),
        list_expired: now >= list.validUntil,
    };
    let link;
    try {
        link = parseLink(address);
    } catch (error) {
        if (!(error instanceof Malformed)) throw error;
        checked.fault = error.reason;
        return checked;
    }
    const { host, code } = link;
    checked.gtin = code.gtin;
    checked.product_number = code.productNumber;
    checked.lot = code.lot;
    checked.serial = code.serial;
    const { signature } = code;
    if (!speaksFor(host, list)) {
        // No key of this list speaks for that host, whatever id stands in the code.
        checked.fault = 'other_host';
        checked.signature = signature ? 'unknown_key' : 'absent';
        return checked;
    }
    if (!signature) {
        checked.signature = 'absent';
        return checked;
    }
    const listed = list.keys.find(({ role, key }) => role === 'code' && key.id === signature.key);
    if (!listed) {
        checked.signature = 'unknown_key';
        return checked;
    }
    checked.key = listed.key.name;
    checked.key_status = listed.status;
    const good = await verify(listed.key.bytes, message(list.host, code.keyPath), signature.bytes, by);
    checked.signature = !good ? 'invalid' : listed.status === 'compromised' ? 'compromised_key' : 'valid';
    if (good) checked.issuer = list.host;
    return checked;
}
