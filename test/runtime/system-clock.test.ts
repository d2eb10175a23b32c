import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/runtime/system-clock.ts';

describe('systemClock', () => {
  it("rejects with the signal's own reason, before and during the sleep", async () => {
    const reason = new Error('deadline');
    const controller = new AbortController();
    const sleeping = systemClock.sleep(60_000, controller.signal);
    controller.abort(reason);
    await expect(sleeping).rejects.toBe(reason);
    await expect(systemClock.sleep(1, controller.signal)).rejects.toBe(reason);
  });

  it('does not sleep less than it was asked, nor fail on a negative time', async () => {
    const before = systemClock.now();
    await systemClock.sleep(20);
    await systemClock.sleep(-5);
    // Timers may fire a fraction of a millisecond early, which the rounded clock shows as one.
    expect(systemClock.now() - before).toBeGreaterThanOrEqual(19);
  });
});
