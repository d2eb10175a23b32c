import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import { SettingsError } from '../domain/errors.ts';
import type { Period } from '../domain/reconciliation.ts';
import type { Decision } from '../warehouse/recon/decide.ts';
import { type AddCommand, type Parsed, pick, textsOf } from './add-command.ts';
import { names, wholeNumber } from './flag-values.ts';
import { dollarsFlag, nameFlag, periodFlag } from './recon-flags.ts';
import { addSettingOptions } from './setting-options.ts';

const STATES = ['open', 'explained', 'disputed', 'accepted', 'written_off', 'closed', 'cleared'];

/** Adds `items` and what may be decided about them. */
export function addItems(program: Command, add: AddCommand): void {
  const items = addSettingOptions(
    add(
      program,
      'items',
      'list what differs and what became of it; decide about it',
      [
        'items',
        'items --period 2026-10 --holding',
        'items --period 2026-10 --states open,explained',
        'items --owed --csv > owed.csv',
        'items dispute 12 13 --ticket 4711 --by "Ann Lee"',
      ],
      async (context, options) => {
        const { runItems } = await import('./items.ts');
        return runItems(context, {
          isOwed: options['owed'] === true,
          isHolding: options['holding'] === true,
          isCsv: options['csv'] === true,
          limit: Number(options['limit']),
          // Not --state: that is the setting of where state is kept.
          ...pick<{ period: Period; states: readonly string[]; check: string }>(options, 'period', 'states', 'check'),
        });
      },
    )
      .option('--period <month>', 'only this month', periodFlag)
      .option('--states <words>', `only these, comma between: ${STATES.join(', ')}; without it what stands`, states)
      .option('--check <id>', 'only what this check found, e.g. C10', checkId)
      .option('--owed', 'only what the provider owes')
      .option('--holding', 'only what keeps its month from being ready, as many as faxsync periods counts')
      .option('--csv', 'all of them as CSV on stdout; with --owed the list that is sent to the provider')
      .option('--limit <number>', 'most lines', wholeNumber(1, 100_000), 50),
  );
  const decide = (name: string, state: Decision | null, summary: string, flags: string, more: readonly Option[]) => {
    const command = add(
      items,
      `${name} <ids...>`,
      summary,
      [`items ${name} 12 13 ${flags}--by "Ann Lee"`],
      (context, options, ids) => runDecision(context, state, options, ids),
    );
    command.addOption(
      new Option('--by <name>', 'who decides; stands in the events for ever').argParser(nameFlag).makeOptionMandatory(),
    );
    command.option('--note <text>', 'what was found out; no personal data of patients');
    for (const option of more) command.addOption(option);
    addSettingOptions(command);
  };
  const ticket = () => new Option('--ticket <number>', 'number of the dispute at the provider');
  const credited = () =>
    new Option('--credited <dollars>', 'what the provider agreed to, of each item').argParser(dollarsFlag);
  decide('explain', 'explained', 'say why it is right after all', '--note "rate agreed by mail" ', []);
  decide('accept', 'accepted', 'let the difference be, though it is one', '--note "below a dollar" ', []);
  decide('dispute', 'disputed', 'claim it from the provider', '--ticket 4711 ', [
    ticket(),
    new Option('--claimed <dollars>', 'what is claimed of each item; without it what is owed').argParser(dollarsFlag),
    credited(),
  ]);
  decide(
    'write-off',
    'written_off',
    'give it up; above the limit of the settings with a second person',
    '--note "too old" ',
    [new Option('--approver <name>', 'second person, somebody else than who decides').argParser(nameFlag)],
  );
  decide('close', 'closed', 'say that the case is over', '', [credited()]);
  decide('open', 'open', 'take a decision back', '', []);
  decide('assign', null, 'say who looks after it, or add a note', '--owner "Ben Ash" ', [
    new Option('--owner <name>', 'who looks after it').argParser(nameFlag),
    ticket(),
    credited(),
  ]);
}

async function runDecision(
  context: Parameters<Parameters<AddCommand>[4]>[0],
  state: Decision | null,
  options: Parsed,
  ids: readonly string[],
): Promise<number> {
  const { runDecide } = await import('./items.ts');
  return runDecide(context, itemIds(ids), {
    state,
    by: String(options['by']),
    ...textsOf(options, 'note', 'ticket', 'owner', 'approver'),
    ...(options['claimed'] === undefined ? {} : { claimedCents: Number(options['claimed']) }),
    ...(options['credited'] === undefined ? {} : { creditedCents: Number(options['credited']) }),
  });
}

function states(text: string): readonly string[] {
  const read = names(text).map((word) => word.replaceAll('-', '_'));
  if (read.every((word) => STATES.includes(word))) return read;
  throw new InvalidArgumentError(`Write of ${STATES.join(', ')}, with a comma between.`);
}

function checkId(text: string): string {
  const id = text.toUpperCase();
  if (/^C([1-9]|1\d|2[0-4])$/.test(id)) return id;
  throw new InvalidArgumentError('Write C1 to C24.');
}

/** Numbers of items with spaces or commas between, each once. */
function itemIds(texts: readonly string[]): readonly number[] {
  const numbers = texts.flatMap((text) => text.split(/[\s,]+/)).filter((text) => text !== '');
  if (numbers.length > 0 && numbers.every((text) => /^\d{1,15}$/.test(text))) return [...new Set(numbers.map(Number))];
  throw new SettingsError(
    'The number of an item is a whole number; several have a space or a comma between: 12 13. "faxsync items" lists them.',
    { code: 'usage' },
  );
}
