// The page that checks codes without a network: camera, picture and address lead to one check, by a key list that this browser keeps.
//
// What must stay true: nothing is sent anywhere but to ask this site for the key list and the page's own files; what a code holds is
// shown as text and never followed; a list is never used without telling its age.

import { Camera, Decoders } from './camera.js';
import { check } from './checker.js';
import { verifier } from './ed25519.js';
import { differences } from './hosts.js';
import { fingerprint, Refused } from './keys.js';
import { Damaged, NAME, Pinned, update } from './pinned.js';
import { verdict } from './verdict.js';
import { Words } from './words.js';

/** @template {HTMLElement} T @param {string} id @param {new () => T} kind @returns {T} */
function part(id, kind) {
    const found = document.getElementById(id);
    if (!(found instanceof kind)) throw new Error(`no ${id}`);
    return found;
}

const frame = part('check', HTMLElement);
const words = new Words(part('words', HTMLTemplateElement).content);
const scan = part('scan', HTMLButtonElement);
const camera = part('camera', HTMLElement);
const video = part('video', HTMLVideoElement);
const aim = part('aim', HTMLElement);
const picture = part('picture', HTMLInputElement);
const pasted = part('pasted', HTMLFormElement);
const address = part('address', HTMLInputElement);
const problem = part('problem', HTMLElement);
const result = part('result', HTMLElement);
const told = part('told', HTMLElement);
const keys = part('keys', HTMLElement);
const keysTold = part('keys-told', HTMLElement);
const keysFacts = part('keys-facts', HTMLElement);
const refresh = part('refresh', HTMLButtonElement);
const forget = part('forget', HTMLButtonElement);
const ready = part('ready', HTMLElement);
const newer = part('newer', HTMLElement);

const { host = '', list: listUrl = '', earlier = '', reader = '', wasm = '', worker = '', scope = '' } = frame.dataset;
const decoders = new Decoders(reader, wasm);

/** @template {keyof HTMLElementTagNameMap} K @param {K} name @param {string} text @returns {HTMLElementTagNameMap[K]} */
function element(name, text) {
    const made = document.createElement(name);
    made.textContent = text;
    return made;
}

/** Fills a list of facts. @param {HTMLElement} into @param {[string, string | Node][]} facts */
function showFacts(into, facts) {
    into.replaceChildren(...facts.flatMap(([name, value]) => {
        const told = document.createElement('dd');
        told.append(value);
        return [element('dt', name), told];
    }));
    into.hidden = facts.length === 0;
}

// --- the keys ------------------------------------------------------------------------------------------------------------

/** A page that comes back into view compares its list again when that was so long ago, in milliseconds. */
const STALE = 600_000;

/** @type {Pinned | null} */
let pinned = null;
/** What stands against the keys, as the key of its sentence. @type {string | null} */
let against = null;
/** Whether the root was pinned in this visit. */
let first = false;
/** Whether the browser keeps what is saved. */
let keeps = true;
/** Whether the registry was asked for its list in this visit, and answered or not. */
let asked = false;

/** Where things are kept; a browser that forbids it keeps them as long as the page is open. @type {import('./pinned.js').Keep} */
const keep = (() => {
    try {
        localStorage.getItem(NAME);
        return localStorage;
    } catch {
        /** @type {Map<string, string>} */
        const held = new Map();
        keeps = false;
        return {
            getItem: (/** @type {string} */ name) => held.get(name) ?? null,
            setItem: (/** @type {string} */ name, /** @type {string} */ text) => { held.set(name, text); },
            removeItem: (/** @type {string} */ name) => { held.delete(name); },
        };
    }
})();

/** How long the registry may take for a list, in milliseconds: a network that is there and carries nothing is none. */
const PATIENCE = 5_000;

/** The note of a number, or the newest one. @param {bigint | null} sequence */
async function ask(sequence) {
    if (!navigator.onLine) throw new TypeError('no network');
    const url = sequence === null ? listUrl : `${earlier}${sequence}.txt`;
    const bytes = await received(url);
    if (bytes === null) return null;
    try {
        return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
        throw new Refused('text');
    }
}

/** What is at an address of this site; nothing where there is none. @param {string} url */
async function received(url) {
    try {
        const answer = await fetch(url, { cache: 'no-cache', credentials: 'omit', redirect: 'error', signal: AbortSignal.timeout(PATIENCE) });
        if (answer.status === 404) return null;
        if (!answer.ok) throw new TypeError(`${answer.status}`);
        return await answer.arrayBuffer();
    } catch (error) {
        if (error instanceof DOMException && ['TimeoutError', 'AbortError'].includes(error.name)) throw new TypeError('no answer in time', { cause: error });
        throw error;
    }
}

/** Why a list was not taken, as the key of its sentence. @param {unknown} error */
function reason(error) {
    if (!(error instanceof Refused)) return null;
    const own = ['older', 'forked', 'not_anchored', 'other_host', 'no_root'];
    return own.includes(error.reason) ? `refused-${error.reason.replaceAll('_', '-')}` : 'refused-broken';
}

/** Takes the keys that this browser keeps; whether what it keeps is whole. */
async function restoreKeys() {
    try {
        // Another window may have taken a newer list.
        pinned = await Pinned.restore(keep) ?? pinned;
        return true;
    } catch (error) {
        if (!(error instanceof Damaged)) throw error;
        against = 'damaged';
        pinned = null;
        return false;
    }
}

/** Brings the keys up to date; without a network they stay as they are, and the page says how old they are. */
async function bringKeys() {
    if (!await restoreKeys()) return;
    try {
        if (pinned) {
            await update(pinned, Date.now(), ask);
        } else {
            const note = await ask(null);
            if (note === null) {
                against = 'keys-none';
                return;
            }
            pinned = await Pinned.begin(note, host, Date.now());
            first = true;
        }
        against = null;
        keeps = pinned.save(keep) && keeps;
    } catch (error) {
        // A list that was refused is told; a network that is not there is not the list's fault.
        const refused = reason(error);
        if (refused) against = refused;
        else if (!(error instanceof TypeError)) throw error;
    }
}

function showKeys() {
    const list = pinned?.list ?? null;
    const lines = [];
    const now = Date.now();
    if (against) lines.push(words.say(against, { host }));
    else if (!list) lines.push(words.say('keys-missing'));
    else if (first) lines.push(words.say('keys-first', { host }));
    else {
        const compared = words.ago(pinned?.compared ?? now, now);
        lines.push(words.say('keys-kept', { number: String(list.sequence), day: words.day(list.issued), ago: compared }));
    }
    const old = list !== null && now >= list.validUntil;
    if (list && old) lines.push(words.say('list-old', { until: words.day(list.validUntil) }));
    if (list && now < list.issued) lines.push(words.say('clock'));
    if (!keeps) lines.push(words.say('keeps-nothing'));
    keysTold.replaceChildren(...lines.map((line) => element('p', line)));
    keys.classList.toggle('warning', against !== null || old || !list);
    keys.dataset.state = asked ? against ?? (list ? (old ? 'old' : 'good') : 'missing') : 'asking';
    const root = pinned?.root;
    showFacts(keysFacts, !list || !root || !pinned ? [] : [
        [words.say('fact-host'), list.host],
        [words.say('fact-list'), words.say('list-issued', { number: String(list.sequence), day: words.day(list.issued), ago: words.ago(list.issued, now) })],
        [words.say('fact-until'), words.day(list.validUntil)],
        [words.say('fact-compared'), words.ago(pinned.compared, now)],
        [words.say('fact-root'), element('code', fingerprint(root))],
        [words.say('fact-root-name'), element('code', `${root.name}+${root.id}`)],
        [words.say('fact-since'), words.day(pinned.since)],
    ]);
    forget.hidden = !(pinned || against === 'damaged');
    // What has just been pinned is to be compared; what is wrong is to be looked into.
    if (first || against) part('keys-more', HTMLDetailsElement).open = true;
}

refresh.addEventListener('click', async () => {
    refresh.disabled = true;
    await bringKeys();
    showKeys();
    await checkAgain();
    refresh.disabled = false;
});

forget.addEventListener('click', () => {
    if (!confirm(words.say('forget-sure'))) return;
    keep.removeItem(NAME);
    location.reload();
});

// --- a check -------------------------------------------------------------------------------------------------------------

/** What was checked last, and by which list. @type {{ text: string, sequence: bigint, checked: import('./checker.js').Checked } | null} */
let last = null;

/** Checks what a code holds by the list that is there, shows the answer, and once more when a newer list says otherwise. @param {string} text */
async function checkText(text) {
    if (!pinned?.list) await keysReady;
    const list = pinned?.list;
    if (!list) {
        tell('no-keys');
        keys.scrollIntoView();
        return;
    }
    performance.mark('check-begins');
    const checked = await check(list, text, Date.now());
    performance.measure('check', 'check-begins');
    last = { text, sequence: list.sequence, checked };
    show(text, checked, false);
    if (checked.signature === 'unknown_key' && checked.fault === null && navigator.onLine) {
        // The code may be newer than the list.
        await bringKeys();
        showKeys();
    }
    await checkAgain();
}

/** Checks what is shown again, when the list has changed since. */
async function checkAgain() {
    const list = pinned?.list;
    if (!last || !list || list.sequence === last.sequence || result.hidden) return;
    const { text, checked: before } = last;
    const checked = await check(list, text, Date.now());
    if (last.text !== text) return;
    last = { text, sequence: list.sequence, checked };
    if (checked.signature !== before.signature || checked.fault !== before.fault) show(text, checked, true);
}

/** @param {string} text @param {import('./checker.js').Checked} checked @param {boolean} again whether it takes the place of an answer */
function show(text, checked, again) {
    const list = pinned?.list;
    if (!list) return;
    tell(null);
    const answer = verdict(words, list, text, checked, Date.now());
    const title = element('h2', answer.title);
    title.tabIndex = -1;
    /** @type {HTMLElement[]} */
    const parts = [title, ...answer.lines.map((line) => element('p', line))];
    if (answer.hosts) {
        const { shown, ours } = answer.hosts;
        const names = document.createElement('dl');
        names.className = 'hosts';
        showFacts(names, [[words.say('host-in-code'), marked(shown, ours)], [words.say('host-ours'), element('bdi', ours)]]);
        parts.push(names);
    }
    if (answer.held !== null) {
        const held = element('pre', '');
        held.append(element('bdi', readable(answer.held)));
        parts.push(element('p', words.say('holds')), held);
    }
    const facts = document.createElement('dl');
    facts.className = 'facts';
    showFacts(facts, answer.facts);
    if (answer.facts.length > 0) parts.push(facts);
    if (answer.path !== null) {
        const more = element('p', '');
        if (navigator.onLine) {
            const link = element('a', words.say('look-up'));
            link.className = 'button quiet';
            link.href = `${answer.path}?lang=${words.lang}`;
            more.append(link);
        } else {
            more.textContent = words.say('look-up-later');
        }
        parts.push(more);
    }
    const shape = part(`shape-${answer.tone}`, HTMLTemplateElement).content.cloneNode(true);
    told.replaceChildren(...parts);
    result.replaceChildren(shape, told);
    result.className = `verdict ${answer.tone}`;
    result.dataset.word = answer.word;
    if (!again) result.dataset.turn = String(Number(result.dataset.turn ?? 0) + 1);
    result.hidden = false;
    title.focus();
}

/** A name with what differs from another one marked. @param {string} shown @param {string} ours */
function marked(shown, ours) {
    const made = document.createElement('bdi');
    for (const { text, differs } of differences(shown, ours)) made.append(differs ? element('mark', text) : text);
    return made;
}

/** A text that somebody else wrote, short enough to look at, with what cannot be seen made visible. @param {string} text */
function readable(text) {
    const short = [...text].slice(0, 400).join('');
    const seen = short.replace(/[\p{Cc}\p{Cf}]/gu, (sign) => (sign === '\n' ? sign : `[U+${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`));
    return short.length < text.length ? `${seen}…` : seen;
}

/** Says what is wrong with what was given, or that nothing is. @param {string | null} key */
function tell(key) {
    problem.textContent = key === null ? '' : words.say(key);
    problem.hidden = key === null;
}

// --- where codes come from -----------------------------------------------------------------------------------------------

/** @type {Camera | null} */
let open = null;

function closeCamera() {
    open?.close();
    open = null;
    camera.hidden = true;
    scan.textContent = words.say('scan');
}

/** Of several codes in a picture the registry's own is meant. @param {string[]} found */
function meant(found) {
    return found.find((text) => text.toLowerCase().startsWith(`https://${host}/`)) ?? found[0] ?? '';
}

scan.addEventListener('click', async () => {
    if (open) {
        closeCamera();
        return;
    }
    tell(null);
    result.hidden = true;
    address.value = '';
    if (!navigator.mediaDevices) {
        tell('camera-insecure');
        return;
    }
    camera.hidden = false;
    aim.textContent = words.say('camera-starts');
    scan.textContent = words.say('stop');
    try {
        const opened = await Camera.open(video);
        open = opened;
        aim.textContent = words.say('aim');
        camera.scrollIntoView({ block: 'nearest' });
        const found = await opened.look(decoders);
        if (!found) return;
        closeCamera();
        navigator.vibrate?.(60);
        await checkText(meant(found));
    } catch (error) {
        closeCamera();
        const why = error instanceof DOMException ? error.name : '';
        /** @type {Record<string, string>} */
        const keys = { NotAllowedError: 'camera-denied', NotFoundError: 'camera-none', NotReadableError: 'camera-busy', AbortError: 'camera-busy' };
        tell(keys[why] ?? 'decoder-failed');
    }
});

picture.addEventListener('change', async () => {
    const [file] = picture.files ?? [];
    if (!file) return;
    closeCamera();
    result.hidden = true;
    address.value = '';
    tell('picture-read');
    try {
        const found = await decoders.inPicture(file);
        if (found.length === 0) tell('picture-none');
        else await checkText(meant(found));
    } catch (error) {
        tell(error instanceof DOMException ? 'picture-unreadable' : 'decoder-failed');
    }
    picture.value = '';
});

pasted.addEventListener('submit', async (event) => {
    event.preventDefault();
    closeCamera();
    const text = address.value.trim();
    result.hidden = true;
    if (text === '') tell('address-empty');
    else await checkText(text);
});

document.addEventListener('visibilitychange', () => {
    // A camera that nobody looks through must not stay on.
    if (document.hidden) closeCamera();
    else void (Date.now() - (pinned?.compared ?? 0) > STALE ? bringKeys() : Promise.resolve()).then(showKeys);
});

// --- the page itself -----------------------------------------------------------------------------------------------------

/** Keeps the page for times without a network, and says whether it is kept. */
async function keepPage() {
    if (!('serviceWorker' in navigator)) {
        ready.textContent = words.say('ready-never');
        return;
    }
    try {
        const registration = await navigator.serviceWorker.register(worker, { scope });
        const offer = () => { newer.hidden = !(registration.waiting && navigator.serviceWorker.controller); };
        offer();
        registration.addEventListener('updatefound', () => registration.installing?.addEventListener('statechange', offer));
        part('take', HTMLButtonElement).addEventListener('click', () => {
            navigator.serviceWorker.addEventListener('controllerchange', () => location.reload());
            registration.waiting?.postMessage('take-over');
        });
        await active(registration);
        ready.dataset.state = pinned?.list ? 'ready' : 'page';
        ready.textContent = words.say(pinned?.list ? 'ready' : 'ready-page');
    } catch {
        ready.textContent = words.say('ready-never');
    }
}

/** Waits until a worker answers for this page. @param {ServiceWorkerRegistration} registration */
async function active(registration) {
    if (registration.active) return;
    const coming = registration.installing ?? registration.waiting;
    await new Promise((done, fail) => {
        coming?.addEventListener('statechange', () => {
            if (coming.state === 'activated') done(null);
            if (coming.state === 'redundant') fail(new Error('the page could not be kept'));
        });
    });
}

frame.hidden = false;
ready.textContent = words.say('ready-not-yet');
// What is kept answers at once; the registry's list, when it comes.
const keysKept = Promise.all([restoreKeys(), verifier()]).then(() => { if (pinned) showKeys(); });
const keysReady = keysKept.then(bringKeys).then(() => { asked = true; showKeys(); }).then(checkAgain);
keysReady.then(keepPage);

// `/check#https://…`: what stands after the mark is sent to nobody.
const given = location.hash.slice(1);
if (given) {
    address.value = given;
    void keysKept.then(() => checkText(given));
}
