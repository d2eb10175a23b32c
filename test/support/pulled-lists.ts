import type { Dialect } from '../../src/landing/contract.ts';
import { LISTED_STREAMS, type ListedStream } from '../../src/streams/registry.ts';

/** The streams that a pull lists whole where the settings name none, in its order. */
export function pulledLists(dialect: Dialect): ListedStream[] {
  return LISTED_STREAMS.filter(
    ({ dialects, listing }) => dialects.includes(dialect) && listing.undocumentedPath === undefined,
  );
}
