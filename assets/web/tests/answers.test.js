// The known answers of the format (docs/api.md), and that nothing near them passes.

import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { check } from '../src/checker.js';
import { verifyByHand } from '../src/ed25519.js';
import { parseLink } from '../src/grammar.js';
import { parseList } from '../src/list.js';
import { base32, code, keyNamed, line, list, NOW, signedCode } from './signing.js';
import { SEED } from './crafted.js';

const VKEY = 't.example.vn/code/2026q4+b157996e+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea';
const GTIN_LOT = 'https://T.EXAMPLE.VN/1/WFLZS3VCWV53X5IM6PP3XTHOLMRT5PGCQ4BSODT2D6U4PNHQW65PATTYESLWUAE7A2Y2IIEJFIW22IGIJMAS4PKWHXU2N36TSWNBDM6UZANQ4/01/09506000134352/10/L2611A07';
const GTIN_UNIT = 'https://T.EXAMPLE.VN/1/WFLZS3SHOHPDNARNLKM26X4GJDT4RVFKNCAVT6FTO3GATRS2VTOTOBZ4RTUQ2MB7GJSH5RB7ZPXLXVX5NNLBZ7NTRVXEKICZO35HBCFJ3ZKAS/01/09506000134352/10/L2611A07/21/300417265118';
const NUMBER_LOT = 'https://T.EXAMPLE.VN/1/WFLZS3XJ45NSENC2XD2MWX4D62CCZ3V7UXBMMGKASCR6ONFHLVRP776T5VOGW6RTROREVWBBW3HXTAOPQZZGCGIDPFCP3WYC4CY24YYE62XQG/P/1000000014/L/HN-2611-07';
const NUMBER_UNIT = 'https://T.EXAMPLE.VN/1/WFLZS3TXBC7WS3II4TRK2NJIDQHHPP4E3PRTIRM4SW64SG6FJJ4MROLN4CD2BQYTN37SGVFUM23QXGZRSMG56563ZN5G36QFZ3QVE5WMS62A6/P/1000000014/L/HN-2611-07/S/300417265118';
const ALL = [GTIN_LOT, GTIN_UNIT, NUMBER_LOT, NUMBER_UNIT];

const keys = parseList(list(7, [line(code)]));
const answer = (/** @type {string} */ text) => check(keys, text, NOW);

test('the key and the four codes are the known ones, and pass', async () => {
    assert.equal(code.text, VKEY);
    for (const url of ALL) {
        const { code: parsed } = parseLink(url);
        assert.equal(signedCode(parsed.keyPath), url);
        assert.equal((await answer(url)).signature, 'valid', url);
        assert.equal((await check(keys, url, NOW, verifyByHand)).signature, 'valid', url);
    }
});

test('letters in any case are the same code', async () => {
    for (const url of ALL) {
        const mixed = [...url].map((letter, at) => (at > 7 && at % 2 === 0 ? letter.toLowerCase() : letter)).join('');
        for (const same of [url.toLowerCase(), mixed, `${url}?utm_source=x`, `${url}#top`]) {
            const checked = await answer(same);
            assert.deepEqual([checked.signature, checked.fault, checked.issuer], ['valid', null, 't.example.vn'], same);
        }
    }
});

test('one changed character fails at each position', async () => {
    for (const url of ALL) {
        const every = url === GTIN_LOT || url === NUMBER_UNIT;
        const signs = every ? '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-/.:% éſ' : '07AVZ-/';
        for (let at = 0; at < url.length; at += 1) {
            const original = url[at] ?? '';
            for (const sign of at < 'https://T.EXAMPLE.VN'.length ? 'xX0-./:@?#ſ' : signs) {
                if (sign.toLowerCase() === original.toLowerCase()) continue;
                const changed = url.slice(0, at) + sign + url.slice(at + 1);
                const checked = await answer(changed);
                assert.ok(checked.signature !== 'valid' && checked.issuer === null, changed);
            }
        }
    }
});

test('a character left out or doubled fails', async () => {
    for (const url of ALL) {
        for (let at = 0; at < url.length; at += 1) {
            for (const changed of [url.slice(0, at) + url.slice(at + 1), url.slice(0, at + 1) + url.slice(at)]) {
                assert.notEqual((await answer(changed)).signature, 'valid', changed);
            }
        }
    }
});

test('a signature of one lot does not serve another', async () => {
    const signature = GTIN_LOT.slice('https://T.EXAMPLE.VN/1/'.length).slice(0, 109);
    for (const path of ['01/09506000134352/10/L2611A08', '01/09506000134352/10/L2611A07/21/1', '01/09506000134352/21/L2611A07', 'P/1000000014/L/L2611A07']) {
        const checked = await answer(`https://t.example.vn/1/${signature}/${path}`);
        assert.deepEqual([checked.signature, checked.fault], ['invalid', null], path);
    }
});

test('a key of another role signs no code, though its bytes are right', async () => {
    const log = keyNamed('t.example.vn/log', SEED);
    const { code: parsed } = parseLink(GTIN_LOT);
    const bytes = parsed.signature?.bytes ?? new Uint8Array();
    const forged = `https://t.example.vn/1/${base32(Uint8Array.from([...Buffer.from(log.id, 'hex'), ...bytes]))}/${parsed.keyPath}`;
    const checked = await check(parseList(list(7, [line(log)])), forged, NOW);
    assert.equal(checked.signature, 'unknown_key');
});
