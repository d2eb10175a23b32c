import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FaxsyncError } from '../domain/errors.ts';

/**
 * The schema could not be brought to where the code needs it; nothing was changed by the step that failed.
 * Codes: `migration_edited`, `migration_newer_schema`, `migration_out_of_order`, `migration_failed`, `migration_name`.
 */
export class MigrationError extends FaxsyncError {}

/** One script as it lies in the repository. */
export interface MigrationFile {
  /** File name without `.sql`: `0002_create_warehouse_tables`. */
  readonly name: string;
  readonly sql: string;
  /** sha256 of the text, in hex; line ends are taken as LF, so a checkout on another system is the same file. */
  readonly checksum: string;
  /** From its line `-- needs code: NNNN_verb_object`: older code does not outlive this script. Null: it only adds. */
  readonly needsCode: string | null;
}

/** All scripts of a migrations folder, each list in the order in which it runs. */
export interface MigrationFiles {
  /** `NNNN_verb_object.sql`: run once, never edited after. */
  readonly migrations: readonly MigrationFile[];
  /** `report/NN_name.sql`: views, rebuilt whenever one of them changes. */
  readonly reports: readonly MigrationFile[];
}

const MIGRATION_NAME = /^\d{4}_[a-z0-9]+(_[a-z0-9]+)+\.sql$/;
const REPORT_NAME = /^\d{2}_[a-z0-9_]+\.sql$/;
/** Bodies of functions, whose `begin` and `end;` are not commands. */
const DOLLAR_QUOTED = /\$(\w*)\$.*?\$\1\$/gs;
/** Written into the head of a migration after which only code works that knows the migration named. */
const NEEDS_CODE = /^-- needs code: (\d{4}\w+)$/m;
/** A script that ended our transaction would be half applied when its second half fails. */
const TRANSACTION_COMMAND = /^\s*(begin|start transaction|commit|rollback|end)\s*;/im;

async function readScripts(folder: string, pattern: RegExp): Promise<MigrationFile[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const names = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.sql')).map((entry) => entry.name);
  const scripts: MigrationFile[] = [];
  const numbers = new Map<string, string>();
  for (const file of names.sort()) {
    if (!pattern.test(file)) {
      throw new MigrationError(`The script ${file} is not named NNNN_verb_object.sql (report/NN_name.sql for views).`, {
        code: 'migration_name',
      });
    }
    const number = file.slice(0, file.indexOf('_'));
    const twin = numbers.get(number);
    if (twin !== undefined) {
      throw new MigrationError(`The scripts ${twin} and ${file} have the same number; renumber the newer one.`, {
        code: 'migration_name',
      });
    }
    numbers.set(number, file);
    const sql = (await readFile(join(folder, file), 'utf8')).replaceAll('\r\n', '\n');
    if (TRANSACTION_COMMAND.test(sql.replace(DOLLAR_QUOTED, ''))) {
      throw new MigrationError(`The script ${file} begins or ends a transaction; the runner does that.`, {
        code: 'migration_name',
      });
    }
    const checksum = createHash('sha256').update(sql).digest('hex');
    scripts.push({ name: file.slice(0, -4), sql, checksum, needsCode: NEEDS_CODE.exec(sql)?.[1] ?? null });
  }
  return scripts;
}

/**
 * Reads a migrations folder; an empty or missing one gives empty lists.
 * @throws {MigrationError} code `migration_name` for a script with a wrong name, a number used twice, or a transaction of its own.
 */
export async function readMigrationFiles(directory: string): Promise<MigrationFiles> {
  const migrations = await readScripts(directory, MIGRATION_NAME);
  const reports = await readScripts(join(directory, 'report'), REPORT_NAME);
  return { migrations, reports };
}

/** One checksum over all scripts: two folders with the same one make the same schema. */
export function checksumOfAll(files: MigrationFiles): string {
  const hash = createHash('sha256');
  for (const { name, checksum } of [...files.migrations, ...files.reports]) hash.update(`${name} ${checksum}\n`);
  return hash.digest('hex');
}
