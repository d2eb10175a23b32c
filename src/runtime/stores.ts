import type { Clock, Random } from '../domain/clock.ts';
import type { LandingZone } from '../landing/contract.ts';
import { FolderLandingZone } from '../landing/folder.ts';
import type { StateStore } from '../state/contract.ts';
import type { Settings } from './settings.ts';

/** Where objects are landed and state is kept, as the settings say. */
export interface Stores {
  readonly landing: LandingZone;
  /** Null where Postgres keeps the state. */
  readonly state: StateStore | null;
  /** The landing key named by a notification of the bucket; null where it is no landed object. Folders name keys as they are. */
  landedKeyOf(objectKey: string): string | null;
}

/** Builds the stores; clients of AWS are only loaded where the settings ask for them, and connect when they are used. */
export async function openStores(
  { landing, state }: Pick<Settings, 'landing' | 'state'>,
  environment: { readonly clock: Clock; readonly random: Random },
): Promise<Stores> {
  const dynamo =
    state.kind === 'dynamodb' ? (await import('./dynamodb-state.ts')).openDynamoState(state.table, environment) : null;
  if (landing.kind === 'folder') {
    return { landing: new FolderLandingZone(landing.path), state: dynamo, landedKeyOf: (objectKey) => objectKey };
  }
  const s3 = (await import('./s3-landing.ts')).openS3Landing(landing.bucket, landing.prefix);
  return { landing: s3, state: dynamo, landedKeyOf: (objectKey) => s3.keyOf(objectKey) };
}
