// What a browser keeps: the first root is pinned, older and foreign lists are refused, a successor counts only when the old root signed
// it, damage is found.

import { strict as assert } from 'node:assert';
import { test } from 'node:test';
import { Damaged, NAME, Pinned, update } from '../src/pinned.js';
import { code, HOST, keyNamed, later, line, list, note, NOW, root, Shelf } from './signing.js';

const next = keyNamed(`${HOST}/root`, 8);
const third = keyNamed(`${HOST}/root`, 11);
const first = note(list(7, [line(code), line(root)]), root);

const reason = (/** @type {string} */ word) => (/** @type {any} */ error) => error.reason === word;
const nobody = async () => null;
/** Asks a shelf of notes by number. @param {Record<string, string>} notes @param {string} newest */
const from = (notes, newest) => async (/** @type {bigint | null} */ sequence) => (sequence === null ? newest : notes[String(sequence)] ?? null);

test('the first visit pins the root that signed the list', async () => {
    const pinned = await Pinned.begin(first, HOST, NOW);
    assert.equal(pinned.root.text, root.text);
    assert.equal(pinned.list?.sequence, 7n);
    await assert.rejects(Pinned.begin(note(list(7, [line(code)]), root), HOST, NOW), reason('no_root'));
    await assert.rejects(Pinned.begin(note(list(7, [line(code), line(root)]), next), HOST, NOW), reason('no_root'));
    await assert.rejects(Pinned.begin(note(list(7, [line(root, 'retired')]), root), HOST, NOW), reason('no_root'));
    await assert.rejects(Pinned.begin(first, 'u.example.vn', NOW), reason('other_host'));
});

test('what is kept is read again, and says when it was compared', async () => {
    const shelf = new Shelf();
    assert.equal(await Pinned.restore(shelf), null);
    const pinned = await Pinned.begin(first, HOST, NOW);
    assert.ok(pinned.save(shelf));
    await update(pinned, later(2), from({}, first));
    assert.ok(pinned.save(shelf));
    const restored = await Pinned.restore(shelf);
    assert.deepEqual([restored?.since, restored?.compared, restored?.list?.sequence], [NOW, later(2), 7n]);
    assert.equal(new Shelf().getItem(NAME), null);
});

test('an older list, a second list of the same number and one of another root are refused, and change nothing', async () => {
    const pinned = await Pinned.begin(first, HOST, NOW);
    const shelf = new Shelf();
    pinned.save(shelf);
    const before = shelf.getItem(NAME);
    for (const [wrong, word] of /** @type {const} */ ([
        [note(list(6, [line(code), line(root)]), root), 'older'],
        [note(list(7, [line(code, 'retired'), line(root)]), root), 'forked'],
        [note(list(8, [line(code), line(next)]), next), 'not_anchored'],
        [note(list(8, [line(code), line(root)]), root).replace('sequence 8', 'sequence 9'), 'wrong_signature'],
        [note(list(8, [], 'u.example.vn'), root), 'other_host'],
        ['<html>', 'no_signatures'],
    ])) {
        await assert.rejects(update(pinned, later(1), from({}, wrong)), reason(word), word);
        pinned.save(shelf);
        assert.equal(shelf.getItem(NAME), before, word);
    }
    assert.equal(await update(pinned, later(1), nobody), false);
    assert.equal(pinned.compared, NOW, 'a list that is not there was not compared');
});

test('a successor counts only after the old root signed it, also when lists were missed', async () => {
    const notes = {
        8: note(list(8, [line(code), line(root), line(next)]), root),
        9: note(list(9, [line(code), line(root, 'retired'), line(next)]), next),
        11: note(list(11, [line(code), line(next), line(third)]), next),
        12: note(list(12, [line(code), line(next, 'retired'), line(third)]), third),
    };
    const pinned = await Pinned.begin(first, HOST, NOW);
    assert.ok(await update(pinned, later(1), from(notes, notes[12])));
    assert.deepEqual(pinned.trust.roots.map((key) => key.text), [third.text]);
    const shelf = new Shelf();
    pinned.save(shelf);
    const restored = await Pinned.restore(shelf);
    assert.deepEqual(restored?.trust.roots.map((key) => key.text), [third.text]);
    assert.equal(restored?.root.text, root.text);
    await assert.rejects(update(pinned, later(2), from({}, note(list(13, [line(root)]), root))), reason('not_anchored'));

    const other = await Pinned.begin(first, HOST, NOW);
    const { 8: _, ...gap } = notes;
    await assert.rejects(update(other, later(1), from(gap, notes[12])), reason('not_anchored'), 'the old root signed nothing here');
    assert.equal(other.list?.sequence, 7n);
    const far = note(list(5000, [line(next)]), next);
    let asked = 0;
    await assert.rejects(update(other, later(1), async (sequence) => {
        if (sequence === null) return far;
        asked += 1;
        return null;
    }), reason('not_anchored'));
    assert.equal(asked, 0, 'nobody can make a browser ask for ever');
});

test('a compromised root is trusted no longer', async () => {
    const pinned = await Pinned.begin(first, HOST, NOW);
    await update(pinned, NOW, from({}, note(list(8, [line(root, 'compromised 4'), line(next)]), root)));
    await assert.rejects(update(pinned, NOW, from({}, note(list(9, [line(root)]), root))), reason('not_anchored'));
    assert.ok(await update(pinned, NOW, from({}, note(list(9, [line(next)]), next))));
});

test('damage to what is kept is found, whatever it is', async () => {
    const shelf = new Shelf();
    const pinned = await Pinned.begin(first, HOST, NOW);
    await update(pinned, NOW, from({}, note(list(8, [line(code), line(root), line(next)]), root)));
    pinned.save(shelf);
    const whole = shelf.getItem(NAME) ?? '';
    const broken = ['', '{', 'null', '[]', '{"v":1}', whole.replace('"v":1', '"v":2'), whole.slice(0, -1), whole.replace(/"since":\d+/, '"since":"x"'),
        whole.replace(root.text, next.text), whole.replace(root.text, code.text)];
    for (let at = 0; at < whole.length; at += 11) {
        const letter = whole[at] === 'A' ? 'B' : 'A';
        const changed = whole.slice(0, at) + letter + whole.slice(at + 1);
        if (!/"(since|compared)":\d*A/.test(changed)) broken.push(changed);
    }
    for (const text of broken) {
        shelf.setItem(NAME, text);
        await assert.rejects(Pinned.restore(shelf), Damaged, text.slice(0, 60));
    }
    shelf.setItem(NAME, whole);
    assert.equal((await Pinned.restore(shelf))?.list?.sequence, 8n);
});

test('a browser that keeps nothing says so', async () => {
    const pinned = await Pinned.begin(first, HOST, NOW);
    const full = { ...new Shelf(), getItem: () => null, setItem: () => { throw new DOMException('full', 'QuotaExceededError'); }, removeItem() {} };
    assert.equal(pinned.save(full), false);
});
