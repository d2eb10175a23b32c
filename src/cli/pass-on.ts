/**
 * Writes a text; true once it is passed on, with everything before it; also where nobody reads any more, of which the stream's own error tells. False once the signal
 * says to stop, since a reader may never read on.
 */
export function passOn(stream: NodeJS.WritableStream, text: string, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const stop = () => resolve(false);
    signal.addEventListener('abort', stop, { once: true });
    stream.write(text, () => {
      signal.removeEventListener('abort', stop);
      resolve(true);
    });
    if (signal.aborted) stop();
  });
}
