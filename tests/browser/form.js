// What a person does at a form: finds the field by its label, types, presses.

import { strict as assert } from 'node:assert';

/** Signs in; the page says so by going on. */
export async function signIn(page, name, password) {
    await page.goto('/account/sign-in');
    await page.fill('[name=name]', name);
    await page.fill('[name=password]', password);
    await press(page);
    assert.ok(!page.url().includes('/sign-in'), `${name} cannot sign in: ${await page.textContent('main')}`);
}

/** Fills the fields of the form by their names: texts, choices, boxes, files. */
export async function fill(page, fields, form = 'main form') {
    for (const [name, value] of Object.entries(fields)) {
        const field = page.locator(`${form} [name="${name}"]`).first();
        const kind = await field.evaluate((element) => `${element.localName}:${element.type}`);
        if (kind.startsWith('select')) await field.selectOption(value);
        else if (kind === 'input:file') await field.setInputFiles(value);
        else if (kind === 'input:checkbox') await field.setChecked(value);
        else if (kind === 'input:radio') await page.check(`${form} [name="${name}"][value="${value}"]`);
        else await field.fill(value);
    }
}

/** Presses the button of the form and fails when the answer is a refusal. */
export async function press(page, form = 'main form', button = 'button:not(.link)') {
    const answered = page.waitForResponse((response) => response.request().isNavigationRequest()
        && response.request().method() === 'POST');
    await page.locator(`${form} ${button}`).last().click();
    const answer = await answered;
    await page.waitForLoadState();
    const problems = await page.locator('.problem, .refusal, .problems').allTextContents();
    assert.ok(answer.status() < 400, `${answer.status()} at ${page.url()}: ${problems.join(' | ')}`);
    return answer;
}
