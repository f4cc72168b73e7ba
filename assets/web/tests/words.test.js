// Every sentence that the scripts say is there, in both languages, with the holes that they fill.

import { strict as assert } from 'node:assert';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';

const here = import.meta.dirname;

/** The sentences of a language by the names that the page gives them. @param {string} language */
async function sentences(language) {
    const text = await readFile(path.join(here, `../../locales/${language}/codes.ftl`), 'utf8');
    const found = new Map();
    for (const [, key = '', sentence = ''] of text.matchAll(/^codes-([a-z-]+) = (.*)$/gm)) {
        const name = key.replace(/^check-/, '');
        if (name !== key || /^(malformed|signature)-/.test(key)) found.set(name, sentence);
    }
    return found;
}

const sources = await Promise.all((await readdir(path.join(here, '../src'))).map((file) => readFile(path.join(here, '../src', file), 'utf8')));
const text = sources.join('\n');

/** The names that the scripts say, and what those with open ends begin with. */
function said() {
    const names = new Set();
    for (const [, key = ''] of text.matchAll(/\b(?:say|tell)\('([a-z-]+)'/g)) names.add(key);
    // Names chosen before they are said: every text that is spelt as one.
    const all = [...text.matchAll(/'([a-z]+(?:-[a-z]+)*)'/g)].map(([, key = '']) => key);
    const starts = [...text.matchAll(/`([a-z]+(?:-[a-z]+)*-)\$\{/g)].map(([, start = '']) => start);
    return { names, all, starts };
}

test('what is said has words in both languages, and what has words is said', async () => {
    const [vi, en] = [await sentences('vi'), await sentences('en')];
    const { names, all, starts } = said();
    assert.ok(names.size > 20 && starts.includes('malformed-') && starts.includes('foreign-'), [...names].join(' '));
    for (const name of names) assert.ok(vi.has(name) && en.has(name), name);
    // Said by the template or the manifest, not by a script.
    const byServer = /^(title|name|short-name|what|noscript|noscript-link|camera|picture|address|check|keys|more|refresh|forget|newer|take|licences)$/;
    for (const name of vi.keys()) {
        const used = names.has(name) || all.includes(name) || byServer.test(name) || starts.some((start) => name.startsWith(start));
        assert.ok(used, `${name} is said nowhere`);
    }
});

test('every reason of the grammar has its sentence', async () => {
    const vi = await sentences('vi');
    const grammar = await readFile(path.join(here, '../src/grammar.js'), 'utf8');
    const reasons = [...grammar.matchAll(/new Malformed\('([a-z_]+)'\)/g)].map(([, reason = '']) => reason);
    assert.ok(reasons.length > 15);
    for (const reason of reasons) assert.ok(vi.has(`malformed-${reason.replaceAll('_', '-')}`), reason);
});

test('holes are filled by somebody', async () => {
    const filled = new Set([...text.matchAll(/\b([a-z]+)(?:,|:| \})/g)].map(([, name]) => name));
    for (const language of ['vi', 'en']) {
        for (const [name, sentence] of await sentences(language)) {
            for (const [, hole = ''] of sentence.matchAll(/\{ \$([a-z]+) \}/g)) assert.ok(filled.has(hole), `${name}: ${hole}`);
        }
    }
});
