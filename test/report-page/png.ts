import { inflateSync } from 'node:zlib';

/** Colours of a picture by how many pixels have them, as hexadecimal text. */
export type Palette = ReadonlyMap<string, number>;

/** Reads the colours of a PNG of eight bits a channel without interlacing, as a browser makes them. */
export function paletteOf(png: Buffer): Palette {
  const [width, height, colourType] = [png.readUInt32BE(16), png.readUInt32BE(20), png[25]];
  const channels = colourType === 6 ? 4 : 3;
  const parts: Buffer[] = [];
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    if (png.toString('latin1', at + 4, at + 8) === 'IDAT') parts.push(png.subarray(at + 8, at + 8 + length));
    at += length + 12;
  }
  const raw = inflateSync(Buffer.concat(parts));
  const stride = width * channels;
  let above = new Uint8Array(stride);
  const palette = new Map<string, number>();
  for (let row = 0; row < height; row++) {
    const start = row * (stride + 1);
    const line = unfilter(raw.subarray(start + 1, start + 1 + stride), above, raw[start] ?? 0, channels);
    for (let at = 0; at < stride; at += channels) {
      const colour = Buffer.from(line.subarray(at, at + 3)).toString('hex');
      palette.set(colour, (palette.get(colour) ?? 0) + 1);
    }
    above = line;
  }
  return palette;
}

function unfilter(line: Uint8Array, above: Uint8Array, filter: number, channels: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(line.length);
  for (let at = 0; at < line.length; at++) {
    const left = at >= channels ? (out[at - channels] ?? 0) : 0;
    const up = above[at] ?? 0;
    const corner = at >= channels ? (above[at - channels] ?? 0) : 0;
    const guess = [0, left, up, (left + up) >> 1, paeth(left, up, corner)][filter] ?? 0;
    out[at] = (line[at] ?? 0) + guess;
  }
  return out;
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const [toLeft, toUp, toCorner] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}
