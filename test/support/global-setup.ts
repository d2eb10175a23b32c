/** Refuses to run the suite on a Node older than 24. */
export function setup(): void {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < 24)
    throw new Error(`The tests need Node 24; this is ${process.versions.node}. Run them with "npm test".`);
}
