import { type Instant, parseRfc3339, parseZonedText, toIso, zoneOffsetMs } from '../domain/time.ts';

/** The zone the provider writes its stamps in, for every account recorded. */
export const CENTRAL_ZONE = 'America/Chicago';

const MS_PER_HOUR = 3_600_000;
const MS_PER_DAY = 86_400_000;
const MS_PER_WEEK = 7 * MS_PER_DAY;

const offsetsByHour = new Map<string, Map<number, number>>();

/** How far a zone is ahead of UTC, in ms; remembered by the hour, since US zones change on whole UTC hours. */
export function cachedOffsetMs(instant: Instant, zone: string): number {
  let offsets = offsetsByHour.get(zone);
  if (offsets === undefined) {
    offsets = new Map();
    offsetsByHour.set(zone, offsets);
  }
  const hour = Math.floor(instant / MS_PER_HOUR);
  let offset = offsets.get(hour);
  if (offset === undefined) {
    offset = zoneOffsetMs(hour * MS_PER_HOUR, zone);
    offsets.set(hour, offset);
  }
  return offset;
}

/** `2021-02-24T12:51:12.000-06:00`: how v2 writes every time. Milliseconds are cut, as the provider stores seconds. */
export function toCentralStamp(instant: Instant): string {
  const offset = cachedOffsetMs(instant, CENTRAL_ZONE);
  const hours = String(-offset / MS_PER_HOUR).padStart(2, '0');
  return `${toIso(Math.floor(instant / 1000) * 1000 + offset).slice(0, -1)}-${hours}:00`;
}

/** `2013-11-11 12:55:06`: how v1 writes the times of numbers, in a zone it does not name. */
export function toZonelessText(instant: Instant, zone: string): string {
  return toIso(instant + cachedOffsetMs(instant, zone))
    .slice(0, 19)
    .replace('T', ' ');
}

/** The instant at which a wall-clock midnight began in US Central (which never skips midnight). */
function centralMidnight(wall: number): Instant {
  const guess = wall - cachedOffsetMs(wall + 6 * MS_PER_HOUR, CENTRAL_ZONE);
  return wall - cachedOffsetMs(guess, CENTRAL_ZONE);
}

/** The begin of the Central day an instant lies in. */
export function centralDayStart(instant: Instant): Instant {
  const wall = instant + cachedOffsetMs(instant, CENTRAL_ZONE);
  return centralMidnight(Math.floor(wall / MS_PER_DAY) * MS_PER_DAY);
}

/** The begin of the Central month an instant lies in. */
export function centralMonthStart(instant: Instant): Instant {
  const wall = new Date(instant + cachedOffsetMs(instant, CENTRAL_ZONE));
  return centralMidnight(Date.UTC(wall.getUTCFullYear(), wall.getUTCMonth(), 1));
}

/** Hour of the Central week, 0 for Sunday midnight to 167. */
export function centralHourOfWeek(instant: Instant): number {
  const wall = instant + cachedOffsetMs(instant, CENTRAL_ZONE);
  // 1970-01-01 was a Thursday: shift by four days so that the week begins on Sunday.
  return Math.floor(((wall + 4 * MS_PER_DAY) % MS_PER_WEEK) / MS_PER_HOUR);
}

/**
 * Reads a time filter: RFC 3339, or without an offset in `zone`, or a bare date in `zone`; null when it is none of them.
 * A `+` that travelled unescaped arrives as a blank and is read as `+`.
 */
export function parseFilterTime(text: string, zone: string): Instant | null {
  const repaired = text.replace(/ (\d\d:\d\d)$/, '+$1');
  const exact = parseRfc3339(repaired);
  if (exact !== null) return exact;
  const wall = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d:\d\d)(?:\.\d+)?)?$/.exec(text);
  if (wall === null) return null;
  return parseZonedText(`${wall[1]} ${wall[2] ?? '00:00:00'}`, zone)?.instant ?? null;
}
