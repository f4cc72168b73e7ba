// What the answer of a check means to a shopper: a title, what to do, the facts of the code. It says what was checked, and vouches for
// nothing.

import { speaksFor } from './checker.js';
import { stranger } from './hosts.js';

/** @typedef {import('./checker.js').Checked} Checked */
/** @typedef {import('./words.js').Words} Words */

/**
 * @typedef {object} Verdict
 * @property {string} word what kind of answer it is, for the page's own use
 * @property {'good' | 'warn' | 'bad'} tone
 * @property {string} title
 * @property {string[]} lines
 * @property {[string, string][]} facts name and value
 * @property {{ shown: string, ours: string } | null} hosts two names to be shown one above the other
 * @property {string | null} held what the code holds, to be shown as text
 * @property {string | null} path where the registry tells more
 */

/** The host of an address as it is written, without user name and port; nothing where there is none. @param {string} address */
export function hostIn(address) {
    const found = /^https?:\/\/(?:[^/?#]*@)?([^/?#:]*)/i.exec(address);
    return found?.[1] ? found[1] : null;
}

/** A host as the network knows it, where that has another form. @param {string} host */
function inAscii(host) {
    try {
        const { hostname } = new URL(`https://${host}/`);
        return hostname.includes('xn--') ? hostname : null;
    } catch {
        return null;
    }
}

/** The path of a code that was read, as the registry knows it. @param {string} address */
function pathIn(address) {
    const path = address.replace(/^https:\/\/[^/]*/i, '').replace(/[?#][^]*$/, '');
    return /^\/(1|p)\//i.test(path) ? path.toUpperCase() : path;
}

/**
 * Puts an answer into words.
 * @param {Words} words @param {import('./list.js').KeyList} list @param {string} address @param {Checked} checked @param {number} now
 * @returns {Verdict}
 */
export function verdict(words, list, address, checked, now) {
    const values = {
        issuer: checked.issuer ?? list.host,
        lot: checked.lot ?? '',
        product: checked.gtin ?? checked.product_number ?? '',
        serial: checked.serial ?? '',
        ours: list.host,
        number: String(list.sequence),
        ago: words.ago(list.issued, now),
        until: words.day(list.validUntil),
    };
    const say = (/** @type {string} */ key) => words.say(key, values);
    /** @type {[string, string | null][]} */
    const facts = [
        ['fact-product', checked.gtin ?? checked.product_number],
        ['fact-lot', checked.lot],
        ['fact-serial', checked.serial],
        ['fact-key', checked.key],
    ];
    /** @type {Verdict} */
    const told = {
        word: checked.signature,
        tone: 'bad',
        title: '',
        lines: [],
        facts: facts.flatMap(([key, value]) => (value === null ? [] : [/** @type {[string, string]} */ ([say(key), value])])),
        hosts: null,
        held: null,
        path: null,
    };
    const host = hostIn(address);
    if (checked.fault !== null && !(host !== null && speaksFor(host, list))) {
        // The parts of a foreign code are nobody's word here.
        return host === null ? other(told, say, address) : foreign(told, words, list, host, address);
    }
    if (checked.fault !== null) {
        told.word = 'malformed';
        told.title = say('malformed');
        told.lines = [say(`malformed-${checked.fault.replaceAll('_', '-')}`), say('malformed-next')];
        told.held = address;
        told.facts = [];
        return told;
    }
    told.path = pathIn(address);
    switch (checked.signature) {
        case 'valid':
            told.tone = checked.list_expired ? 'warn' : 'good';
            told.title = say(checked.lot === null ? 'valid-stock' : 'signature-valid');
            told.lines = [...(checked.list_expired ? [say('list-old')] : []), say('valid-next')];
            if (checked.list_expired) told.word = 'valid-old';
            break;
        case 'absent':
            told.tone = 'warn';
            told.title = say('signature-absent');
            told.lines = [say('absent-next')];
            break;
        case 'unknown_key':
            told.tone = 'warn';
            told.title = say('signature-unknown-key');
            told.lines = [say('unknown-key-next')];
            break;
        case 'compromised_key':
            told.tone = 'warn';
            told.title = say('signature-compromised-key');
            told.lines = [say('compromised-key-next')];
            break;
        default:
            told.title = say('signature-invalid');
            told.lines = [say('invalid-next')];
    }
    return told;
}

/** Not an address at all. @param {Verdict} told @param {(key: string) => string} say @param {string} address @returns {Verdict} */
function other(told, say, address) {
    return { ...told, word: 'other', tone: 'warn', title: say('other'), lines: [say('other-next')], facts: [], held: address };
}

/**
 * An address of somebody else.
 * @param {Verdict} told @param {Words} words @param {import('./list.js').KeyList} list @param {string} host @param {string} address
 * @returns {Verdict}
 */
function foreign(told, words, list, host, address) {
    const { kind, shown, letters } = stranger(host, list.host);
    const values = {
        // Letters that look alike are told apart by the form that the network knows the name in.
        host: kind === 'letters' ? inAscii(host) ?? shown : shown,
        ours: list.host,
        end: shown.slice(list.host.length + 1),
        letters: letters.map((letter) => `${letter} (U+${(letter.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')})`).join(', '),
    };
    const alike = kind === 'letters' || kind === 'near';
    return {
        ...told,
        word: `foreign-${kind}`,
        tone: kind === 'other' ? 'warn' : 'bad',
        title: words.say('foreign', values),
        lines: [words.say(`foreign-${kind}`, values), words.say(kind === 'other' ? 'foreign-next' : 'foreign-beware', values)],
        facts: [],
        hosts: alike ? { shown, ours: list.host } : null,
        held: address,
    };
}
