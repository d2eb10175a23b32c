import type { CommandContext } from './context.ts';
import { EXIT } from './exit-codes.ts';
import { countOf } from './output.ts';
import { withSession } from './session.ts';

/** `faxsync migrate`: brings the database to the schema of this version; safe to repeat. Returns the exit code. */
export async function runMigrate(context: CommandContext): Promise<number> {
  const { output } = context;
  output.intro('faxsync migrate');
  return withSession(context, { settings: [], schema: 'any' }, async (session) => {
    const progress = output.progress('Changing the schema');
    const { applied, rebuilt, newer } = await session.migrate().finally(() => progress.end());
    for (const name of applied) output.step(`Applied ${name}`);
    if (rebuilt.length > 0) output.step(`Made ${countOf(rebuilt.length, 'group')} of report views anew`);
    const total = session.schema.appliedCount + applied.length;
    output.document({ command: 'migrate', ok: true, applied, rebuilt, newer, total_migrations: total });
    if (newer.length > 0) {
      output.outro(`A newer version made the schema (${newer.at(-1)}); this one works on it and left it as it is.`);
      return EXIT.fine;
    }
    output.outro(
      applied.length === 0 ? `Nothing to do: all ${total} migrations were there.` : 'The schema is up to date.',
    );
    return EXIT.fine;
  });
}
