import { type Instant, toIso } from '../domain/time.ts';
import { cachedOffsetMs } from './central-time.ts';

/** The day an instant lies in, `YYYY-MM-DD` of an IANA zone. */
export function dayIn(instant: Instant, zone: string): string {
  return toIso(instant + cachedOffsetMs(instant, zone)).slice(0, 10);
}

/** The month an instant lies in, `YYYY-MM` of an IANA zone. */
export function monthIn(instant: Instant, zone: string): string {
  return dayIn(instant, zone).slice(0, 7);
}
