// The page that checks codes without a network, as a shopper uses it: a camera before a printed label, pictures, addresses, with and
// without a network; what it accepts, and what it never does.

import { strict as assert } from 'node:assert';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { domainToASCII } from 'node:url';
import { after, before, describe, test } from 'node:test';
import { PNG } from 'pngjs';
import { keyNamed, later, line, list, note, NOW, signedCode } from '../../assets/web/tests/signing.js';
import { faultsOf, keepPicture, openBrowser, openWindow, SIZES } from './eyes.js';
import { film } from './film.js';
import { signIn } from './form.js';
import { CODE_HOST, Registry, run } from './registry.js';

let registry;
let browser;
let folder;
/** The address in the printed code, and a picture of the label. */
let code;
let label;

before(async () => {
    registry = await Registry.demo();
    folder = await mkdtemp(path.join(tmpdir(), 'nguongoc-film-'));
    code = /https:\/\/DEMO\.EXAMPLE\.VN\/1\/\S+/.exec(registry.printed)[0];
    // The label is printed and filmed before the browser under test starts: its camera plays the film.
    const printer = await openBrowser();
    const { page } = await openWindow(printer, registry, { scale: 3 });
    await signIn(page, 'vanxanh', /mau-[a-z-]+/.exec(registry.printed)[0]);
    const lots = (await (await page.request.get('/api/v1/lots?size=100')).json()).lots;
    const [, lot] = /\/(?:10|L)\/([0-9A-Z-]+)/.exec(code.slice(code.indexOf('/1/') + 113));
    await page.goto(`/lots/${lots.find((one) => one.code === lot).id}/code`);
    label = await page.locator('.label svg.qr').screenshot({ scale: 'device' });
    const printed = PNG.sync.read(await page.locator('.label').screenshot({ scale: 'device' }));
    const [whole, symbol] = [await page.locator('.label').boundingBox(), await page.locator('.label svg.qr').boundingBox()];
    const aim = {
        x: 3 * (symbol.x - whole.x + symbol.width / 2), y: 3 * (symbol.y - whole.y + symbol.height / 2), size: 3 * symbol.width,
    };
    await printer.close();
    const file = path.join(folder, 'label.y4m');
    await film(printed, aim, file);
    browser = await openBrowser({
        args: ['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${file}`],
    });
});
after(async () => {
    await browser?.close();
    await registry?.end();
    await rm(folder, { recursive: true, force: true });
});

/** A window whose fault list leaves out that the key list could not be fetched: that is what is tried here. */
async function open({ camera = true, ...options } = {}) {
    const window = await openWindow(browser, registry, { size: 'phone', ...options });
    if (camera) await window.context.grantPermissions(['camera']);
    return window;
}

/** Waits until page and keys are kept. */
const kept = (page) => page.waitForSelector('#ready[data-state=ready]');

/** The words of the verdict, once there is a new one. */
async function verdictOf(page, act) {
    const turn = Number(await page.getAttribute('#result', 'data-turn') ?? 0);
    await act();
    await page.waitForSelector(`#result[data-turn="${turn + 1}"]:not([hidden])`);
    return { word: await page.getAttribute('#result', 'data-word'), text: (await page.innerText('#result')).trim() };
}

const paste = (page, text) => verdictOf(page, async () => {
    await page.fill('#address', text);
    await page.click('#pasted button');
});

/** Answers for the key list with these notes instead of the registry. */
async function offer(context, newest, notes = {}) {
    await context.unroute('**/.well-known/**');
    await context.route('**/.well-known/nguongoc-keys.txt', (route) => route.fulfill({ contentType: 'text/plain; charset=utf-8', body: newest }));
    await context.route('**/.well-known/nguongoc-keys/*.txt', (route) => {
        const body = notes[/(\d+)\.txt$/.exec(route.request().url())[1]];
        return route.fulfill(body ? { contentType: 'text/plain; charset=utf-8', body } : { status: 404 });
    });
}

const changed = () => code.replace(/.$/, (last) => (last === '7' ? '8' : '7'));

test('the first visit pins the root of the registry and shows its fingerprint', async () => {
    const { context, page, faults } = await open();
    await page.goto('/');
    await page.click('main a[href^="/check"]');
    await kept(page);
    const root = /--root '([^']+)'/.exec(registry.printed)[1];
    const fingerprint = (await run(['keys', 'fingerprint', root])).trim();
    assert.match(fingerprint, /^([0-9a-f]{4} ){15}[0-9a-f]{4}$/);
    const keys = await page.innerText('#keys');
    assert.ok(keys.includes(fingerprint), keys);
    assert.ok(keys.includes('Lần đầu dùng trên máy này') && keys.includes(root.split('+').slice(0, 2).join('+')), keys);
    await page.reload();
    await page.waitForSelector('#keys[data-state=good]');
    assert.match(await page.innerText('#keys-told'), /Danh sách khóa số 1 có chữ ký .* đối chiếu với hệ thống lần cuối: bây giờ/);
    assert.deepEqual(await context.cookies(), [], 'no cookie');
    assert.deepEqual(faults, []);
    await context.close();
});

test('the browser keeps exactly the files of the page, under the hash of all of them', async () => {
    const { context, page } = await open();
    await page.goto('/check');
    await kept(page);
    const caches = await page.evaluate(async () => {
        const names = await caches.keys();
        return Promise.all(names.map(async (name) => {
            const keys = await (await caches.open(name)).keys();
            return [name, keys.map(({ url }) => url.slice(location.origin.length).replace(/\.[0-9a-f]{12}\./, '.')).sort()];
        }));
    });
    assert.equal(caches.length, 1);
    const [[name, files]] = caches;
    assert.match(name, /^check-[0-9a-f]{16}$/);
    assert.deepEqual(files, ['/check/app.webmanifest?lang=en', '/check/app.webmanifest?lang=vi', '/check?lang=en', '/check?lang=vi', '/favicon.ico',
        '/static/check-licences.txt', '/static/check-reader.js', '/static/check-reader.wasm', '/static/check.css', '/static/check.js',
        '/static/icon-192.png', '/static/site.css']);
    // Pages beside it are not the worker's affair.
    const scope = await page.evaluate(async () => new URL((await navigator.serviceWorker.ready).scope).pathname);
    assert.equal(scope, '/check');
    await context.close();
});

/** The registry behind a proxy that may change what it answers; gone with the test. */
async function behind(change) {
    const proxy = createServer(async (request, response) => {
        const answer = await fetch(registry.base + request.url, { headers: { accept: request.headers.accept ?? '*/*' }, redirect: 'manual' });
        const headers = Object.fromEntries([...answer.headers].filter(([name]) => !['content-encoding', 'content-length', 'transfer-encoding', 'connection'].includes(name)));
        const body = Buffer.from(await answer.arrayBuffer());
        response.writeHead(answer.status, headers).end(change(request.url, body));
    });
    await new Promise((done) => { proxy.listen(0, '127.0.0.1', done); });
    return { base: `http://127.0.0.1:${proxy.address().port}`, end: () => proxy.close() };
}

test('a new version takes over when the person says so, and leaves nothing of the old one', async () => {
    let version = null;
    const site = await behind((url, body) => (url === '/check/worker.js' && version !== null
        ? body.toString().replace(/self\.VERSION="[0-9a-f]+"/, `self.VERSION="${version}"`) : body));
    const window = await openWindow(browser, site, { size: 'phone' });
    const { context, page } = window;
    await page.goto('/check');
    await kept(page);
    const [before] = await page.evaluate(() => caches.keys());
    assert.match(before, /^check-[0-9a-f]{16}$/);
    assert.equal(await page.isHidden('#newer'), true);
    version = 'ffffffffffffffff';
    await page.evaluate(async () => (await navigator.serviceWorker.ready).update());
    await page.waitForSelector('#newer:not([hidden])');
    await keepPicture(window, 'check-newer');
    assert.deepEqual((await page.evaluate(() => caches.keys())).sort(), [before, 'check-ffffffffffffffff'].sort(), 'the old one serves until then');
    await Promise.all([page.waitForEvent('load'), page.click('#take')]);
    await kept(page);
    assert.deepEqual(await page.evaluate(() => caches.keys()), ['check-ffffffffffffffff']);
    assert.equal(await page.isHidden('#newer'), true);
    assert.deepEqual(window.faults, []);
    await context.close();
    site.end();
});

test('the page can be installed', async () => {
    const { context, page } = await open();
    await page.goto('/check?lang=en');
    await kept(page);
    const session = await context.newCDPSession(page);
    const { errors } = await session.send('Page.getAppManifest');
    assert.deepEqual(errors, []);
    const { installabilityErrors } = await session.send('Page.getInstallabilityErrors');
    // A window without a profile of its own cannot install anything; all else would be a fault of the page.
    assert.deepEqual(installabilityErrors.filter(({ errorId }) => errorId !== 'in-incognito'), []);
    await context.close();
});

test('a picture of a code is decoded, one without a code is told, and so is a file that is no picture', async () => {
    const { context, page } = await open();
    await page.goto('/check');
    await kept(page);
    const choose = (buffer, name = 'nhan.png') => page.setInputFiles('#picture', { name, mimeType: 'image/png', buffer });
    const { word } = await verdictOf(page, () => choose(label));
    assert.equal(word, 'valid');
    const blank = new PNG({ width: 300, height: 200 });
    blank.data.fill(200);
    for (const [buffer, words] of [[PNG.sync.write(blank), 'Không tìm thấy mã QR'], [Buffer.from('no picture'), 'Không mở được tệp này']]) {
        await choose(buffer);
        await page.waitForFunction((words) => document.querySelector('#problem').textContent.includes(words), words);
        assert.equal(await page.isHidden('#result'), true, 'the old answer is gone');
    }
    await context.close();
});

test('where the browser finds codes by itself nothing is fetched for it, and where that fails the decoder is', async () => {
    for (const works of [true, false]) {
        const { context, page, faults } = await open();
        await context.addInitScript(([text, works]) => {
            globalThis.BarcodeDetector = class {
                static getSupportedFormats() { return Promise.resolve(['ean_13', 'qr_code']); }

                detect() { return works ? Promise.resolve([{ rawValue: text }]) : Promise.reject(new DOMException('x', 'NotSupportedError')); }
            };
        }, [code, works]);
        const asked = [];
        page.on('request', (request) => asked.push(new URL(request.url()).pathname));
        await page.goto('/check');
        await kept(page);
        const { word } = await verdictOf(page, () => page.click('#scan'));
        assert.equal(word, 'valid');
        assert.equal(asked.some((file) => file.startsWith('/static/check-reader.')), !works);
        assert.deepEqual(faults, []);
        await context.close();
    }
});

test('a camera that is refused, missing or out of reach is told with the way round it', async () => {
    for (const [error, words] of [['NotAllowedError', 'không được phép dùng máy ảnh'], ['NotFoundError', 'Không tìm thấy máy ảnh'],
        ['NotReadableError', 'đang được ứng dụng khác dùng'], [null, 'kết nối an toàn']]) {
        const { context, page, faults } = await open();
        await context.addInitScript((error) => {
            const media = error === null ? undefined : { getUserMedia: () => Promise.reject(new DOMException('', error)) };
            Object.defineProperty(navigator, 'mediaDevices', { value: media });
        }, error);
        await page.goto('/check');
        await kept(page);
        await page.click('#scan');
        await page.waitForSelector('#problem:not([hidden])');
        assert.ok((await page.innerText('#problem')).includes(words), words);
        assert.equal((await paste(page, code)).word, 'valid', 'the address can be pasted all the same');
        assert.equal(await page.isHidden('#problem'), true);
        assert.deepEqual(faults, []);
        await context.close();
    }
});

test('scanning can be stopped, and a page that nobody looks at has no camera', async () => {
    const { context, page } = await open();
    await page.goto('/check');
    await page.evaluate(() => { HTMLMediaElement.prototype.play = function play() { globalThis.seen = this.srcObject; return Promise.resolve(); }; });
    await page.click('#scan');
    await page.waitForFunction(() => globalThis.seen?.active);
    await page.click('#scan');
    await page.waitForFunction(() => !globalThis.seen.active);
    assert.equal(await page.isHidden('#camera'), true);
    await context.close();
});

/** Every state in which a shopper may find the page: what to give it, and what it must say. */
function states() {
    const at = (host) => code.replace('DEMO.EXAMPLE.VN', host);
    const [, signature] = /\/1\/([A-Z2-7]{109})\//.exec(code);
    return {
        valid: [code, 'valid', /Do demo\.example\.vn cấp cho lô/],
        invalid: [changed(), 'invalid', /Không phải mã do hệ thống này cấp/],
        unsigned: [code.replace(`/1/${signature}`, ''), 'absent', /không có chữ ký/],
        'unknown key': [code.replace(`/1/${signature}`, `/1/AAAAAAA${signature.slice(7)}`), 'unknown_key', /khóa không có trong danh sách/],
        broken: [code.replace(`/1/${signature}`, `/1/${signature.slice(1)}`), 'malformed', /không đủ đúng 109 ký tự/],
        'one letter': [at('DEM0.EXAMPLE.VN'), 'foreign-near', /của dem0\.example\.vn, không phải của demo\.example\.vn/],
        hyphen: [at('demo-example.vn'), 'foreign-near', /của demo-example\.vn, không phải của demo\.example\.vn/],
        cyrillic: [at('demo.ex\u0430mple.vn'), 'foreign-letters', /Mã này của demo\.xn--exmple-4nf\.vn, không phải[^]* а \(U\+0430\)/],
        punycode: [at('xn--e1afmkfd.vn'), 'foreign-other', /пример\.vn/],
        'idn of ours': [at(domainToASCII('demo.ex\u0430mple.vn')), 'foreign-letters', /U\+0430/],
        'goes on': [at('demo.example.vn.evil.example'), 'foreign-begins', /đuôi “evil\.example”/],
        'user name': ['https://demo.example.vn@evil.example/1/A', 'foreign-other', /của evil\.example/],
        stranger: ['https://shop.example/khuyen-mai?a=1', 'foreign-other', /https:\/\/shop\.example\/khuyen-mai\?a=1/],
        wifi: ['WIFI:T:WPA;S:Cho Mau;P:1234;;', 'other', /WIFI:T:WPA;S:Cho Mau;P:1234;;/],
        markup: ['<img src=x onerror=alert(1)>\u202egnp', 'other', /<img src=x onerror=alert\(1\)>\[U\+202E\]gnp/],
    };
}

test('each kind of code is told in words, and what it holds is never a link', async () => {
    const { context, page, faults } = await open();
    await page.goto('/check?lang=vi');
    await kept(page);
    for (const [name, [text, word, words]] of Object.entries(states())) {
        const told = await paste(page, text);
        assert.equal(told.word, word, `${name}: ${told.text}`);
        assert.match(told.text, words, name);
        const links = await page.locator('#result a').evaluateAll((all) => all.map((link) => link.getAttribute('href')));
        for (const link of links) assert.match(link, /^\/(1|01|P)\/[0-9A-Z/-]+\?lang=vi$/, name);
        assert.equal(await page.locator('#result img, #result script').count(), 0, name);
        if (/^(foreign|other|malformed)/.test(word)) assert.deepEqual(links, [], name);
    }
    assert.deepEqual(faults, []);
    await verdictOf(page, async () => {
        await page.fill('#address', code);
        await page.click('#pasted button');
    });
    await page.click('#result a');
    assert.equal(new URL(page.url()).pathname, code.slice('https://demo.example.vn'.length), 'with a network it leads to the look-up');
    assert.equal(await page.locator('.verdict').count(), 1);
    await context.close();
});

test('all states are good pages on both screens and in both languages', async () => {
    const good = note(list(7, [line(KEYS.code), line(KEYS.root)], CODE_HOST), KEYS.root);
    const signed = (status) => note(list(8, [line(KEYS.code, status), line(KEYS.root)], CODE_HOST), KEYS.root);
    for (const size of Object.keys(SIZES)) {
        for (const lang of ['vi', 'en']) {
            const window = await open({ size, lang });
            const { page, context } = window;
            const look = async (name) => {
                assert.deepEqual(await faultsOf(window), [], `${name}, ${size}, ${lang}`);
                await keepPicture(window, `check-${name}`);
            };
            await page.goto(`/check?lang=${lang}`);
            await kept(page);
            await look('first');
            for (const [name, [text]] of Object.entries(states())) {
                await paste(page, text);
                await look(name);
            }
            await page.evaluate(() => { document.querySelector('#video').play = () => new Promise(() => {}); });
            await page.click('#scan');
            await page.waitForTimeout(300);
            await look('camera');
            // Keys of these tests' own making, for states that a good registry never shows.
            await offer(context, good);
            await page.evaluate(() => localStorage.clear());
            await page.goto(`/check?lang=${lang}`);
            await page.waitForSelector('#keys[data-state=good]');
            await offer(context, signed('compromised 900'));
            await page.click('#refresh');
            await page.waitForFunction(() => /8/.test(document.querySelector('#keys-facts').textContent));
            assert.equal((await paste(page, KEYS.sign('01/09520000001001/10/L1'))).word, 'compromised_key');
            await look('compromised');
            await offer(context, good);
            await page.click('#refresh');
            await page.waitForSelector('#keys[data-state=refused-older]');
            await look('older');
            await page.evaluate(() => localStorage.setItem('nguongoc-keys', '{"v":1'));
            await page.reload();
            await page.waitForSelector('#keys[data-state=damaged]');
            await look('damaged');
            await context.close();
        }
    }
});

/** Keys of these tests' own making, for lists that a good registry never publishes. */
const KEYS = (() => {
    const code = keyNamed(`${CODE_HOST}/code/2026q4`, 3);
    const sign = (keyPath) => signedCode(keyPath, code, CODE_HOST);
    return { root: keyNamed(`${CODE_HOST}/root`, 7), next: keyNamed(`${CODE_HOST}/root`, 8), code, sign };
})();

describe('the key list', () => {
    const issued = (sequence, lines, ...signers) => note(list(sequence, lines, CODE_HOST), ...signers);
    const { root, next, code: signer } = KEYS;
    const first = issued(7, [line(signer), line(root)], root);
    const mine = KEYS.sign('01/09520000001001/10/L1');

    /** A window that was here before and pinned the root of these tests. */
    async function returned() {
        const window = await open();
        await offer(window.context, first);
        await window.page.goto('/check');
        await kept(window.page);
        assert.equal((await paste(window.page, mine)).word, 'valid');
        return window;
    }

    const refresh = async ({ context, page }, newest, notes, state) => {
        await offer(context, newest, notes);
        await page.click('#refresh');
        await page.waitForSelector(`#keys[data-state=${state}]`);
        return page.innerText('#keys');
    };

    test('an older list is refused, and the newer one stays in use', async () => {
        const window = await returned();
        const told = await refresh(window, issued(6, [line(signer, 'compromised 1'), line(root)], root), {}, 'refused-older');
        assert.ok(told.includes('cũ hơn') && told.includes('số 7'), told);
        assert.equal((await paste(window.page, mine)).word, 'valid');
        await window.page.reload();
        await window.page.waitForSelector('#keys[data-state=refused-older]');
        assert.ok((await refresh(window, issued(7, [line(signer, 'retired'), line(root)], root), {}, 'refused-forked')).includes('trùng số'));
        await refresh(window, first, {}, 'good');
        await window.context.close();
    });

    test('a successor of the root counts only when the old root signed it', async () => {
        const window = await returned();
        const own = issued(8, [line(signer), line(next)], next);
        const told = await refresh(window, own, {}, 'refused-not-anchored');
        assert.ok(told.includes('không do khóa gốc đã ghi nhớ ký') && told.includes('số 7'), told);
        const between = { 8: issued(8, [line(signer), line(root), line(next)], root) };
        const after = await refresh(window, issued(9, [line(signer, 'retired'), line(root, 'retired'), line(next)], next), between, 'good');
        assert.ok(after.includes('số 9'), after);
        await window.page.reload();
        await window.page.waitForSelector('#keys[data-state=good]');
        assert.equal((await paste(window.page, mine)).word, 'valid', 'a retired key verifies for ever');
        await refresh(window, issued(10, [line(signer, 'compromised 4'), line(root)], root), {}, 'refused-not-anchored');
        assert.deepEqual(window.faults, []);
        await window.context.close();
    });

    test('a list past its end is told, and a code under it is not simply good', async () => {
        const window = await returned();
        await window.page.clock.setFixedTime(later(121));
        await window.page.reload();
        await window.page.waitForSelector('#keys[data-state=old]');
        const { word, text } = await paste(window.page, mine);
        assert.equal(word, 'valid-old');
        assert.match(text, /hết hạn ngày 23\/0?3\/2027/);
        await window.page.clock.setFixedTime(NOW - 86_400_000);
        await window.page.reload();
        await window.page.waitForFunction(() => document.querySelector('#keys').textContent.includes('Đồng hồ của máy chậm hơn'));
        await window.context.close();
    });

    test('what is kept and damaged is not used; forgetting begins again', async () => {
        const window = await returned();
        const { page, context } = window;
        await page.evaluate((other) => {
            const kept = JSON.parse(localStorage.getItem('nguongoc-keys'));
            localStorage.setItem('nguongoc-keys', JSON.stringify({ ...kept, root: other }));
        }, next.text);
        await page.reload();
        await page.waitForSelector('#keys[data-state=damaged]');
        await page.fill('#address', mine);
        await page.click('#pasted button');
        await page.waitForSelector('#problem:not([hidden])');
        assert.equal(await page.isHidden('#result'), true);
        page.on('dialog', (dialog) => dialog.accept());
        await offer(context, issued(9, [line(signer), line(next)], next));
        await page.click('#forget');
        await page.waitForSelector('#keys[data-state=good]');
        assert.ok((await page.innerText('#keys')).includes('Lần đầu dùng trên máy này'));
        await context.close();
    });

    test('no key list, one of another host and one that names no root are told', async () => {
        for (const [body, state] of [[null, 'keys-none'], [note(list(1, [line(keyNamed('u.example.vn/root', 5))], 'u.example.vn'), keyNamed('u.example.vn/root', 5)), 'refused-other-host'],
            [issued(1, [line(signer)], root), 'refused-no-root'], ['<html>Đăng nhập Wi-Fi</html>', 'refused-broken']]) {
            const { context, page } = await open();
            if (body === null) await context.route('**/.well-known/**', (route) => route.fulfill({ status: 404 }));
            else await offer(context, body);
            await page.goto('/check');
            await page.waitForSelector(`#keys[data-state=${state}]`);
            assert.equal(await page.evaluate(() => localStorage.getItem('nguongoc-keys')), null, state);
            await context.close();
        }
    });
});

/** Runs in the page: gives it addresses as a person would, and counts the kinds of answers. */
async function giveAll(texts) {
    const [result, form, address] = ['#result', '#pasted', '#address'].map((name) => document.querySelector(name));
    const counted = {};
    // A timer would wait for 4 ms each time.
    const { port1, port2 } = new MessageChannel();
    const soon = () => new Promise((done) => { port1.onmessage = done; port2.postMessage(0); });
    for (const text of texts) {
        const before = result.dataset.turn ?? '0';
        address.value = text;
        form.requestSubmit();
        while ((result.dataset.turn ?? '0') === before) await soon();
        counted[result.dataset.word] = (counted[result.dataset.word] ?? 0) + 1;
    }
    return counted;
}

/** So many different texts, each with one to three signs of the code exchanged, added or left out; the same in each run. */
function changedCodes(count) {
    // Mulberry32: small, and good enough to vary.
    let state = 2611;
    const random = (below) => {
        state = (state + 0x6d2b79f5) >>> 0;
        let mixed = Math.imul(state ^ (state >>> 15), state | 1);
        mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
        return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
    };
    const signs = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-/.:%é';
    const from = code.indexOf('/1/') + '/1/'.length;
    const texts = new Set();
    for (let at = 0; texts.size < count; at += 1) {
        const letters = [...code];
        if (at % 2 === 0) {
            // In the signature, and still one by its form: these reach the verifier.
            for (let change = random(3); change >= 0; change -= 1) letters[from + 7 + random(101)] = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[random(32)];
        } else {
            for (let change = random(3); change >= 0; change -= 1) {
                const place = 8 + random(letters.length - 8);
                const sign = signs[random(signs.length)];
                letters.splice(place, random(3) === 0 ? 0 : 1, ...(random(3) === 0 ? [] : [sign]));
            }
        }
        const text = letters.join('');
        if (text.toUpperCase() !== code.toUpperCase()) texts.add(text);
    }
    return [...texts];
}

test('of 10,000 changed codes none is accepted', async () => {
    const { context, page } = await open();
    await page.goto('/check');
    await kept(page);
    const counted = await page.evaluate(giveAll, changedCodes(10_000));
    assert.equal(Object.values(counted).reduce((sum, count) => sum + count, 0), 10_000);
    assert.ok(!Object.keys(counted).some((word) => /valid/.test(word) && word !== 'invalid'), JSON.stringify(counted));
    assert.ok(!('compromised_key' in counted));
    assert.ok(counted.invalid > 2500, JSON.stringify(counted));
    assert.deepEqual(await page.evaluate(giveAll, [code]), { valid: 1 }, 'and the code itself is');
    await context.close();
});

// `scripts/campaign check` runs these two for their figures. Nothing is judged by them here: only that each verifier did the work.
for (const [how, without] of [['the verifier of the browser', false], ['the verifier by hand', true]]) {
    test(`a check on a slow phone is timed, with ${how}`, async () => {
        const { context, page } = await open();
        await context.addInitScript((without) => {
            const { importKey, verify } = SubtleCrypto.prototype;
            globalThis.verifiedByBrowser = 0;
            SubtleCrypto.prototype.verify = function count(...asked) {
                globalThis.verifiedByBrowser += 1;
                return verify.apply(this, asked);
            };
            SubtleCrypto.prototype.importKey = function refuse(...asked) {
                if (without && asked[2] === 'Ed25519') return Promise.reject(new DOMException('', 'NotSupportedError'));
                return importKey.apply(this, asked);
            };
        }, without);
        await page.goto('/check');
        await kept(page);
        const session = await context.newCDPSession(page);
        await session.send('Emulation.setCPUThrottlingRate', { rate: 6 });
        const before = await page.evaluate(() => globalThis.verifiedByBrowser);
        const counted = await page.evaluate(giveAll, Array.from({ length: 100 }, (_, at) => (at % 2 ? code : changed())));
        assert.deepEqual(counted, { invalid: 50, valid: 50 });
        const verified = await page.evaluate(() => globalThis.verifiedByBrowser) - before;
        assert.ok(without ? verified === 0 : verified >= 100, `${verified} of 100 by the browser`);
        const times = await page.evaluate(() => performance.getEntriesByName('check', 'measure').map(({ duration }) => duration));
        assert.equal(times.length, 100);
        const [first, sorted] = [times[0], times.toSorted((a, b) => a - b)];
        console.log(`check at 6x CPU throttling, ${how}: first ${first.toFixed(1)} ms, median ${sorted[50].toFixed(1)} ms, `
            + `p95 ${sorted[95].toFixed(1)} ms, longest ${sorted[99].toFixed(1)} ms`);
        await context.close();
    });
}

test('without JavaScript the page says what to do', async () => {
    const window = await open({ script: false, camera: false });
    await window.page.goto('/check');
    const text = await window.page.innerText('main');
    assert.ok(text.includes('không chạy JavaScript') && text.includes('https://demo.example.vn/'), text);
    assert.equal(await window.page.isHidden('#check'), true, 'nothing that would not work is shown');
    await keepPicture(window, 'check-without-script');
    await window.page.click('main a[href^="/?lang"]');
    assert.equal(new URL(window.page.url()).pathname, '/');
    await window.context.close();
});

test("the shopper's page hands its code over, after the mark that is sent to nobody", async () => {
    const { context, page, faults } = await open();
    const asked = [];
    context.on('request', (request) => asked.push(request.url()));
    await page.goto(code.slice('https://demo.example.vn'.length));
    await page.click('#proof summary');
    await page.click('#proof a[href^="/check"]');
    await page.waitForSelector('#result[data-word=valid]:not([hidden])');
    assert.ok(asked.every((url) => !url.includes('/check') || !url.includes('/1/')), 'the code is not sent');
    assert.deepEqual(faults, []);
    await context.close();
});

test('a network that carries nothing does not hold an answer back, and is given up', async () => {
    const { context, page, faults } = await open();
    await page.goto('/check');
    await kept(page);
    // What is asked of it is never answered, as behind a captive portal or at the edge of a cell.
    await context.route('**/.well-known/**', () => {});
    const begun = Date.now();
    await page.goto(`/check?lang=vi#${code}`);
    await page.waitForSelector('#result[data-word=valid]:not([hidden])', { timeout: 4_000 });
    const answered = Date.now() - begun;
    assert.equal(await page.getAttribute('#keys', 'data-state'), 'asking', `answered after ${answered} ms, while the list is asked for`);
    await page.waitForSelector('#keys[data-state=good]', { timeout: 10_000 });
    await context.unroute('**/.well-known/**');
    // A list in another encoding than UTF-8 is a list that is broken, not a network that is not there.
    await context.route('**/.well-known/nguongoc-keys.txt', (route) => route.fulfill({ contentType: 'text/plain', body: Buffer.from([0xff, 0xfe, 0x61]) }));
    await page.click('#refresh:enabled');
    await page.waitForSelector('#keys[data-state=refused-broken]');
    assert.deepEqual(faults, []);
    await context.close();
});

test('a registry that replaces its root and condemns a key is followed, though lists were missed', async () => {
    const other = await Registry.demo();
    const window = await openWindow(browser, other, { size: 'phone' });
    const { context, page } = window;
    try {
        const printed = /https:\/\/DEMO\.EXAMPLE\.VN\/1\/\S+/.exec(other.printed)[0];
        await page.goto('/check');
        await kept(page);
        const settings = ['--data', path.join(other.folder, 'demo'), '--code-host', CODE_HOST];
        const keys = path.join(other.folder, 'demo/keys');
        const [out, own, text] = ['root', 'passphrase', 'list.txt'].map((name) => path.join(folder, name));
        await writeFile(own, 'a passphrase of the tests\n', { mode: 0o600 });
        const vkey = (await run(['keys', 'init', '--root-only', '--root-out', out, '--root-passphrase-file', own, '--code-host', CODE_HOST])).trim();
        const rootIn = async (place) => path.join(place, (await readdir(place)).find((name) => name.startsWith('root')));
        const publish = async (root, passphrase, ...more) => {
            await writeFile(text, await run(['keys', 'export-list', ...more, ...settings]));
            const signed = await run(['keys', 'sign-list', text, '--root', root, '--key-passphrase-file', passphrase]);
            await run(['keys', 'import-list', '-', ...settings], signed);
        };
        await publish(await rootIn(keys), path.join(keys, 'passphrase'), '--new-root', vkey);
        await publish(await rootIn(out), own);
        const number = async (sequence) => {
            // The service looks at the database every second or so.
            for (const until = Date.now() + 15_000; Date.now() < until;) {
                await page.click('#refresh:enabled');
                await page.waitForSelector('#refresh:enabled');
                if ((await page.textContent('#keys-facts')).includes(`số ${sequence},`)) break;
                await page.waitForTimeout(300);
            }
            assert.match(await page.textContent('#keys-facts'), new RegExp(`số ${sequence},`));
            assert.equal(await page.getAttribute('#keys', 'data-state'), 'good');
        };
        await number(3);
        const before = await paste(page, printed);
        assert.equal(before.word, 'valid');
        const [signer] = /\S+\/code\/\d{4}q\d/.exec(before.text);
        await run(['keys', 'compromise', signer, '--last-good', '3', ...settings]);
        await number(4);
        const { word, text: told } = await paste(page, printed);
        assert.equal(word, 'compromised_key');
        assert.ok(told.includes('không thể xác nhận khi ngoại tuyến'), told);
        assert.deepEqual(window.faults, []);
    } finally {
        await context.close();
        await other.end();
    }
});

test('a label before the camera is found and verified, with the network off and the registry gone', async () => {
    const window = await open();
    const { context, page } = window;
    await page.goto('/check?lang=vi');
    await kept(page);
    assert.deepEqual(window.faults.splice(0), []);
    await context.setOffline(true);
    await registry.stop();
    // Opened anew, in both languages, from what the browser keeps.
    for (const [at, words] of [['/check?lang=en', 'they work without a network'], ['/check', 'dùng được khi không có mạng']]) {
        await page.goto(at);
        await kept(page);
        assert.ok((await page.innerText('#ready')).includes(words), at);
    }
    // A page that was just opened learns it a moment later.
    await page.waitForFunction(() => !navigator.onLine);
    const asked = [];
    context.on('request', (request) => asked.push(request.url()));
    const { word, text } = await verdictOf(page, () => page.click('#scan'));
    assert.equal(word, 'valid', text);
    const lot = /\/(?:10|L)\/([0-9A-Z-]+)/.exec(code.slice(code.indexOf('/1/') + 113))[1];
    assert.ok(text.includes(`Do ${CODE_HOST} cấp cho lô ${lot}; nhãn sao chép trông cũng giống hệt`), text);
    assert.ok(text.includes('Khi có mạng, hãy tra cứu'), text);
    assert.ok(!/chính hãng|hàng thật/.test(text));
    assert.equal(await page.locator('#result a').count(), 0, 'no way to the registry without a network');
    assert.equal(await page.locator('#camera').isHidden(), true, 'the camera is off');
    assert.equal(await page.evaluate(() => document.activeElement.textContent), text.split('\n')[0], 'the answer is what is read out');
    for (const url of asked) assert.ok(new URL(url).pathname.startsWith('/static/check-reader.'), `asked for ${url}`);
    await keepPicture(window, 'check-offline');
    // A look-up page is no page of the worker: without a network there is none.
    await assert.rejects(page.goto(code.slice('https://demo.example.vn'.length)));
    await context.close();
});
