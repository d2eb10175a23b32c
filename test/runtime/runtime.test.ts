import { describe, expect, it } from 'vitest';
import { Runtime } from '../../src/runtime/runtime.ts';
import { parseSettings } from '../../src/runtime/settings.ts';

const BASE = {
  FAXSYNC_API_KEY: 'key',
  FAXSYNC_API_SECRET: 'secret',
  // Never connected to: a pool connects when it is asked something.
  FAXSYNC_DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
};

async function runtimeOf(env: Readonly<Record<string, string>>): Promise<Runtime> {
  return Runtime.open(parseSettings({ ...BASE, ...env }));
}

describe('the runtime', () => {
  it('gives the pull the streams that the settings skip and the lists that they switch on', async () => {
    const runtime = await runtimeOf({
      FAXSYNC_SKIPPED_STREAMS: 'atas',
      FAXSYNC_UNDOCUMENTED_STREAMS: 'addresses=/office/addresses',
    });
    const { skippedStreams, undocumentedPaths } = runtime.pullDeps('main');
    expect(skippedStreams).toEqual(['atas']);
    expect([...undocumentedPaths]).toEqual([['addresses', '/office/addresses']]);
    await runtime.close();
  });

  it('has the loader watch no PhaxCode that no pull of the account would ask for', async () => {
    for (const [env, takesPhaxCodes] of [
      [{}, true],
      [{ FAXSYNC_SKIPPED_STREAMS: 'atas' }, true],
      [{ FAXSYNC_SKIPPED_STREAMS: 'atas,phax_codes' }, false],
      [{ FAXSYNC_API_VERSION: 'v2' }, false],
      [{ FAXSYNC_API_VERSION: 'v1', FAXSYNC_SKIPPED_STREAMS: 'countries' }, false],
    ] as const) {
      const runtime = await runtimeOf(env);
      expect(runtime.loadDeps().accountSettings('main')).toMatchObject({ takesPhaxCodes });
      expect(runtime.loadDeps().accountSettings('of another time')).toMatchObject({ takesPhaxCodes: true });
      await runtime.close();
    }
  });
});
