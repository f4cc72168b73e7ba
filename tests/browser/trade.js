// The steps of the trade as a person takes them: each begins at a page, goes by links, fields and buttons, and ends at the page
// that the registry answers with.

import { strict as assert } from 'node:assert';
import { fill, press } from './form.js';
import { document, picture } from './papers.js';
import { PASSWORD } from './registry.js';

/** Somebody applies for a firm; the page answers with a reference. */
export async function apply(page, firm) {
    await page.goto('/');
    await page.click('footer a[href="/apply"]');
    await fill(page, {
        kind: firm.kind, name: firm.name, tax_number: firm.tax, commune: firm.commune, address: firm.address,
        contact_name: 'Người Mẫu', contact_phone: '0900 000 000', document: document(),
    });
    await press(page);
    const reference = (await page.textContent('.handover code')).trim();
    assert.ok(reference.length > 4, 'no reference');
    return reference;
}

/** An officer opens the application in the queue, reads it and approves: the page shows the manager's code, once. */
export async function approve(page, firm) {
    await page.goto('/applications');
    await page.click(`main a:text-is("${firm.name}")`);
    assert.ok((await page.textContent('main')).includes(firm.tax), 'the tax number is not shown');
    await press(page, 'main form[action$="/approve"]');
    return (await page.textContent('.handover code')).trim();
}

/** A manager signs up with the code and signs in. */
export async function signUp(page, code, name) {
    await page.goto('/account/sign-in');
    await page.click('main a[href="/account/sign-up"]');
    await fill(page, { code, sign_in: name, name: `Quản lý ${name}`, password: PASSWORD });
    await press(page);
    await fill(page, { name, password: PASSWORD });
    await press(page);
}

/** Adds a place and returns its code, as the page shows it. */
export async function addPlace(page, place) {
    await page.goto('/account');
    await page.click('nav a[href="/places"]');
    await page.click('main a[href="/places/new"]');
    await fill(page, place);
    await press(page, 'main form[action="/places"]');
    return (await page.textContent('main dl code')).trim();
}

/** Adds a product with a picture and returns its code. */
export async function addProduct(page, product) {
    await page.click('nav a[href="/products"]');
    await page.click('main a[href="/products/new"]');
    await fill(page, product);
    await press(page, 'main form[action="/products"]');
    const code = (await page.textContent('main dl code')).trim();
    await fill(page, { picture: picture() }, 'main form[action$="/pictures"]');
    await press(page, 'main form[action$="/pictures"]');
    assert.equal(await page.locator('main ol.cards img').count(), 1, 'the picture is not shown');
    return code;
}
