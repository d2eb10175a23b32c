/** Writes a text; resolves once it is passed on, with everything before it. Resolves too where nobody reads any more: the stream's own error tells of that. */
export function passOn(stream: NodeJS.WritableStream, text: string): Promise<void> {
  return new Promise((resolve) => {
    stream.write(text, () => resolve());
  });
}
