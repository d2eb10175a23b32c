/** How a command ends; part of its interface (docs/cli.md). */
export const EXIT = {
  /** Done. */
  fine: 0,
  /** Something failed; what was done before stays, and the next run goes on from there. */
  failed: 1,
  /** Done, but what was compared or checked is not as it should be. */
  different: 2,
  /** The command, a flag or a setting is missing or wrong; nothing was done. */
  usage: 64,
} as const;
