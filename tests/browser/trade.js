// The steps of the trade as a person takes them: each begins at a page, goes by links, fields and buttons, and ends at the page
// that the registry answers with.

import jsQR from 'jsqr';
import { strict as assert } from 'node:assert';
import { PNG } from 'pngjs';
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

/** Chooses the one option of a select whose words contain `text`. */
async function choose(page, name, text) {
    const field = page.locator(`main form select[name="${name}"]`);
    const option = field.locator('option', { hasText: text }).first();
    await field.selectOption(await option.getAttribute('value'));
}

/** Declares a lot; the page of the lot follows. */
export async function declare(page, { place, product, quantity, unit, code }) {
    await page.click('nav a[href="/lots/new"]');
    await choose(page, 'place', place);
    await choose(page, 'product', product);
    await fill(page, { quantity, unit, code });
    await press(page, 'main form[action="/lots/new"]');
    assert.ok((await page.textContent('h1')).includes(code), 'the lot is not shown');
}

/** From the page of a lot: packs some of it. */
export async function pack(page, { place, quantity, unit, packSize }) {
    await page.click('main a[href*="/pack"]');
    await choose(page, 'place', place);
    await fill(page, { quantity, unit, pack_size: packSize });
    await press(page, 'main form[action$="/pack"]');
}

/** From the page of a lot: looks for the receiver by a part of its name, chooses it and ships. */
export async function ship(page, { to, place, quantity, unit }) {
    await page.click('main a[href*="/ship"]');
    await fill(page, { search: to });
    await page.click('main form button[value=find]');
    await page.locator('main form label', { hasText: to }).locator('input[type=radio]').check();
    await choose(page, 'place', place);
    await fill(page, { quantity, unit });
    await press(page, 'main form[action$="/ship"]', 'button:not([value=find])');
}

/** Takes in what is under way; the page of the lot follows. */
export async function receive(page, { from, place, quantity, unit }) {
    await page.click('nav a[href="/incoming"]');
    await page.locator('main li', { hasText: from }).locator('a').first().click();
    await choose(page, 'place', place);
    await fill(page, { quantity, unit });
    await press(page, 'main form[action$="/receive"]', 'button:not([formaction])');
}

/** From the page of a lot: issues its code and goes to the label. */
export async function issue(page) {
    await page.click('main a[href$="/code"]');
    await press(page, 'main form[action$="/code"]');
}

/** What a camera reads from the label on the screen. */
export async function scan(page) {
    const shot = PNG.sync.read(await page.locator('.label svg.qr').screenshot({ scale: 'device' }));
    const read = jsQR(new Uint8ClampedArray(shot.data), shot.width, shot.height);
    assert.ok(read, 'the code on the label cannot be read');
    return read.data;
}

/** The button of a form that does what the form is for: not those that add lines, look for receivers or do something else. */
const SAVE = 'button:not([name]):not([formaction])';

/** Puts some of a lot into a case; the page of the case follows. */
export async function fillCase(page, { sscc, lot, quantity }) {
    await page.goto(`/cases/fill?lot=${lot}`);
    await fill(page, { case: sscc });
    await page.locator('main form input[name="part_quantity"]').first().fill(quantity);
    await page.locator('main form select[name="place"]').selectOption({ index: 1 });
    await press(page, 'main form', SAVE);
    assert.ok((await page.textContent('h1')).includes(sscc), 'the case is not shown');
}

/** Ships a case and a part of a lot in one go; returns the address of the shipment. */
export async function consign(page, { to, sscc, lot, quantity }) {
    await page.goto(`/shipments/new?lot=${lot}&case=${sscc}`);
    await page.locator('main form label', { hasText: to }).locator('input[type=radio]').check();
    await page.locator('main form input[name="part_quantity"]').first().fill(quantity);
    await page.locator('main form select[name="place"]').selectOption({ index: 1 });
    await press(page, 'main form', SAVE);
    return new URL(page.url()).pathname;
}

/** Says that a lot does not conform; the page of the lot follows, and says that it is held. */
export async function failTest(page, lot) {
    await page.goto(`/lots/${lot}/test`);
    await page.locator('main form input[name="conforms"][value="false"]').check();
    await page.locator('main form select[name="place"]').selectOption({ index: 1 });
    await press(page, 'main form', SAVE);
    assert.equal(await page.locator('.refusal').count(), 1, 'the lot is not held');
}

/** From the page of a lot: declares the latest of one's own events wrong; the page of the lot follows. */
export async function correct(page) {
    await page.locator('main a[href$="/correct"]').first().click();
    await page.locator('main form input[name="did_not_occur"][value="false"]').check();
    await press(page, 'main form', SAVE);
    assert.ok(await page.locator('.struck').count() > 0, 'the wrong event is not told to be wrong');
}
