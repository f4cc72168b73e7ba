// The service worker of the page that checks codes: it keeps exactly the files of one version of that page, and answers for them and for
// nothing else. The key list is not among them: the page keeps that itself, and tells its age.
//
// The server writes two lines before this script: VERSION, a hash over all the files, and FILES, their addresses.

/** @typedef {{ page: string, files: string[], reader: string[] }} Files */

/** @type {any} */
const here = globalThis;
/** @type {string} */
const VERSION = here.VERSION;
/** @type {Files} */
const FILES = here.FILES;

/** All caches of this page begin with this. */
const PREFIX = 'check-';
const CACHE = PREFIX + VERSION;

/** Whether this browser finds QR codes by itself, so that the decoder need not be kept. */
async function findsCodes() {
    try {
        return 'BarcodeDetector' in here && (await BarcodeDetector.getSupportedFormats()).includes('qr_code');
    } catch {
        return false;
    }
}

async function install() {
    const cache = await caches.open(CACHE);
    const wanted = await findsCodes() ? FILES.files : [...FILES.files, ...FILES.reader];
    // Not from the browser's own cache: all files are of one version, or none is kept.
    await cache.addAll(wanted.map((file) => new Request(file, { cache: 'no-cache', credentials: 'omit' })));
}

async function activate() {
    const names = await caches.keys();
    await Promise.all(names.filter((name) => name.startsWith(PREFIX) && name !== CACHE).map((name) => caches.delete(name)));
    await here.clients.claim();
}

/** The language of the page that is asked for: the link's, else the phone's, as the server chooses. @param {URL} url */
function language(url) {
    const wanted = [url.searchParams.get('lang') ?? '', ...navigator.languages].map((tag) => tag.toLowerCase().split('-')[0]);
    return wanted.find((tag) => tag === 'vi' || tag === 'en') ?? 'vi';
}

/** Under which address a file is kept; nothing when it is none of ours. @param {URL} url */
function keptAs(url) {
    if (url.origin !== here.location.origin) return null;
    if (url.pathname === FILES.page) return `${FILES.page}?lang=${language(url)}`;
    const address = url.pathname + url.search;
    return [...FILES.files, ...FILES.reader].includes(address) ? address : null;
}

/** @param {Request} request @param {string} address */
async function answer(request, address) {
    const cache = await caches.open(CACHE);
    const kept = await cache.match(address, { ignoreVary: true });
    if (kept) return kept;
    const fetched = await fetch(request);
    // The decoder, asked for after all; a page of another version would not fit the rest.
    if (fetched.ok && FILES.reader.includes(address)) await cache.put(address, fetched.clone());
    return fetched;
}

here.addEventListener('install', (/** @type {any} */ event) => event.waitUntil(install()));
here.addEventListener('activate', (/** @type {any} */ event) => event.waitUntil(activate()));
here.addEventListener('message', (/** @type {any} */ event) => {
    if (event.data === 'take-over') event.waitUntil(here.skipWaiting());
});
here.addEventListener('fetch', (/** @type {any} */ event) => {
    if (event.request.method !== 'GET') return;
    const address = keptAs(new URL(event.request.url));
    if (address) event.respondWith(answer(event.request, address));
});
