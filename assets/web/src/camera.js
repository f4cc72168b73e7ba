// From a camera or a picture to the text of a QR code. The browser's own detector is used where it has one; else the decoder of
// reader.js is fetched from this site.

/** The longest side of a picture that is looked at, in pixels: enough for a code that fills a tenth of it. */
const LONGEST_SIDE = 2000;
/** The longest side of a frame of the camera. */
const FRAME_SIDE = 1000;
/** How long to wait between two looks, in milliseconds: a cheap phone must stay cool and able to answer a finger. */
const PAUSE = 80;

/**
 * Gives the texts of the QR codes in what is shown.
 * @typedef {(source: HTMLVideoElement | ImageBitmap, carefully: boolean) => Promise<string[]>} Decoder
 */

/** Whether this browser can find QR codes by itself. */
async function hasDetector() {
    try {
        return 'BarcodeDetector' in globalThis && (await BarcodeDetector.getSupportedFormats()).includes('qr_code');
    } catch {
        return false;
    }
}

/** The browser's own decoder. @returns {Decoder} */
function ownDecoder() {
    const detector = new BarcodeDetector({ formats: ['qr_code'] });
    return async (source) => (await detector.detect(source)).map((found) => found.rawValue);
}

/** The decoder that is fetched. @param {string} script @param {string} wasm @returns {Promise<Decoder>} */
async function fetchedDecoder(script, wasm) {
    /** @type {typeof import('./reader.js')} */
    const reader = await import(script);
    await reader.prepare(wasm);
    const canvas = document.createElement('canvas');
    const pen = canvas.getContext('2d', { willReadFrequently: true });
    return async (source, carefully) => {
        const [width, height] = source instanceof HTMLVideoElement ? [source.videoWidth, source.videoHeight] : [source.width, source.height];
        const scale = Math.min(1, (carefully ? LONGEST_SIDE : FRAME_SIDE) / Math.max(width, height, 1));
        canvas.width = Math.round(width * scale);
        canvas.height = Math.round(height * scale);
        if (!pen || canvas.width === 0 || canvas.height === 0) return [];
        pen.drawImage(source, 0, 0, canvas.width, canvas.height);
        return reader.read(pen.getImageData(0, 0, canvas.width, canvas.height), carefully);
    };
}

/** The decoders of a page, each made once. */
export class Decoders {
    /** @param {string} script the address of reader.js @param {string} wasm the address of its program */
    constructor(script, wasm) {
        this.script = script;
        this.wasm = wasm;
        /** @type {Promise<Decoder> | null} */
        this.first = null;
        /** @type {Promise<Decoder> | null} */
        this.fetched = null;
    }

    /** The quickest decoder that works here. @returns {Promise<Decoder>} */
    best() {
        this.first ??= hasDetector().then((has) => (has ? ownDecoder() : this.careful()));
        return this.first;
    }

    /** The decoder that is fetched; asked for again when it could not be had. @returns {Promise<Decoder>} */
    careful() {
        this.fetched ??= fetchedDecoder(this.script, this.wasm).catch((error) => {
            this.fetched = null;
            this.first = null;
            throw error;
        });
        return this.fetched;
    }

    /** The texts of the QR codes in a picture file. Both decoders may look: what one misses the other may find. @param {Blob} file */
    async inPicture(file) {
        const picture = await createImageBitmap(file);
        try {
            let found = await (await this.best())(picture, true).catch(() => []);
            if (found.length === 0) found = await (await this.careful())(picture, true);
            return found;
        } finally {
            picture.close();
        }
    }
}

/** A camera that is on. */
export class Camera {
    /** @param {HTMLVideoElement} video @param {MediaStream} stream */
    constructor(video, stream) {
        this.video = video;
        this.stream = stream;
        this.on = true;
    }

    /**
     * Turns on the camera that looks away from the person, and shows what it sees.
     * @param {HTMLVideoElement} video
     */
    static async open(video) {
        const stream = await navigator.mediaDevices.getUserMedia({
            audio: false,
            video: { facingMode: 'environment', width: { ideal: 1280 }, height: { ideal: 720 } },
        });
        video.srcObject = stream;
        await video.play();
        return new Camera(video, stream);
    }

    /**
     * Looks until a code is found or the camera is closed.
     * @param {Decoders} decoders
     * @returns {Promise<string[] | null>} the texts found; nothing when it was closed
     */
    async look(decoders) {
        let decode = await decoders.best();
        while (this.on) {
            /** @type {string[]} */
            let found = [];
            try {
                if (this.video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA) found = await decode(this.video, false);
            } catch {
                // Some browsers promise a detector that then fails at each picture.
                decode = await decoders.careful();
            }
            if (this.on && found.length > 0) return found;
            await new Promise((done) => setTimeout(done, PAUSE));
        }
        return null;
    }

    /** Turns the camera off. */
    close() {
        this.on = false;
        for (const track of this.stream.getTracks()) track.stop();
        this.video.srcObject = null;
    }
}
