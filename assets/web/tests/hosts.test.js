// Names that look like the registry's are told as such, and told apart from other names.

import { strict as assert } from 'node:assert';
import { domainToASCII } from 'node:url';
import { test } from 'node:test';
import { decoded, differences, stranger } from '../src/hosts.js';

const OURS = 'demo.example.vn';

test('each kind of stranger is known', () => {
    for (const [host, kind] of /** @type {const} */ ([
        ['demo-example.vn', 'near'], ['DEM0.EXAMPLE.VN', 'near'], ['demo.exarnple.vn', 'near'], ['demo.examp1e.vn', 'near'],
        ['demo.exmaple.vn', 'near'], ['demo.exampl.vn', 'near'], ['demo.example.vm', 'near'], ['dem.o.example.vn', 'near'],
        ['demo.exаmple.vn', 'letters'], ['dèmo.example.vn', 'letters'], ['demọ.example.vn', 'letters'], ['ԁеmо.example.vn', 'letters'],
        ['demo\u2024example.vn', 'letters'], ['demo.example.vn\u200b', 'letters'],
        [domainToASCII('demo.exаmple.vn'), 'letters'], [domainToASCII('demọ.example.vn').toUpperCase(), 'letters'],
        ['demo.example.vn.evil.example', 'begins'], ['demo.example.vn.vn', 'begins'],
        ['evil.example', 'other'], ['example.vn', 'other'], ['x.y.demo.example.vn', 'other'], ['việt.vn', 'other'], ['xn--!!.vn', 'other'], ['', 'other'],
    ])) {
        assert.equal(stranger(host, OURS).kind, kind, host);
    }
});

test('punycode is read as its letters', () => {
    for (const host of ['demọ.example.vn', 'việtnam.vn', 'münchen.example', 'пример.example', '例え.example', 'a-é-b.example', '\u{20bb7}.example']) {
        const written = domainToASCII(host);
        assert.match(written, /xn--/);
        assert.equal(decoded(written), host);
    }
    for (const broken of ['xn--.vn', 'xn--é.vn', 'xn--99999999.vn', 'xn---.vn', 'xn--a_b.vn']) assert.equal(typeof decoded(broken), 'string', broken);
});

test('the letters that are not what they seem are named', () => {
    assert.deepEqual(stranger('demo.exаmple.vn', OURS).letters, ['а']);
});

test('what differs is marked', () => {
    const marked = (/** @type {string} */ text) => differences(text, OURS).map((piece) => (piece.differs ? `[${piece.text}]` : piece.text)).join('');
    assert.equal(marked('demo-example.vn'), 'demo[-]example.vn');
    assert.equal(marked('demo.exarnple.vn'), 'demo.exa[rn]ple.vn');
    assert.equal(marked('demo.exampl.vn'), 'demo.exampl.vn');
    assert.equal(marked(OURS), OURS);
    assert.equal(marked('qqq'), '[qqq]');
    for (const text of ['demo.exmaple.vn', 'a', '', 'demo.example.vn.evil.example']) {
        assert.equal(differences(text, OURS).map((piece) => piece.text).join(''), text);
    }
});
