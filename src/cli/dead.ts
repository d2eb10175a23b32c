import { FaxsyncError, SettingsError } from '../domain/errors.ts';
import { toIso } from '../domain/time.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { STREAMS } from '../streams/registry.ts';
import type { CommandContext } from './context.ts';
import { searchLetters, unknownMessage, withDeadBench } from './dead-bench.ts';
import type { DeadLetter } from './dead-letters.ts';
import type { DeadContent, NamedObject } from './dead-message.ts';
import { EXIT } from './exit-codes.ts';
import { countOf, formatSpan } from './output.ts';

/** `faxsync dead list`. */
export interface DeadListOptions {
  readonly limit: number;
}

/** Lists what the loader gave up, oldest first, without what the messages say. Returns the exit code. */
export async function runDeadList(context: CommandContext, { limit }: DeadListOptions): Promise<number> {
  const { output, signal } = context;
  output.intro('faxsync dead list');
  return withDeadBench(context, async ({ letters, contentOf }) => {
    const hidden = await letters.countHidden();
    const held: DeadLetter[] = [];
    try {
      for await (const batch of letters.receive()) {
        held.push(...batch);
        if (held.length > limit || signal.aborted) break;
      }
    } finally {
      await letters.giveBack(held);
    }
    const shown = held.toSorted((a, b) => a.sentAt - b.sentAt).slice(0, limit);
    if (shown.length > 0) {
      output.table(
        ['id', 'received', 'sent', 'age', 'names'],
        shown.map((letter) => [
          letter.id,
          letter.receives,
          toIso(letter.sentAt),
          formatSpan(Math.max(0, Date.now() - letter.sentAt)),
          describeContent(contentOf(letter)),
        ]),
      );
    }
    const hasMore = held.length > limit;
    output.document({
      command: 'dead list',
      ok: true,
      has_more: hasMore,
      hidden,
      messages: shown.map((letter) => messageDocument(letter, contentOf(letter))),
    });
    if (hasMore) output.warn(`There are more than ${limit}. See them: --limit ${limit * 10}`);
    if (hidden > 0) {
      output.warn(`${countOf(hidden, 'message')} hidden, because another command reads them; back within a minute.`);
    }
    output.outro(
      shown.length === 0
        ? 'Nothing is dead.'
        : 'Why: faxsync dead show <id>. Load again: faxsync dead redrive <id...>, or --all',
    );
    return EXIT.fine;
  });
}

/** Says what one message names and why it is likely dead; prints nothing of any content. Returns the exit code. */
export async function runDeadShow(context: CommandContext, id: string): Promise<number> {
  const { output } = context;
  output.intro('faxsync dead show');
  return withDeadBench(context, async (bench) => {
    const { landing } = bench.settings;
    if (landing.kind !== 's3') {
      throw new SettingsError(
        'FAXSYNC_LANDING is not set to a bucket, so the landed object cannot be looked at. Set it to s3://<LandingBucket of the stack>.',
        { code: 'setting_missing', context: { setting: 'FAXSYNC_LANDING' } },
      );
    }
    const { found, others } = await searchLetters(bench, context, [id]);
    await bench.letters.giveBack([...found, ...others]);
    const [letter] = found;
    if (letter === undefined) throw unknownMessage();
    const content = bench.contentOf(letter);
    const looks = content.kind === 'objects' ? content.objects : [];
    const objects: ObjectLook[] = [];
    for (const object of looks) objects.push(await lookAt(object, landing.bucket, bench.runtime));
    output.step(
      `${letter.id}: received ${countOf(letter.receives, 'time')}, sent ${toIso(letter.sentAt)}, names ${describeContent(content)}`,
    );
    for (const { landedKey, state, advice } of objects) output.info(`${landedKey}: ${state}. ${advice}`);
    const advice = content.kind === 'objects' ? null : ADVICE[content.kind];
    if (advice !== null) output.info(advice);
    output.document({
      command: 'dead show',
      ok: true,
      message: {
        ...messageDocument(letter, content),
        objects: objects.map(({ landedKey, state, advice: hint }) => ({ landed_key: landedKey, state, advice: hint })),
        ...(advice === null ? {} : { advice }),
      },
    });
    output.outro(
      content.kind === 'objects' ? `Load again: faxsync dead redrive ${letter.id}` : 'There is nothing to load again.',
    );
    return EXIT.fine;
  });
}

/** How one named object stands. */
interface ObjectLook {
  readonly landedKey: string;
  /** `readable`, or the code of what stands in the way. */
  readonly state: string;
  readonly advice: string;
}

/** What to do about a message that names no landed object. */
const ADVICE = {
  foreign:
    'It names an object that is not of the landing zone. Nothing else may be put into that bucket: find out who did. The message expires by itself.',
  test: 'S3 sent it when the notification was set up. It names nothing and expires by itself.',
  unreadable:
    'The landing bucket did not send it. Find out who may write to the load queue. It expires by itself; redriving it would change nothing.',
} as const;

async function lookAt({ bucket, landedKey }: NamedObject, ours: string, runtime: Runtime): Promise<ObjectLook> {
  if (bucket !== ours) {
    return {
      landedKey,
      state: 'other_bucket',
      advice: 'The message names another bucket than FAXSYNC_LANDING: these are the settings of another deployment.',
    };
  }
  try {
    const { stream, kind } = await runtime.landing.get(landedKey);
    if (STREAMS.get(stream)?.kinds.includes(kind) === true) {
      return {
        landedKey,
        state: 'readable',
        advice:
          'This version can read it, so what failed was likely the database, or the time; see "load failed" in the log. Redrive it once that is mended.',
      };
    }
    return {
      landedKey,
      state: 'unknown_stream',
      advice: 'This version cannot load it. Deploy one that can, then redrive it.',
    };
  } catch (error) {
    if (!(error instanceof FaxsyncError)) throw error;
    return { landedKey, state: error.code, advice: error.message };
  }
}

function describeContent(content: DeadContent): string {
  switch (content.kind) {
    case 'objects':
      return content.objects.map(({ landedKey }) => landedKey).join(', ');
    case 'foreign':
      return 'a foreign object';
    case 'test':
      return 'nothing (a test of S3)';
    case 'unreadable':
      return 'nothing (no notification)';
  }
}

function messageDocument({ id, receives, sentAt }: DeadLetter, content: DeadContent): object {
  return {
    id,
    receives,
    sent_at: toIso(sentAt),
    what: content.kind,
    landed_keys: content.kind === 'objects' ? content.objects.map(({ landedKey }) => landedKey) : [],
  };
}
