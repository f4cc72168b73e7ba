// The grammar of a code's address, the same as src/codes/grammar.rs and src/codes/link.rs, rule by rule and in the same order.
//
// What must stay true: each code has exactly one path after folding to capitals, so nothing is decoded, trimmed or normalised.

/** The length of the signature in base32: 68 bytes and one bit that is zero. */
const SIGNATURE_CHARS = 109;
/** `01/` 14 `/10/` 20 `/21/` 20. */
const LONGEST_KEY_PATH = 65;
const LONGEST_PATH = '/1/'.length + SIGNATURE_CHARS + '/'.length + LONGEST_KEY_PATH;
/** The longest host in bytes (RFC 1035). */
export const LONGEST_HOST = 253;

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/**
 * Why a text is no code: the words of `Malformed` in src/codes/malformed.rs.
 * @typedef {'scheme' | 'user_info' | 'port' | 'host' | 'not_a_code' | 'too_long' | 'percent' | 'character'
 *   | 'signature_length' | 'signature_character' | 'signature_padding' | 'product_kind' | 'gtin_shape' | 'gtin_check_digit'
 *   | 'gtin_restricted' | 'product_shape' | 'product_check_digit' | 'product_number' | 'lot' | 'serial' | 'no_lot_nor_serial'
 *   | 'part' | 'trailing'} Reason
 */

/** A text that is no code, with the first rule that it breaks. */
export class Malformed extends Error {
    /** @param {Reason} reason */
    constructor(reason) {
        super(`malformed code: ${reason}`);
        /** @readonly */
        this.reason = reason;
    }
}

/**
 * A code. That it parsed says nothing about its signature.
 * @typedef {object} Code
 * @property {{ key: string, bytes: Uint8Array } | null} signature the id of the key in hex, and the 64 bytes
 * @property {string} keyPath what is signed, from `01/` or `P/` on, in capitals
 * @property {string | null} gtin
 * @property {string | null} productNumber
 * @property {string | null} lot
 * @property {string | null} serial
 */

/** How many bytes a text has. @param {string} text */
export const bytesOf = (text) => new TextEncoder().encode(text).length;

/** Small ASCII letters to capitals, and no other letter: `ſ` is no S. @param {string} text */
const fold = (text) => text.replace(/[a-z]/g, (letter) => letter.toUpperCase());

/** Two texts before and after the first `mark`. @param {string} text @param {string} mark @returns {[string, string] | null} */
export function splitOnce(text, mark) {
    const at = text.indexOf(mark);
    return at < 0 ? null : [text.slice(0, at), text.slice(at + mark.length)];
}

/**
 * Reads a whole address.
 * @param {string} text
 * @returns {{ host: string, code: Code }} the host as written, in any case
 */
export function parseLink(text) {
    if (!text.startsWith('https://') && !text.startsWith('HTTPS://')) throw new Malformed('scheme');
    const rest = text.slice('https://'.length).replace(/[?#][^]*$/, '');
    const slash = rest.indexOf('/');
    const [host, path] = slash < 0 ? [rest, ''] : [rest.slice(0, slash), rest.slice(slash)];
    if (host.includes('@')) throw new Malformed('user_info');
    if (host.includes(':')) throw new Malformed('port');
    if (host.length > LONGEST_HOST || !/^[0-9A-Za-z.-]+$/.test(host)) throw new Malformed('host');
    return { host, code: parse(path) };
}

/**
 * Reads a code from the raw path of an address, without query and fragment.
 * @param {string} rawPath
 * @returns {Code}
 */
export function parse(rawPath) {
    if (rawPath.includes('%')) throw new Malformed('percent');
    const folded = /^\/(1|[Pp])\//.test(rawPath);
    if (!folded && !rawPath.startsWith('/01/')) throw new Malformed('not_a_code');
    if (bytesOf(rawPath) > LONGEST_PATH) throw new Malformed('too_long');
    const path = folded ? fold(rawPath) : rawPath;
    if (!/^[0-9A-Z/-]*$/.test(path)) throw new Malformed('character');
    if (!path.startsWith('/1/')) return parseKeyPath(path.slice(1), null);
    const parts = splitOnce(path.slice('/1/'.length), '/');
    if (!parts) throw new Malformed('product_kind');
    return parseKeyPath(parts[1], parseSignature(parts[0]));
}

/** @param {string} text @returns {{ key: string, bytes: Uint8Array }} */
function parseSignature(text) {
    if (text.length !== SIGNATURE_CHARS) throw new Malformed('signature_length');
    const raw = new Uint8Array(68);
    let bits = 0;
    let held = 0;
    let at = 0;
    for (const character of text) {
        const value = BASE32.indexOf(character);
        if (value < 0) throw new Malformed('signature_character');
        held = ((held << 5) | value) & 0xfff;
        bits += 5;
        if (bits >= 8) {
            bits -= 8;
            raw[at] = (held >> bits) & 0xff;
            at += 1;
        }
    }
    if ((held & ((1 << bits) - 1)) !== 0) throw new Malformed('signature_padding');
    return { key: hex(raw.subarray(0, 4)), bytes: raw.slice(4) };
}

/** @param {string} text @param {Code['signature']} signature @returns {Code} */
function parseKeyPath(text, signature) {
    const parts = text.split('/');
    let at = 0;
    const next = () => parts[at++];
    const kind = next();
    const name = next() ?? '';
    /** @type {Code} */
    const code = { signature, keyPath: text, gtin: null, productNumber: null, lot: null, serial: null };
    if (kind === '01') code.gtin = parseGtin(name);
    else if (kind === 'P') code.productNumber = parseProductNumber(name);
    else throw new Malformed('product_kind');
    const [lotWord, serialWord] = kind === '01' ? ['10', '21'] : ['L', 'S'];
    let word = next();
    if (word === undefined) throw new Malformed('no_lot_nor_serial');
    if (word === lotWord) {
        code.lot = parseWord(next() ?? '', 'lot');
        word = next();
        if (word === undefined) return code;
    }
    if (word !== serialWord) throw new Malformed('part');
    code.serial = parseWord(next() ?? '', 'serial');
    if (next() !== undefined) throw new Malformed('trailing');
    return code;
}

/** @param {string} text @param {'lot' | 'serial'} reason */
function parseWord(text, reason) {
    if (!/^[0-9A-Z-]{1,20}$/.test(text)) throw new Malformed(reason);
    return text;
}

/** Whether the last digit is the GS1 mod-10 check digit of those before it. @param {string} digits */
export function hasCheckDigit(digits) {
    let sum = 0;
    for (let at = 0; at < digits.length; at += 1) {
        const weight = (digits.length - at) % 2 === 0 ? 3 : 1;
        sum += Number(digits[at]) * weight;
    }
    return sum % 10 === 0;
}

/** @param {string} text */
function parseGtin(text) {
    if (!/^[0-9]{14}$/.test(text)) throw new Malformed('gtin_shape');
    if (text === '0'.repeat(14)) throw new Malformed('gtin_restricted');
    if (!hasCheckDigit(text)) throw new Malformed('gtin_check_digit');
    // Numbers for use inside one company or region, coupons, refund receipts: they name no product everywhere.
    const restricted = text.startsWith('00000', 1) ? /^.{6}[02]/ : /^.(0[24]|2)/;
    if (restricted.test(text) || /^.(05|99|98[0-4])/.test(text)) throw new Malformed('gtin_restricted');
    return text;
}

/** @param {string} text */
function parseProductNumber(text) {
    if (!/^[0-9]{10}$/.test(text)) throw new Malformed('product_shape');
    if (!hasCheckDigit(text)) throw new Malformed('product_check_digit');
    if (!text.startsWith('1')) throw new Malformed('product_number');
    return text;
}

/** The bytes that a code's signature covers. @param {string} host in small letters @param {string} keyPath */
export const message = (host, keyPath) => new TextEncoder().encode(`nguongoc-code/v1\n${host}\n${keyPath}\n`);

/** Bytes in small hex digits. @param {Uint8Array} bytes */
export const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
