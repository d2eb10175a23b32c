import { SettingsError } from '../domain/errors.ts';
import type { CommandContext } from './context.ts';
import { type DeadBench, missingSetting, searchLetters, unknownMessage, withDeadBench } from './dead-bench.ts';
import type { DeadLetter } from './dead-letters.ts';
import { EXIT } from './exit-codes.ts';
import { countOf } from './output.ts';

/** `faxsync dead redrive`. */
export interface DeadRedriveOptions {
  /** Everything that names landed objects, instead of single messages. */
  readonly isAll: boolean;
  readonly limit: number;
}

/**
 * Puts dead messages back on the load queue: those named, or all that name landed objects. Each is sent before it is deleted, so one that
 * is cut short is loaded twice, which changes nothing. Returns the exit code.
 */
export async function runDeadRedrive(
  context: CommandContext,
  ids: readonly string[],
  options: DeadRedriveOptions,
): Promise<number> {
  const { output } = context;
  if (options.isAll === ids.length > 0) {
    throw new SettingsError(
      'Name the messages to redrive, or give --all for every one; "faxsync dead list" lists them.',
      {
        code: 'flag_invalid',
      },
    );
  }
  output.intro('faxsync dead redrive');
  return withDeadBench(context, async (bench) => {
    const { loadsUrl } = bench.settings;
    if (loadsUrl === null) throw missingSetting('FAXSYNC_LOADS', 'LoadsUrl');
    const counts = options.isAll
      ? await redriveAll(bench, context, loadsUrl, options.limit)
      : await redriveNamed(bench, context, loadsUrl, ids);
    return sayRedrive(context, counts);
  });
}

/** What became of the messages. */
interface RedriveCounts {
  readonly moved: number;
  /** On both queues: the delete failed. */
  readonly copied: number;
  readonly failed: number;
  /** Name no landed object: the loader could only refuse them again, so they stay. */
  readonly left: number;
  /** Asked for and not there. */
  readonly unknown: number;
  /** True when there may be more than the limit, or the command was stopped. */
  readonly hasMore: boolean;
}

async function redriveAll(
  bench: DeadBench,
  { output, signal }: CommandContext,
  loadsUrl: string,
  limit: number,
): Promise<RedriveCounts> {
  const { letters, contentOf } = bench;
  // What dies again while this runs is not taken up a second time.
  const startedAt = Date.now();
  const counts = { moved: 0, copied: 0, failed: 0, left: 0, unknown: 0, hasMore: false };
  const held: DeadLetter[] = [];
  const progress = output.progress('Putting messages back');
  try {
    for await (const batch of letters.receive()) {
      const room = limit - counts.moved - counts.copied;
      const wanted = batch
        .filter((letter) => letter.sentAt <= startedAt && contentOf(letter).kind === 'objects')
        .slice(0, room);
      const others = batch.filter((letter) => !wanted.includes(letter));
      held.push(...others);
      counts.left += others.filter((letter) => contentOf(letter).kind !== 'objects').length;
      counts.hasMore ||= others.some((letter) => contentOf(letter).kind === 'objects');
      const outcome = await keepOnFailure(held, wanted, () => letters.redrive(wanted, loadsUrl));
      held.push(...outcome.failed);
      counts.moved += outcome.moved.length;
      counts.copied += outcome.copied.length;
      counts.failed += outcome.failed.length;
      progress.update(`${counts.moved} put back`);
      if (counts.hasMore || signal.aborted || counts.failed > 0) break;
    }
  } finally {
    progress.end();
    await letters.giveBack(held);
  }
  return { ...counts, hasMore: counts.hasMore || signal.aborted };
}

async function redriveNamed(
  bench: DeadBench,
  context: CommandContext,
  loadsUrl: string,
  ids: readonly string[],
): Promise<RedriveCounts> {
  const { letters, contentOf } = bench;
  const { found, others } = await searchLetters(bench, context, ids);
  const held = [...others];
  try {
    if (found.length === 0) throw unknownMessage();
    const wanted = found.filter((letter) => contentOf(letter).kind === 'objects');
    held.push(...found.filter((letter) => !wanted.includes(letter)));
    const outcome = await keepOnFailure(held, wanted, () => letters.redrive(wanted, loadsUrl));
    held.push(...outcome.failed);
    return {
      moved: outcome.moved.length,
      copied: outcome.copied.length,
      failed: outcome.failed.length,
      left: found.length - wanted.length,
      unknown: new Set(ids).size - found.length,
      hasMore: false,
    };
  } finally {
    await letters.giveBack(held);
  }
}

/** Remembers what is to be given back when `work` throws. */
async function keepOnFailure<Result>(
  held: DeadLetter[],
  letters: readonly DeadLetter[],
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    held.push(...letters);
    throw error;
  }
}

function sayRedrive({ output }: CommandContext, counts: RedriveCounts): number {
  const { moved, copied, failed, left, unknown, hasMore } = counts;
  output.step(`${countOf(moved, 'message')} put back on the load queue`);
  const isDone = copied + failed + unknown === 0;
  output.document({
    command: 'dead redrive',
    ok: isDone,
    moved,
    copied,
    failed,
    left,
    unknown,
    has_more: hasMore,
  });
  if (!isDone) {
    const parts = [
      failed > 0 ? `${countOf(failed, 'message')} could not be sent and stayed.` : '',
      copied > 0 ? `${countOf(copied, 'message')} sent, but not deleted here: loading twice changes nothing.` : '',
      unknown > 0 ? `${countOf(unknown, 'message')} not in the queue (any more).` : '',
    ];
    output.fail({ code: 'messages_not_moved', message: parts.filter(Boolean).join(' '), frames: null });
    return EXIT.failed;
  }
  if (hasMore) output.warn('There are more. Run it again, or raise --limit.');
  if (left > 0) {
    output.warn(`${countOf(left, 'message')} left, which name no landed object. Look: faxsync dead show <id>`);
  }
  output.outro(
    left + moved === 0 ? 'Nothing is dead.' : 'The loader takes them within seconds. Look again: faxsync dead list',
  );
  return left > 0 || hasMore ? EXIT.different : EXIT.fine;
}
