// Two firms and a shop, one lot, as people would: by clicking and typing, with scripts switched off.

import { strict as assert } from 'node:assert';
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { openBrowser, openWindow } from './eyes.js';
import { signIn } from './form.js';
import { CODE_HOST, PASSWORD, Registry, ROOT } from './registry.js';
import {
    addPlace, addProduct, apply, approve, declare, issue, pack, receive, scan, ship, signUp,
} from './trade.js';

const FARM = { kind: 'cooperative', name: 'Hợp tác xã Rau Đồng Mẫu', tax: '9900001073', commune: 'Phúc Thịnh', address: 'Thôn Mẫu 3' };
const PACKER = { kind: 'processor', name: 'Cơ sở sơ chế Hạt Mẫu', tax: '9900001355', commune: '00454', address: 'Cụm công nghiệp Mẫu' };
const SHOP = { kind: 'shop', name: 'Cửa hàng Lá Mẫu', tax: '9900001563', commune: 'Hoàn Kiếm', address: '1 phố Mẫu' };

for (const on of ['sqlite', 'postgres']) {
    describe(`on ${on}`, () => journey(on));
}

function journey(on) {
    let registry;
    let browser;
    const people = {};
    before(async () => {
        registry = await Registry.empty({ on });
        await registry.addPerson('officer', 'officer');
        browser = await openBrowser();
    });
    after(async () => {
        await browser?.close();
        await registry?.end();
    });

    /** A phone on which one person stays signed in, without scripts. */
    async function phone(name) {
        people[name] ??= await openWindow(browser, registry, { size: 'phone', script: false, scale: 3 });
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

    const LOT = 'L2611A07';
    let code;

    test('the farm harvests and ships, the packer packs and ships, the shop receives, the code is issued', async () => {
        const farm = await phone('nong-trai');
        const packer = await phone('so-che');
        const shop = await phone('cua-hang');
        await declare(farm, { place: 'Ruộng số 1', product: 'Rau muống hạt', quantity: '250', unit: 'kg', code: LOT });
        await ship(farm, { to: PACKER.name, place: 'Ruộng số 1', quantity: '200', unit: 'kg' });
        await receive(packer, { from: FARM.name, place: 'Xưởng sơ chế', quantity: '200', unit: 'kg' });
        await pack(packer, { place: 'Xưởng sơ chế', quantity: '200', unit: 'kg', packSize: '500 g' });
        await ship(packer, { to: SHOP.name, place: 'Xưởng sơ chế', quantity: '150', unit: 'kg' });
        await receive(shop, { from: PACKER.name, place: 'Quầy rau', quantity: '150', unit: 'kg' });
        await issue(packer);
        code = await scan(packer);
    });

    test('a shopper reads the code: at least four stages, each with product, place and time', async () => {
        assert.match(code, new RegExp(`^https://${CODE_HOST.toUpperCase()}/1/[A-Z2-7]{109}/01/09520000001001/10/${LOT}$`));
        const shopper = await openWindow(browser, registry, { size: 'phone', script: false });
        const { page } = shopper;
        const answer = await page.goto(new URL(code).pathname);
        assert.equal(answer.status(), 200);
        const wire = Number((await answer.allHeaders())['content-length'] ?? (await answer.body()).length);
        assert.ok(wire <= 30_000, `the page is ${wire} bytes long`);
        const text = await page.textContent('main');
        for (const words of [FARM.name, PACKER.name, SHOP.name, LOT, 'Rau muống hạt']) assert.ok(text.includes(words), words);
        const stages = page.locator('#chain .stages li:not(.absent)');
        const count = await stages.count();
        assert.ok(count >= 4, `${count} stages`);
        for (const stage of await stages.all()) {
            const told = await stage.textContent();
            assert.match(told, /\d{1,2}[/:]\d{2}/, 'a time');
            const codes = await stage.locator('code').allTextContents();
            assert.equal(codes[0], '09520000001001', 'the product code');
            assert.match(codes[1] ?? '', /^\d{10,13}$/, 'the place code');
        }
        assert.deepEqual(await page.context().cookies(), [], 'a shopper is given no cookie');
        assert.deepEqual(shopper.faults, []);
        await shopper.context.close();
    });

    test('nothing went wrong on the way', () => {
        for (const [name, window] of Object.entries(people)) assert.deepEqual(window.faults, [], name);
    });

    test('the example of docs/api.md runs as it stands', async () => {
        const blocks = [...(await readFile(path.join(ROOT, 'docs/api.md'), 'utf8')).matchAll(/^```bash\n(.*?)^```/gms)];
        const script = blocks.map(([, block]) => block).join('\n');
        const env = { ...process.env, AT: registry.base, PASSWORD };
        const { stdout } = await promisify(execFile)('bash', ['-c', script], { env, cwd: registry.folder });
        assert.ok(stdout.includes('"signature": "valid"'), stdout);
    });
}
