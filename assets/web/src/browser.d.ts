// What TypeScript's own declarations do not have yet, and what the server writes before the worker's script.

declare class BarcodeDetector {
    constructor(options: { formats: string[] });
    static getSupportedFormats(): Promise<string[]>;
    detect(source: CanvasImageSource): Promise<{ rawValue: string }[]>;
}
