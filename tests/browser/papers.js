// What people bring along: a scanned document and a picture, made here so that no file has to be kept.

import { PNG } from 'pngjs';

/** A small PDF that readers accept. */
export function document(name = 'giấy-đăng-ký.pdf') {
    const objects = [
        '<< /Type /Catalog /Pages 2 0 R >>',
        '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
        '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>',
    ];
    let text = '%PDF-1.4\n';
    const starts = objects.map((object, index) => {
        const start = text.length;
        text += `${index + 1} 0 obj\n${object}\nendobj\n`;
        return `${String(start).padStart(10, '0')} 00000 n \n`;
    });
    const table = text.length;
    text += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${starts.join('')}`;
    text += `trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${table}\n%%EOF\n`;
    return { name, mimeType: 'application/pdf', buffer: Buffer.from(text, 'latin1') };
}

/** A picture of something green. */
export function picture(name = 'rau.png') {
    const [width, height] = [640, 480];
    const image = new PNG({ width, height });
    for (let y = 0; y < height; y += 1) {
        for (let x = 0; x < width; x += 1) {
            const at = 4 * (y * width + x);
            const leaf = ((x - 320) / 260) ** 2 + ((y - 240) / 130) ** 2 < 1;
            const vein = Math.abs(y - 240) < 4 || Math.abs(Math.abs(x - 320) - Math.abs(y - 240) * 1.5) < 3;
            const colour = !leaf ? [246, 248, 244] : vein ? [196, 224, 160] : [52 + (x >> 4), 128 + (y >> 4), 48];
            image.data.set([...colour, 255], at);
        }
    }
    return { name, mimeType: 'image/png', buffer: PNG.sync.write(image) };
}
