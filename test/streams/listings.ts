import type { Envelope } from '../../src/landing/contract.ts';
import { STREAMS } from '../../src/streams/registry.ts';
import { prepareLoad, type Stream } from '../../src/streams/stream.ts';
import type { PreparedLoad } from '../../src/warehouse/load-object.ts';
import { envelopeOf } from '../support/landed.ts';

/** When listings of tests begin; look `n` is made `n` hours later. */
export const LISTINGS_START = Date.UTC(2026, 8, 1, 12);
const HOUR = 3_600_000;

/** The stream of this name. */
export function streamOf(name: string): Stream {
  const stream = STREAMS.get(name);
  if (stream === undefined) throw new Error(`no stream ${name}`);
  return stream;
}

/** Makes other bodies of those an envelope has. */
export type Bodies = (envelope: Envelope) => Envelope['bodies'];

/** Adds a page that was cut off. */
export const cutOff: Bodies = ({ bodies }) => [
  ...bodies,
  { status: 200, encoding: 'utf8', body: '{"success":true,"data":[' },
];

/** One landed listing of a stream in v2.1, ready to load. */
export function listing(
  { stream, subjectId = null }: { readonly stream: string; readonly subjectId?: string | null },
  observation: number,
  data: unknown,
  bodies: Bodies = (envelope) => envelope.bodies,
): PreparedLoad {
  const at = LISTINGS_START + observation * HOUR;
  const envelope = envelopeOf({ observation, at, kind: 'snapshot', stream, subjectId }, data);
  const settings = { v1Zone: 'America/Chicago' };
  return prepareLoad(streamOf(stream), `test/${observation}`, { ...envelope, bodies: bodies(envelope) }, settings);
}
