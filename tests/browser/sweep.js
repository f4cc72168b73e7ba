// Walking through all pages that somebody can reach, and looking at each on both screens and in both languages.

import { faultsOf, keepPicture, openWindow, SIZES } from './eyes.js';
import { signIn } from './form.js';

/** What a path is called when ids are left out: pages of one kind are alike. */
export function kindOf(path) {
    return path.replace(/[?#].*/, '').replace(/[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{64}|\d{10,}/g, 'one')
        .replace(/^\/(1|01|P)\/.*/, '/$1/code');
}

/** One page of each kind that can be reached by links from `starts`; those are all kept, though they be of one kind. */
async function reachable(page, starts, known) {
    const waiting = starts.map((path) => [path, true]);
    const kinds = new Set(known);
    const found = new Map();
    while (waiting.length > 0) {
        const [path, isStart] = waiting.shift();
        const kind = kindOf(path);
        if (found.has(path) || (!isStart && kinds.has(kind))) continue;
        kinds.add(kind);
        const answer = await page.request.get(path, { headers: { accept: 'text/html' } });
        const isPage = answer.headers()['content-type']?.startsWith('text/html');
        found.set(path, { kind, status: answer.status(), isPage, isStart });
        if (!isPage) continue;
        const links = [...(await answer.text()).matchAll(/<a [^>]*?href="(\/[^"]*)"/g)];
        waiting.push(...links.map(([, link]) => link.replaceAll('&amp;', '&')).filter((link) => !/[?&]lang=/.test(link))
            .map((link) => [link, false]));
    }
    return found;
}

/**
 * All that is wrong with the pages that somebody can reach. `known` are kinds that others have looked at; those found here are
 * added to it. `name` and `password` are left out for a visitor.
 */
export async function sweep(browser, registry, { label, name, password, starts, known = new Set() }) {
    const faults = new Set();
    let pages;
    for (const size of Object.keys(SIZES)) {
        for (const lang of ['vi', 'en']) {
            const window = await openWindow(browser, registry, { size, lang });
            if (name) await signIn(window.page, name, password);
            pages ??= await reachable(window.page, starts, known);
            for (const [path, { kind, status, isPage, isStart }] of pages) {
                if (status >= 400 && !isStart) faults.add(`${kind}: a link leads to ${status}`);
                if (!isPage) continue;
                await window.page.goto(path);
                for (const fault of await faultsOf(window)) faults.add(`${kind} on a ${size}, ${lang}: ${fault}`);
                await keepPicture(window, `${label}${kind}${isStart ? `-${[...pages.keys()].indexOf(path)}` : ''}`);
            }
            await window.context.close();
        }
    }
    for (const { kind } of pages.values()) known.add(kind);
    return { pages, faults: [...faults] };
}
