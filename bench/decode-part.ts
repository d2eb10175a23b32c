import { hashFax } from '../src/domain/content-hash.ts';
import { Notes } from '../src/domain/notes.ts';
import { decodeFaxes } from '../src/phaxio/decode-fax.ts';
import { faxEnvelope, PAGE_FAXES } from './faxes.ts';
import { type Figure, median, rate } from './figures.ts';
import { secondsOf } from './ground.ts';

const PAGES = 20;
const WARM_ROUNDS = 5;

/** Decoding a page against parsing it, and hashing beside, page by page in turn. */
export async function measureDecoding(rounds: number): Promise<Figure[]> {
  const bodies = Array.from({ length: PAGES }, (_, page) =>
    faxEnvelope(1 + page * PAGE_FAXES, 'late')
      .bodies.map(({ body }) => body)
      .join(''),
  );
  const decode = (body: string) => decodeFaxes(body, 'v2.1', { zone: 'America/Chicago', notes: new Notes() }).items;
  const decoded = bodies.map(decode);
  const seconds = { parse: [] as number[], decode: [] as number[], hash: [] as number[] };
  for (let round = 0; round < rounds * 3 + WARM_ROUNDS; round++) {
    for (const [page, body] of bodies.entries()) {
      const parse = await secondsOf(() => JSON.parse(body));
      const all = await secondsOf(() => decode(body));
      const hash = await secondsOf(() => decoded[page]?.map(hashFax));
      if (round < WARM_ROUNDS) continue;
      seconds.parse.push(parse);
      seconds.decode.push(all);
      seconds.hash.push(hash);
    }
  }
  const perSecond = (of: readonly number[]) => rate(PAGE_FAXES / median(of));
  const ratios = seconds.decode.map((of, i) => of / (seconds.parse[i] ?? Number.NaN));
  const hashing = seconds.hash.map((of, i) => of / (seconds.parse[i] ?? Number.NaN));
  const bytes = Math.round((bodies[0]?.length ?? 0) / 1000);
  return [
    {
      name: 'decode, against JSON.parse alone (time)',
      target: { is: 'at most', value: 1.6 },
      measured: median(ratios),
      beside: `${perSecond(seconds.decode)} and ${perSecond(seconds.parse)}, pages of ${bytes} kB; median of ${ratios.length} pages`,
    },
    {
      name: '- hashing what was decoded, against JSON.parse',
      target: null,
      measured: median(hashing),
      beside: perSecond(seconds.hash),
    },
  ];
}
