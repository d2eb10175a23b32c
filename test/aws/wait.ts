/**
 * Waits until something holds, looking every few ms, for a bounded time of the machine's clock.
 * @throws {Error} naming what was waited for, and what the last look found.
 */
export async function waitFor<Found>(
  what: string,
  timeoutMs: number,
  look: () => Promise<Found | null> | Found | null,
  detail: () => string = () => '',
): Promise<Found> {
  const until = Date.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== null) return found;
    if (Date.now() > until) throw new Error(`${what} did not happen within ${timeoutMs / 1000} s. ${detail()}`.trim());
    await new Promise<void>((resolve) => setTimeout(resolve, 20));
  }
}
