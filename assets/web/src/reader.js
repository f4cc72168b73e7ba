// The decoder for browsers without one of their own: ZXing-C++ as WebAssembly. Loaded only when it is needed.

import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader';

/** Makes the decoder ready. @param {string} wasm the address of its program, on this site */
export async function prepare(wasm) {
    await prepareZXingModule({ overrides: { locateFile: () => wasm }, fireImmediately: true });
}

/** The texts of the QR codes in a picture. @param {ImageData} picture @param {boolean} carefully whether it may take its time */
export async function read(picture, carefully) {
    const found = await readBarcodes(picture, {
        formats: ['QRCode'],
        maxNumberOfSymbols: 4,
        tryHarder: carefully,
        tryRotate: carefully,
        tryInvert: carefully,
        tryDownscale: true,
    });
    return found.filter((one) => one.isValid).map((one) => one.text);
}
