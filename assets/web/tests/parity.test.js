// The script answers as the server does: on every line that tests/codes/vectors.rs wrote down.

import { strict as assert } from 'node:assert';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { check } from '../src/checker.js';
import { verifyByBrowser, verifyByHand } from '../src/ed25519.js';
import { fingerprint, parseKey, parseNote } from '../src/keys.js';
import { parseList, Trust } from '../src/list.js';
import { base32, HOST, root } from './signing.js';
import { crafted } from './crafted.js';

const file = path.resolve(import.meta.dirname, '../../../tests/codes/snapshots/codes__vectors__vectors.snap');
const lines = (await readFile(file, 'utf8')).split('\n---\n')[1]?.trim().split('\n').map((line) => JSON.parse(line)) ?? [];

test('every code has the same answer', async () => {
    const lists = new Map();
    let codes = 0;
    let valid = 0;
    for (const line of lines) {
        if ('note' in line) lists.set(line.list, parseList(parseNote(line.note).text));
        if (!('code' in line)) continue;
        for (const by of [verifyByHand, verifyByBrowser]) {
            const answer = await check(lists.get(line.list), line.code, line.now * 1000, by);
            const told = Object.fromEntries(Object.entries(answer).filter(([, value]) => value !== null));
            // The page has no list that is not anchored.
            assert.deepEqual({ ...told, anchored: true }, line.answer, line.code);
        }
        codes += 1;
        if (line.answer.signature === 'valid') valid += 1;
    }
    assert.ok(codes > 200 && valid > 10 && valid < codes / 4, `${valid} of ${codes}`);
});

test('every note is taken or refused for the same reason', async () => {
    let steps = 0;
    for (const line of lines.filter((line) => 'trust' in line)) {
        const key = parseKey(line.root);
        assert.ok(key);
        const trust = new Trust(key);
        for (const [at, step] of line.steps.entries()) {
            const refused = await trust.accept(step.note).then(() => null, (error) => error.reason ?? error);
            assert.equal(refused, step.refused, `${line.trust}, step ${at}`);
            assert.deepEqual(trust.roots.map((root) => root.text), step.roots, `${line.trust}, step ${at}`);
            assert.equal(trust.seen === null ? null : Number(trust.seen.sequence), step.sequence === null ? null : Number(step.sequence));
            steps += 1;
        }
    }
    assert.ok(steps > 60, `${steps} steps`);
});

test('every key is read the same, and has the same fingerprint', () => {
    const keys = lines.filter((line) => 'key' in line);
    assert.ok(keys.length > 8);
    for (const line of keys) {
        const key = parseKey(line.key);
        assert.equal(key && fingerprint(key), line.fingerprint, line.key);
    }
});

test('the crafted signatures are among the codes', () => {
    const told = lines.filter((line) => 'code' in line).map((line) => line.code);
    const message = new TextEncoder().encode(`nguongoc-code/v1\n${HOST}\n01/09506000134352/10/L2611A07\n`);
    for (const [wrong, signature] of Object.entries(crafted(message))) {
        const text = base32(Uint8Array.from([0xb1, 0x57, 0x99, 0x6e, ...signature]));
        assert.ok(told.includes(`https://${HOST}/1/${text}/01/09506000134352/10/L2611A07`), wrong);
    }
    assert.equal(root.host, HOST);
});
