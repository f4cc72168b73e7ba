// The frame of all pages, and the pages of accounts: before any firm is registered.

import { strict as assert } from 'node:assert';
import { after, before, test } from 'node:test';
import { faultsOf, keepPicture, openBrowser, openWindow, SIZES } from './eyes.js';
import { fill, press, signIn } from './form.js';
import { PASSWORD, Registry } from './registry.js';

let registry;
let browser;
before(async () => {
    registry = await Registry.empty();
    browser = await openBrowser();
});
after(async () => {
    await browser?.close();
    await registry?.end();
});

for (const size of Object.keys(SIZES)) {
    for (const lang of ['vi', 'en']) {
        test(`an administrator at a ${size}, ${lang}`, async () => {
            const window = await openWindow(browser, registry, { size, lang });
            const { page } = window;
            for (const path of ['/account/sign-in', '/account/sign-up', '/account/reset', '/no/such/page']) {
                await page.goto(path);
                assert.deepEqual(await faultsOf(window), [], path);
                await keepPicture(window, `empty${path}`);
            }
            await signIn(page, 'root', PASSWORD);
            for (const path of ['/account', '/account/authority']) {
                await page.goto(path);
                assert.deepEqual(await faultsOf(window), [], path);
                await keepPicture(window, `empty${path}`);
            }
            // A refusal keeps what was typed and says what is wrong under its field.
            const form = 'main form[action="/account/authority"]';
            await page.goto('/account/authority');
            await fill(page, { sign_in: 'Có dấu!', name: 'Nguyễn Văn Mẫu', role: 'officer', password: 'ngắn' }, form);
            await assert.rejects(press(page, form), /422/);
            assert.equal(await page.inputValue('[name=name]'), 'Nguyễn Văn Mẫu');
            // The page opens at the first field that is wrong, however far down it stands.
            await page.waitForFunction(() => {
                const field = document.querySelector('[aria-invalid=true]');
                const { top, bottom } = field.getBoundingClientRect();
                return field === document.activeElement && top >= 0 && bottom <= window.innerHeight;
            });
            assert.deepEqual(await faultsOf(window), [], 'a refusal');
            await keepPicture(window, 'empty/account/authority/refused');
            await window.context.close();
        });
    }
}

test('a wrong password is told in words', async () => {
    const window = await openWindow(browser, registry, { script: false });
    await assert.rejects(signIn(window.page, 'root', 'một câu khác hẳn'), /401/);
    assert.match(await window.page.textContent('.refusal'), /\p{L}/u);
    await window.context.close();
});
