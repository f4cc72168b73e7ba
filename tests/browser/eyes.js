// A browser, and what a good page looks like in it.

import { AxeBuilder } from '@axe-core/playwright';
import { strict as assert } from 'node:assert';
import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { chromium } from 'playwright-core';

/** A cheap phone and a desk. */
export const SIZES = { phone: { width: 360, height: 740 }, desk: { width: 1280, height: 800 } };

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** Opens the browser of the system: no other is downloaded. */
export async function openBrowser({ args = [] } = {}) {
    const places = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
    const executablePath = places.find((place) => place && existsSync(place));
    assert.ok(executablePath, 'no Chromium: install it (apt-get install chromium) or name it in CHROMIUM');
    return chromium.launch({
        executablePath,
        args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
            '--disable-component-update', '--disable-sync', ...args],
    });
}

/** A window with nobody's cookies, that notes everything a page must not do. */
export async function openWindow(browser, registry, { size = 'desk', lang = 'vi', script = true, scale = 1 } = {}) {
    const context = await browser.newContext({
        baseURL: registry.base,
        viewport: SIZES[size],
        locale: lang === 'vi' ? 'vi-VN' : 'en-GB',
        timezoneId: 'Asia/Ho_Chi_Minh',
        javaScriptEnabled: script,
        hasTouch: size === 'phone',
        deviceScaleFactor: scale,
    });
    const faults = [];
    const page = await context.newPage();
    // A console that complains of the status of a page that is meant to refuse tells nothing new.
    page.on('console', (line) => {
        const about = line.location().url === page.url() && line.text().startsWith('Failed to load resource');
        if (line.type() === 'error' && !about) faults.push(`console: ${line.text()}`);
    });
    page.on('pageerror', (error) => faults.push(`script: ${error.message}`));
    page.on('request', (request) => {
        const url = new URL(request.url());
        if (!['data:', 'blob:', 'about:'].includes(url.protocol) && url.origin !== registry.base) {
            faults.push(`request to another host: ${url.origin}`);
        }
    });
    page.on('requestfailed', (request) => {
        // A page that is left while it loads is no fault of the page.
        if (request.failure()?.errorText !== 'net::ERR_ABORTED') faults.push(`failed: ${request.url()}`);
    });
    page.on('response', (response) => {
        const image = ['image', 'stylesheet', 'script', 'font'].includes(response.request().resourceType());
        if (image && response.status() >= 400) faults.push(`${response.status()}: ${response.url()}`);
    });
    page.setDefaultTimeout(15_000);
    return { context, page, faults, size, lang };
}

/** What is wrong with the page that the window shows. */
export async function faultsOf(window) {
    const { page, lang } = window;
    const faults = window.faults.splice(0);
    faults.push(...await page.evaluate(measure, lang));
    // The frame's own page of axe would need an empty page beside; there are no frames here.
    const found = await new AxeBuilder({ page }).withTags(RULES).setLegacyMode(true).analyze();
    for (const violation of found.violations) {
        const where = violation.nodes.map((node) => node.target.join(' ')).slice(0, 3).join(' | ');
        faults.push(`axe ${violation.id}: ${violation.help} (${where})`);
    }
    return [...new Set(faults)];
}

/** Runs in the page: its language, its width, the size of what a finger must hit, what the content policy forbids. */
function measure(lang) {
    const faults = [];
    const root = document.documentElement;
    if (root.lang !== lang) faults.push(`lang is ${root.lang}, not ${lang}`);
    if (root.scrollWidth > root.clientWidth) {
        const wide = [...document.body.querySelectorAll('*')]
            .filter((element) => element.getBoundingClientRect().right > root.clientWidth + 1)
            .slice(0, 3)
            .map((element) => `${element.localName}.${element.className} ${element.textContent.trim().slice(0, 40)}`);
        faults.push(`scrolls sideways: ${root.scrollWidth} in ${root.clientWidth} (${wide.join(' | ')})`);
    }
    // WCAG 2.2, 2.5.8: 24 by 24 CSS pixels; a link inside a sentence is exempt.
    const targets = document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary');
    for (const target of targets) {
        const box = target.getBoundingClientRect();
        const hidden = box.width === 0 || box.right < 0 || getComputedStyle(target).visibility === 'hidden';
        const sentence = target.localName === 'a' && getComputedStyle(target).display === 'inline'
            && [...target.parentNode.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim() !== '');
        // A control inside its label is hit by hitting the label.
        const label = target.closest('label')?.getBoundingClientRect();
        const height = Math.max(box.height, label?.height ?? 0);
        if (!hidden && !sentence && (height < 24 || Math.max(box.width, label?.width ?? 0) < 24)) {
            faults.push(`target of ${Math.round(box.width)}×${Math.round(box.height)}: `
                + `${target.localName} ${(target.textContent || target.name).trim().slice(0, 40)}`);
        }
    }
    for (const element of document.querySelectorAll('[style], script:not([src]), style, [onclick], [onload], [onsubmit]')) {
        // Data blocks are no scripts; a drawing in the page may hold neither style nor script.
        if (element.localName === 'script' && element.type === 'application/ld+json') continue;
        faults.push(`inline ${element.localName} that the content policy forbids`);
    }
    // A key without words, or a word without its value.
    const text = document.body.innerText;
    const untranslated = text.match(/\b(?:[a-z]+-){2,}[a-z]+\b|\{ ?\$[a-z]+ ?\}/g) ?? [];
    const room = /^(accounts|parties|places|products|lots|chain|codes|lookup|coverage|nav|error|problem|site|footer)-/;
    faults.push(...untranslated.filter((word) => room.test(word) || word.startsWith('{')).map((word) => `no words: ${word}`));
    const headings = document.querySelectorAll('h1').length;
    if (headings !== 1) faults.push(`${headings} first headings`);
    return faults;
}

/** Keeps a picture of the page where NGUONGOC_TEST_SCREENSHOTS names a folder. */
export async function keepPicture(window, name) {
    const folder = process.env.NGUONGOC_TEST_SCREENSHOTS;
    if (!folder) return;
    await mkdir(folder, { recursive: true });
    const file = `${name.replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '') || 'home'}.${window.size}.${window.lang}.png`;
    await window.page.screenshot({ path: path.join(folder, file), fullPage: true, caret: 'initial' });
}
