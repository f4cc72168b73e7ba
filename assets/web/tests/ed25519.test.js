// Strict verification: what lenient verifiers take is refused, whichever verifier does the work.

import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { Point } from '@noble/ed25519';
import { isStrict, isUsableKey, verifier, verify, verifyByBrowser, verifyByHand } from '../src/ed25519.js';
import { crafted, keyOf, le32, plain, SEED, signWith, TORSION } from './crafted.js';

const P = (1n << 255n) - 19n;
const MESSAGE = new TextEncoder().encode('nguongoc-code/v1\nt.example.vn\n01/09506000134352/10/L2611A07\n');
const KEY = keyOf(SEED).bytes;
const BOTH = /** @type {const} */ ([['by hand', verifyByHand], ['by the browser', verifyByBrowser]]);

for (const [how, by] of BOTH) {
    test(`${how}: a plain signature passes, a changed one does not`, async () => {
        const good = plain(MESSAGE);
        assert.ok(await verify(KEY, MESSAGE, good, by));
        for (let bit = 0; bit < 512; bit += 7) {
            const changed = Uint8Array.from(good);
            changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
            assert.ok(!await verify(KEY, MESSAGE, changed, by), `bit ${bit}`);
        }
        assert.ok(!await verify(KEY, MESSAGE.subarray(1), good, by));
        assert.ok(!await verify(keyOf(new Uint8Array(32)).bytes, MESSAGE, good, by));
        assert.ok(!await verify(KEY, MESSAGE, good.subarray(1), by));
    });

    test(`${how}: signatures that lenient verifiers take are refused`, async () => {
        for (const [wrong, signature] of Object.entries(crafted(MESSAGE))) {
            assert.ok(!await verify(KEY, MESSAGE, signature, by), wrong);
        }
    });

    test(`${how}: the verifier is strict by its own probe`, async () => {
        assert.ok(await isStrict(by));
    });
}

test('a lenient verifier, one that takes all, one that takes none and one that fails are not strict', async () => {
    const lenient = async (/** @type {Uint8Array} */ key, /** @type {Uint8Array} */ message, /** @type {Uint8Array} */ signature) => {
        const { verifyAsync } = await import('@noble/ed25519');
        return verifyAsync(signature, message, key, { zip215: true });
    };
    assert.equal(await isStrict(lenient), false);
    assert.equal(await isStrict(async () => true), false);
    assert.equal(await isStrict(async () => false), false);
    assert.equal(await isStrict(() => Promise.reject(new Error('NotSupportedError'))), false);
    assert.equal(await verifier(), verifyByBrowser, 'Node has one that is strict');
});

test('keys of small order, off the curve or written in a second way are no keys', () => {
    assert.ok(isUsableKey(KEY));
    let small = 0;
    for (let at = 0, point = TORSION; at < 8; at += 1, point = point.add(TORSION)) {
        assert.ok(point.isSmallOrder());
        assert.ok(!isUsableKey(point.toBytes()), `${at}`);
        small += 1;
    }
    assert.equal(small, 8);
    for (let beyond = 0n; beyond < 19n; beyond += 1n) assert.ok(!isUsableKey(le32(P + beyond)), `${beyond}`);
    assert.ok(!isUsableKey(le32(2n)), 'off the curve');
    assert.ok(!isUsableKey(KEY.subarray(1)));
});

test('a key with a part of small order verifies as the server does', async () => {
    // Whoever holds such a key can make signatures on which readings differ; the bytes of R decide, not a multiple.
    const mixed = Point.fromBytes(KEY).add(TORSION).toBytes();
    const key = { ...keyOf(SEED), bytes: mixed };
    const r = 99n;
    const verdicts = new Set();
    for (let at = 0; at < 40; at += 1) {
        const message = new TextEncoder().encode(`message ${at}`);
        const signature = signWith(key, message, Point.BASE.multiply(r).toBytes(), r);
        const [hand, browser] = [await verify(mixed, message, signature, verifyByHand), await verify(mixed, message, signature, verifyByBrowser)];
        assert.equal(hand, browser, `message ${at}`);
        verdicts.add(hand);
    }
    assert.equal(verdicts.size, 2, 'some satisfy the equation and some do not');
});
