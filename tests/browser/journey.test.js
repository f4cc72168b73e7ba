// Two firms and a shop, one lot, as people would: by clicking and typing, with scripts switched off.

import { strict as assert } from 'node:assert';
import { after, before, test } from 'node:test';
import { faultsOf, keepPicture, openBrowser, openWindow, SIZES } from './eyes.js';
import { signIn } from './form.js';
import { PASSWORD, Registry } from './registry.js';
import { addPlace, addProduct, apply, approve, signUp } from './trade.js';

const FARM = { kind: 'cooperative', name: 'Hợp tác xã Rau Đồng Mẫu', tax: '9900001073', commune: 'Phúc Thịnh', address: 'Thôn Mẫu 3' };
const PACKER = { kind: 'processor', name: 'Cơ sở sơ chế Hạt Mẫu', tax: '9900001355', commune: '00454', address: 'Cụm công nghiệp Mẫu' };
const SHOP = { kind: 'shop', name: 'Cửa hàng Lá Mẫu', tax: '9900001563', commune: 'Hoàn Kiếm', address: '1 phố Mẫu' };

let registry;
let browser;
const people = {};
before(async () => {
    registry = await Registry.empty();
    browser = await openBrowser();
});
after(async () => {
    await browser?.close();
    await registry?.end();
});

/** A phone on which one person stays signed in, without scripts. */
async function phone(name) {
    people[name] ??= await openWindow(browser, registry, { size: 'phone', script: false });
    return people[name].page;
}

test('three firms apply, an officer approves, their managers sign up', async () => {
    const officer = await phone('root');
    await signIn(officer, 'root', PASSWORD);
    const visitor = await phone('visitor');
    for (const [firm, name] of [[FARM, 'nong-trai'], [PACKER, 'so-che'], [SHOP, 'cua-hang']]) {
        await apply(visitor, firm);
        const code = await approve(officer, firm);
        await signUp(await phone(name), code, name);
    }
});

test('they add their places, the farm its product with a picture', async () => {
    const farm = await phone('nong-trai');
    await addPlace(farm, { kind: 'plot', name: 'Ruộng số 1', commune: 'Phúc Thịnh', address: 'Thôn Mẫu 3', point: '21.1702, 105.8103', area: '10 sào' });
    await addProduct(farm, { name: 'Rau muống hạt', group: 'rau', unit: 'gram', gtin: '09520000001001', name_en: 'Water spinach', shelf_life_days: '3', storage: 'Để mát 5–10 °C' });
    await addPlace(await phone('so-che'), { kind: 'packhouse', name: 'Xưởng sơ chế', commune: '00454' });
    await addPlace(await phone('cua-hang'), { kind: 'shop', name: 'Quầy rau', commune: 'Hoàn Kiếm' });
});

test('nothing went wrong on the way', () => {
    for (const [name, window] of Object.entries(people)) assert.deepEqual(window.faults, [], name);
});

/** Every page that a person can reach by links from where they stand, a few levels deep. */
async function reachable(page, from) {
    const waiting = [...from];
    const seen = new Set();
    while (waiting.length > 0) {
        const path = waiting.shift();
        // One of a kind is enough: ids are all alike.
        const kind = path.replace(/[?#].*/, '').replace(/[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{64}|\d{10,}/g, 'one');
        if ([...seen].some((known) => known.kind === kind)) continue;
        const answer = await page.goto(path);
        if (!answer.headers()['content-type']?.startsWith('text/html')) continue;
        seen.add({ kind, path, status: answer.status() });
        const links = await page.$$eval('a[href]:not([download])', (all) => all.map((link) => link.getAttribute('href')));
        waiting.push(...links.filter((link) => link.startsWith('/') && !/\/document$|\.(csv|svg|png|jpg)$|[?&]lang=/.test(link)));
    }
    return [...seen];
}

for (const size of Object.keys(SIZES)) {
    for (const lang of ['vi', 'en']) {
        for (const name of ['visitor', 'root', 'nong-trai', 'so-che']) {
            test(`every page that ${name} can reach, on a ${size}, ${lang}`, async () => {
                const window = await openWindow(browser, registry, { size, lang });
                if (name !== 'visitor') await signIn(window.page, name, PASSWORD);
                const faults = [];
                for (const { kind, path, status } of await reachable(window.page, name === 'visitor' ? ['/', '/api/errors', '/account/sign-up', '/account/reset'] : ['/account'])) {
                    if (status >= 400) faults.push(`${kind}: a link leads to ${status}`);
                    await window.page.goto(path);
                    faults.push(...(await faultsOf(window)).map((fault) => `${kind}: ${fault}`));
                    await keepPicture(window, `${name}${kind}`);
                }
                assert.deepEqual([...new Set(faults)], []);
                await window.context.close();
            });
        }
    }
}
