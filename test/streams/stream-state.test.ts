import { describe, expect, it } from 'vitest';
import { addresses } from '../../src/streams/addresses.ts';
import { atas } from '../../src/streams/atas.ts';
import { faxes } from '../../src/streams/faxes.ts';
import { adviceForMissingList, streamState } from '../../src/streams/stream-state.ts';

const PATHS = new Map([['addresses', '/addresses']]);

describe('the state of a stream', () => {
  it('is taken where the version has it, and nothing keeps it out', () => {
    expect(streamState(faxes, { dialect: 'v1' })).toBe('taken');
    expect(streamState(atas, { dialect: 'v2.1', skippedStreams: ['addresses'] })).toBe('taken');
    expect(streamState(addresses, { dialect: 'v2.1', undocumentedPaths: PATHS })).toBe('taken');
  });

  it('says what keeps it out', () => {
    expect(streamState(atas, { dialect: 'v2' })).toBe('not_in_version');
    expect(streamState(addresses, { dialect: 'v2.1', undocumentedPaths: new Map([['atas', '/x']]) })).toBe('off');
    expect(streamState(atas, { dialect: 'v2.1', skippedStreams: ['atas'] })).toBe('skipped');
  });

  it('is the reason least in the hands of the account where there are several', () => {
    const skippedStreams = ['addresses'];
    expect(streamState(addresses, { dialect: 'v1', skippedStreams })).toBe('not_in_version');
    expect(streamState(addresses, { dialect: 'v2.1', skippedStreams })).toBe('off');
    expect(streamState(addresses, { dialect: 'v2.1', skippedStreams, undocumentedPaths: PATHS })).toBe('skipped');
  });
});

describe('the advice for a list that is never given', () => {
  it('is to skip what the provider documents, and to mend the path of what it does not', () => {
    expect(adviceForMissingList(atas)).toMatch(/name atas in FAXSYNC_SKIPPED_STREAMS/);
    expect(adviceForMissingList(addresses)).toMatch(/path of addresses in FAXSYNC_UNDOCUMENTED_STREAMS/);
    expect(adviceForMissingList(addresses)).not.toContain('SKIPPED');
  });
});
