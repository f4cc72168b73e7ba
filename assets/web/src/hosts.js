// What is to be said of a host that is not the registry's: a name that only looks like it is told as such, with the letters that differ.
//
// What must stay true: nothing here decides whether a code is good. A host is ours when it is the key list's, and never otherwise.

/** Letters of other scripts, and digits, that pass for these at a glance. */
const LOOKS_LIKE = new Map(Object.entries({
    a: 'аαɑ', b: 'ьЬ', c: 'сϲ', d: 'ԁɗ', e: 'еєҽ', g: 'ɡ', h: 'һ', i: 'іıι', j: 'ј', k: 'κк', l: 'ӏ|1i', m: 'м', n: 'пո', o: 'оοօ0',
    p: 'рρ', q: 'ԛ', s: 'ѕ', t: 'тτ', u: 'υս', v: 'ѵν', w: 'ԝω', x: 'хχ', y: 'уγ', z: 'ᴢ',
}).flatMap(([plain, others]) => [...others].map((other) => [other, plain])));

/** Two letters that pass for one. */
const JOINED = [['rn', 'm'], ['vv', 'w'], ['cl', 'd']];

/** A name reduced to what the eye sees of it. @param {string} name */
function skeleton(name) {
    const plain = name.normalize('NFKD').toLowerCase().replace(/[\p{M}\u200b-\u200f\u2060\ufeff]/gu, '').replace(/đ/g, 'd');
    let seen = [...plain].map((character) => LOOKS_LIKE.get(character) ?? character).join('');
    for (const [two = '', one = ''] of JOINED) seen = seen.replaceAll(two, one);
    return seen.replace(/[^a-z0-9]/g, '');
}

/**
 * Labels like `xn--…` as the letters that they stand for (RFC 3492); a malformed one stays as it is.
 * @param {string} host
 */
export function decoded(host) {
    return host.split('.').map((label) => (/^xn--/i.test(label) ? punycode(label.slice(4)) ?? label : label)).join('.');
}

/** @param {string} text @returns {string | null} */
function punycode(text) {
    const cut = text.lastIndexOf('-');
    const letters = [...text.slice(0, Math.max(cut, 0))];
    let [code, at, bias] = [128, 0, 72];
    for (let read = cut + 1; read < text.length;) {
        const before = at;
        for (let weight = 1, k = 36; ; k += 36) {
            const digit = '0123456789abcdefghijklmnopqrstuvwxyz'.indexOf((text[read] ?? '?').toLowerCase());
            read += 1;
            if (digit < 0) return null;
            // In this alphabet letters come first: a is 0, z is 25, then the digits.
            const value = digit < 10 ? digit + 26 : digit - 10;
            at += value * weight;
            const least = Math.min(Math.max(k - bias, 1), 26);
            if (value < least) break;
            weight *= 36 - least;
            if (at > 0x10ffff * 256) return null;
        }
        const count = letters.length + 1;
        let delta = Math.floor((at - before) / (before === 0 ? 700 : 2));
        delta += Math.floor(delta / count);
        let k = 0;
        for (; delta > 455; k += 36) delta = Math.floor(delta / 35);
        bias = k + Math.floor((36 * delta) / (delta + 38));
        code += Math.floor(at / count);
        at %= count;
        if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return null;
        letters.splice(at, 0, String.fromCodePoint(code));
        at += 1;
    }
    return letters.join('');
}

/** How many letters must be changed, added, left out or exchanged to make one text of the other. @param {string} a @param {string} b */
function distance(a, b) {
    /** @type {number[][]} */
    const rows = [Array.from({ length: b.length + 1 }, (_, at) => at)];
    for (let i = 1; i <= a.length; i += 1) {
        const above = rows[i - 1] ?? [];
        const row = [i];
        for (let j = 1; j <= b.length; j += 1) {
            const same = a[i - 1] === b[j - 1] ? 0 : 1;
            let least = Math.min((above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (above[j - 1] ?? 0) + same);
            if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, (rows[i - 2]?.[j - 2] ?? 0) + 1);
            row.push(least);
        }
        rows.push(row);
    }
    return rows[a.length]?.[b.length] ?? 0;
}

/**
 * @typedef {object} Stranger
 * @property {'letters' | 'begins' | 'near' | 'other'} kind `letters`: holds letters of another script that pass for others. `begins`:
 *   begins with our name, and goes on. `near`: looks like ours, or differs by a letter or two.
 * @property {string} shown the host as a person reads it
 * @property {string[]} letters the letters that are not what they seem
 */

/**
 * What kind of stranger a host is.
 * @param {string} host as it stands in the address @param {string} ours
 * @returns {Stranger}
 */
export function stranger(host, ours) {
    const shown = decoded(host.toLowerCase());
    const letters = [...new Set(shown)].filter((letter) => /[^\x21-\x7e]/.test(letter));
    const alike = skeleton(shown) === skeleton(ours);
    if (letters.length > 0 && (alike || distance(skeleton(shown), skeleton(ours)) <= 2)) return { kind: 'letters', shown, letters };
    if (shown.startsWith(`${ours}.`)) return { kind: 'begins', shown, letters };
    const most = ours.length > 8 ? 2 : 1;
    return { kind: alike || distance(shown, ours) <= most ? 'near' : 'other', shown, letters };
}

/**
 * A text in pieces: those that stand in the other text too, in the same order, and those that do not.
 * @param {string} text @param {string} other
 * @returns {{ text: string, differs: boolean }[]}
 */
export function differences(text, other) {
    const [a, b] = [[...text], [...other]];
    /** @type {number[][]} how long the longest common part of what follows is */
    const common = Array.from({ length: a.length + 1 }, () => new Array(b.length + 1).fill(0));
    for (let i = a.length - 1; i >= 0; i -= 1) {
        for (let j = b.length - 1; j >= 0; j -= 1) {
            const row = common[i] ?? [];
            const below = common[i + 1] ?? [];
            row[j] = a[i] === b[j] ? (below[j + 1] ?? 0) + 1 : Math.max(below[j] ?? 0, row[j + 1] ?? 0);
        }
    }
    /** @type {{ text: string, differs: boolean }[]} */
    const pieces = [];
    const add = (/** @type {string} */ letter, /** @type {boolean} */ differs) => {
        const last = pieces.at(-1);
        if (last?.differs === differs) last.text += letter;
        else pieces.push({ text: letter, differs });
    };
    for (let i = 0, j = 0; i < a.length;) {
        const letter = a[i] ?? '';
        if (letter === b[j]) {
            add(letter, false);
            i += 1;
            j += 1;
        } else if (j < b.length && (common[i]?.[j + 1] ?? 0) >= (common[i + 1]?.[j] ?? 0)) {
            j += 1;
        } else {
            add(letter, true);
            i += 1;
        }
    }
    return pieces;
}
