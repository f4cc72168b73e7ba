// A film of a printed label in front of a camera: what a browser's fake camera plays in a loop (YUV4MPEG2, 4:2:0).

import { writeFile } from 'node:fs/promises';

const WIDTH = 640;
const HEIGHT = 480;

/** Small deterministic randomness, so that a film can be made again. */
function dice(seed) {
    let state = seed >>> 0;
    return () => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return state / 2 ** 32;
    };
}

/** The brightness of a picture at a point between its pixels; nothing outside of it. */
function sample(picture, x, y) {
    const [left, top] = [Math.floor(x), Math.floor(y)];
    if (left < 0 || top < 0 || left + 1 >= picture.width || top + 1 >= picture.height) return null;
    const at = (column, row) => picture.data[4 * (row * picture.width + column)];
    const [fx, fy] = [x - left, y - top];
    return (at(left, top) * (1 - fx) + at(left + 1, top) * fx) * (1 - fy) + (at(left, top + 1) * (1 - fx) + at(left + 1, top + 1) * fx) * fy;
}

/** One picture of the camera: the label lies turned and askew on a table, lit from one side, with the noise of a cheap sensor. */
function frame(label, aim, { turn, size, shiftX = 0, shiftY = 0, lean = 0, shown = true }, random) {
    const grey = Buffer.alloc(WIDTH * HEIGHT);
    const [sin, cos] = [Math.sin(turn), Math.cos(turn)];
    for (let y = 0; y < HEIGHT; y += 1) {
        for (let x = 0; x < WIDTH; x += 1) {
            const [dx, dy] = [x - WIDTH / 2 - shiftX, y - HEIGHT / 2 - shiftY];
            // Nearer at one edge than at the other, as when a hand holds the phone askew.
            const scale = (aim.size / size) * (1 + lean * (dy / HEIGHT));
            const u = (dx * cos + dy * sin) * scale + aim.x;
            const v = (dy * cos - dx * sin) * scale + aim.y;
            const ink = shown ? sample(label, u, v) : null;
            const light = 0.72 + 0.25 * (x / WIDTH);
            const value = (ink === null ? 118 + 18 * Math.sin(x / 37) * Math.sin(y / 23) : 22 + ink * 0.82) * light + (random() - 0.5) * 16;
            grey[y * WIDTH + x] = Math.max(16, Math.min(235, Math.round(value)));
        }
    }
    return grey;
}

/**
 * Writes the film of a label: an empty table, then the label comes into the picture and is held, not quite still. `aim` is the middle of the
 * code in the picture of the label, and its size there.
 */
export async function film(label, aim, file) {
    const random = dice(2611);
    const scenes = [];
    for (let at = 0; at < 4; at += 1) scenes.push({ shown: false, turn: 0, size: 1 });
    for (let at = 0; at < 4; at += 1) scenes.push({ turn: 0.12, size: 200, shiftX: 420 - 100 * at, lean: 0.15 });
    for (let at = 0; at < 12; at += 1) {
        scenes.push({ turn: 0.12 + 0.02 * Math.sin(at), size: 230 + 10 * Math.sin(at * 2), shiftX: 5 * Math.sin(at), shiftY: 4 * Math.cos(at), lean: 0.15 });
    }
    const colour = Buffer.alloc((WIDTH * HEIGHT) / 2, 128);
    const pieces = [Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F10:1 Ip A1:1 C420mpeg2\n`)];
    for (const scene of scenes) pieces.push(Buffer.from('FRAME\n'), frame(label, aim, scene, random), colour);
    await writeFile(file, Buffer.concat(pieces));
}
