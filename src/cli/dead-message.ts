import { parseLandingKey } from '../landing/key.ts';

/** One object that a message of the load queue names. */
export interface NamedObject {
  readonly bucket: string;
  readonly landedKey: string;
}

/**
 * What a message of the load queue names.
 * - `objects`: landed objects; what the queue is for.
 * - `foreign`: an object that is not of the landing zone. Its key is anybody's, so it is not kept.
 * - `test`: what S3 sends once when the notification is set up.
 * - `unreadable`: no notification of a bucket.
 */
export type DeadContent =
  | { readonly kind: 'objects'; readonly objects: readonly NamedObject[] }
  | { readonly kind: 'foreign' | 'test' | 'unreadable' };

/**
 * Reads what a message names; pure and total, and keeps nothing of a body but landing keys and the bucket's name.
 * `landedKeyOf` gives the landing key of an object of the bucket, null where it is none.
 */
export function readDeadMessage(body: string, landedKeyOf: (objectKey: string) => string | null): DeadContent {
  const notification = fieldsOf(parseJson(body));
  if (notification['Event'] === 's3:TestEvent') return { kind: 'test' };
  const records = notification['Records'];
  if (!Array.isArray(records) || records.length === 0) return { kind: 'unreadable' };
  const objects: NamedObject[] = [];
  for (const record of records) {
    const s3 = fieldsOf(fieldsOf(record)['s3']);
    const bucket = fieldsOf(s3['bucket'])['name'];
    const objectKey = decodeKey(fieldsOf(s3['object'])['key']);
    if (typeof bucket !== 'string' || objectKey === null) return { kind: 'unreadable' };
    const landedKey = landedKeyOf(objectKey);
    if (landedKey === null || parseLandingKey(landedKey) === null) return { kind: 'foreign' };
    objects.push({ bucket, landedKey });
  }
  return { kind: 'objects', objects };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

/** The bucket's notifications write keys as in a URL, with + for a space. */
function decodeKey(key: unknown): string | null {
  if (typeof key !== 'string') return null;
  try {
    return decodeURIComponent(key.replaceAll('+', ' '));
  } catch {
    return null;
  }
}
