// The sample season: what the program prints at start, and every page that people of each role can reach in it.

import jsQR from 'jsqr';
import { strict as assert } from 'node:assert';
import { after, before, test } from 'node:test';
import { PNG } from 'pngjs';
import { openBrowser, openWindow } from './eyes.js';
import { signIn } from './form.js';
import { Registry } from './registry.js';
import { sweep } from './sweep.js';
import { consign, correct, failTest, fillCase } from './trade.js';

let registry;
let browser;
let printed;
before(async () => {
    registry = await Registry.demo();
    printed = registry.printed;
    browser = await openBrowser();
});
after(async () => {
    await browser?.close();
    await registry?.end();
});

const password = () => /mau-[a-z-]+/.exec(printed)[0];
const local = () => new RegExp(`${registry.base}(/1/\\S+)`).exec(printed)[1];

test('the QR in the terminal, read from a picture of it, opens the page at the local address', async () => {
    const { context, page } = await openWindow(browser, registry);
    const lines = printed.split('\n').filter((line) => /[█▀▄]/.test(line));
    assert.ok(lines.length > 20, printed);
    const text = lines.join('\n').replace(/\x1b\[[0-9;]*m/g, '');
    await page.setContent(`<pre id="qr">${text}</pre>`);
    await page.addStyleTag({ content: '#qr { font: 24px/24px monospace; background: #fff; color: #000; padding: 96px; width: max-content; }' });
    const shot = PNG.sync.read(await page.locator('#qr').screenshot());
    const read = jsQR(new Uint8ClampedArray(shot.data), shot.width, shot.height);
    assert.equal(read?.data, `${registry.base}${local()}`);
    const answer = await page.goto(read.data);
    assert.equal(answer.status(), 200);
    await context.close();
});

/** The landing pages of lots in each state, and what is told of codes that are none. */
async function lookUps() {
    const paths = ['/', local(), '/lot/3000000000', '/lot/12', local().replace(/\/1\/(.)/, (_, c) => `/1/${c === 'A' ? 'B' : 'A'}`),
        '/1/ABC', '/lookup?code=xin+chao', '/apply', '/api/errors', '/no/such/page', '/account/sign-in', '/account/sign-up'];
    for (const name of ['vanxanh', 'baoan', 'cuahangla']) {
        const { context, page } = await openWindow(browser, registry);
        await signIn(page, name, password());
        const answer = await page.request.get('/api/v1/lots?size=100');
        const states = new Map((await answer.json()).lots.map((lot) => [lot.state, lot.short_code]));
        paths.push(...[...states.values()].map((code) => `/lot/${code}`));
        await context.close();
    }
    return [...new Set(paths)];
}

test('the public pages are good', async () => {
    const { pages, faults } = await sweep(browser, registry, { label: 'public', starts: await lookUps() });
    assert.deepEqual(faults, []);
    assert.ok(pages.size > 12);
});

/** What the season has none of: a case under way with a part of another lot, an event declared wrong, a lot that a report holds. */
async function further() {
    const { context, page } = await openWindow(browser, registry);
    await signIn(page, 'vanxanh', password());
    const answer = await page.request.get('/api/v1/lots?size=100');
    const free = (await answer.json()).lots.filter((lot) => lot.state === 'free' && lot.left?.amount > 3000);
    const [boxed, beside, failed] = free.map((lot) => lot.id);
    const sscc = '095200000000000011';
    await fillCase(page, { sscc, lot: boxed, quantity: '1' });
    const shipment = await consign(page, { to: 'Lá Cải', sscc, lot: beside, quantity: '1' });
    await failTest(page, failed);
    await correct(page);
    await failTest(page, failed);
    await context.close();
    return [`/cases/${sscc}`, shipment, `/lots/${failed}`, `/lots/${beside}`];
}

const GROUPS = { authority: ['canbo', 'thanhtra', 'quantri'], firm: ['vanxanh', 'cuahangla', 'vanxanh.ghi'] };

for (const [group, people] of Object.entries(GROUPS)) {
    const known = new Set();
    let more;
    for (const name of people) {
        test(`every page of ${group} that ${name} can reach is good`, async () => {
            more ??= group === 'firm' ? await further() : [];
            const found = await sweep(browser, registry, {
                label: name, name, password: password(), starts: ['/account', ...more], known,
            });
            assert.deepEqual(found.faults, []);
        });
    }
}
