// Builds the scripts of the page into the folder of static files: `node build.js [FOLDER]`.

import { build } from 'esbuild';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

const here = import.meta.dirname;
const folder = path.resolve(process.argv[2] ?? path.join(here, '../static'));
await mkdir(folder, { recursive: true });

/** @type {import('esbuild').BuildOptions} */
const common = {
    absWorkingDir: here,
    bundle: true,
    minify: true,
    charset: 'utf8',
    legalComments: 'none',
    target: ['es2022', 'chrome100', 'firefox115', 'safari15.4'],
    logLevel: 'warning',
};
const entry = (/** @type {string} */ from, /** @type {string} */ to, /** @type {'esm' | 'iife'} */ format) =>
    build({ ...common, entryPoints: [`src/${from}`], outfile: path.join(folder, to), format });

await entry('page.js', 'check.js', 'esm');
await entry('reader.js', 'check-reader.js', 'esm');
await entry('worker.js', 'check-worker.js', 'iife');
const packages = path.join(here, 'node_modules');
await copyFile(path.join(packages, 'zxing-wasm/dist/reader/zxing_reader.wasm'), path.join(folder, 'check-reader.wasm'));

// The scripts hold the work of others, whose licences ask to be kept with it.
const parts = [
    ['@noble/ed25519', 'LICENSE'],
    ['@noble/hashes', 'LICENSE'],
    ['zxing-wasm', 'LICENSE'],
];
const texts = await Promise.all(parts.map(async ([name, file]) => {
    const { version } = JSON.parse(await readFile(path.join(packages, `${name}/package.json`), 'utf8'));
    return `${name} ${version}\n\n${(await readFile(path.join(packages, `${name}/${file}`), 'utf8')).trim()}\n`;
}));
texts.push('ZXing-C++ (in check-reader.wasm)\n\nLicensed under the Apache License, Version 2.0.\nhttps://www.apache.org/licenses/LICENSE-2.0\n');
await writeFile(path.join(folder, 'check-licences.txt'), texts.join('\n----\n\n'));
