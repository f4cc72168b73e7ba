// The sentences of the page, which the server wrote into it in the reader's language, and how times are told in it.

/** The sentences by their keys. */
export class Words {
    /** @param {DocumentFragment} written one element a sentence, its key in `data-key` */
    constructor(written) {
        /** @type {Map<string, string>} */
        this.sentences = new Map();
        for (const element of written.querySelectorAll('[data-key]')) {
            this.sentences.set(element.getAttribute('data-key') ?? '', element.textContent ?? '');
        }
        this.lang = document.documentElement.lang;
    }

    /**
     * A sentence, with what its holes hold: `{issuer}`. The result is text, and must be shown as text.
     * @param {string} key @param {Record<string, string>} [values]
     */
    say(key, values = {}) {
        const sentence = this.sentences.get(key);
        if (sentence === undefined) throw new Error(`no words: ${key}`);
        return sentence.replace(/\{([a-z]+)\}/g, (hole, name) => values[name] ?? hole);
    }

    /** A day, as `23/11/2026` in both languages. @param {number} time in milliseconds */
    day(time) {
        return new Intl.DateTimeFormat('en-GB', { day: '2-digit', month: '2-digit', year: 'numeric' }).format(time);
    }

    /** How long ago: `3 ngày trước`; within a minute, now. @param {number} time @param {number} now both in milliseconds */
    ago(time, now) {
        const told = new Intl.RelativeTimeFormat(this.lang, { numeric: 'auto' });
        const seconds = (now - time) / 1000;
        if (Math.abs(seconds) < 60) return told.format(0, 'second');
        /** @type {[number, Intl.RelativeTimeFormatUnit][]} */
        const units = [[86_400, 'day'], [3600, 'hour']];
        const [length, unit] = units.find(([length]) => Math.abs(seconds) >= length) ?? [60, 'minute'];
        return new Intl.RelativeTimeFormat(this.lang, { numeric: 'always' }).format(-Math.trunc(seconds / length), unit);
    }
}
