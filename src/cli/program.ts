import { Command, InvalidArgumentError, Option } from 'commander';
import { type AddCommand, examples, type Parsed, pick } from './add-command.ts';
import type { CommandContext } from './context.ts';
import type { DemoOptions } from './demo.ts';
import { EXIT } from './exit-codes.ts';
import { each, names, number, rateOrOff, wholeNumber } from './flag-values.ts';
import { addReconciliation } from './recon-program.ts';
import { addReports } from './report-program.ts';
import { addSettingOptions, settingFlags } from './setting-options.ts';
import { addSetup } from './setup-program.ts';
import { addSql } from './sql-program.ts';

/** Makes a command's context of its parsed options, and takes the exit code. */
export interface Host {
  context(flags: CommandContext['flags'], isJson: boolean): Promise<CommandContext>;
  exit(code: number): void;
}

const PORT_MAX = 65_535;
const DAY_SECONDS = 86_400;
/** Dead letters that are listed where nothing else is said. */
const DEAD_LISTED = 100;

/** Every command with its flags and help. The modules behind them are loaded when one is run, so that help is there at once. */
export function buildProgram(host: Host): Command {
  const program = new Command('faxsync')
    .description(
      'Mirrors a Phaxio account into Postgres: faxes, numbers, ports, adapters, and every change of status and money.',
    )
    .showSuggestionAfterError(true)
    .addHelpText('after', examples('demo', 'sync', 'status --json', 'help backfill'));

  /** Adds a command whose action gets a context and its options. */
  const add: AddCommand = (parent, usage, summary, help, run) => {
    const command = parent
      .command(usage)
      .description(summary)
      .addHelpText('after', examples(...help));
    command.option('--json', 'one JSON document on stdout, for machines');
    return command.action(async () => {
      const own = command.optsWithGlobals<Parsed>();
      const context = await host.context(settingFlags(own), own['json'] === true);
      host.exit(await run(context, own, command.args));
    });
  };

  addSettingOptions(
    add(program, 'migrate', 'bring the database to the schema of this version', ['migrate'], async (context) => {
      const { runMigrate } = await import('./migrate.ts');
      return runMigrate(context);
    }),
  );

  addSettingOptions(
    add(
      program,
      'sync',
      'pull and load everything that is due, once or until Ctrl-C',
      [
        'sync',
        'sync --watch --every 30',
        'sync --streams port_orders,atas --now',
        'sync --accounts-file accounts.json --json',
      ],
      async (context, options) => {
        const { runSync } = await import('./sync.ts');
        const streams = options['streams'] as readonly string[] | undefined;
        return runSync(context, {
          isWatching: options['watch'] === true,
          everyMs: Number(options['every']) * 1_000,
          isNow: options['now'] === true,
          ...(streams === undefined ? {} : { streams }),
        });
      },
    )
      .option('--watch', 'go on until Ctrl-C')
      .option('--every <seconds>', 'with --watch: pause between two rounds', wholeNumber(1, DAY_SECONDS), 60)
      .option('--streams <names>', 'only these streams, comma between; skipped ones too', names)
      .option('--now', 'what is not due yet too; with --watch in the first round'),
  );

  addSettingOptions(
    add(
      program,
      'backfill',
      'read every fax created in a range once more',
      ['backfill --from 2026-01-01 --to 2026-02-01', 'backfill --from 2026-01-31T08:00:00-06:00'],
      async (context, options) => {
        const { runBackfill } = await import('./sync.ts');
        const to = options['to'];
        return runBackfill(context, { from: String(options['from']), ...(typeof to === 'string' ? { to } : {}) });
      },
    )
      .requiredOption('--from <day>', 'first day in the billing zone, or an instant with its offset')
      .option('--to <day>', 'day or instant at which it ends, itself not included; without it the beginning of today'),
  );

  addSettingOptions(
    add(
      program,
      'callbacks',
      'serve the endpoint that receives callbacks, until Ctrl-C',
      ['callbacks', 'callbacks --port 9000'],
      async (context, options) => {
        const { runCallbacks } = await import('./callbacks.ts');
        return runCallbacks(context, { port: Number(options['port']) });
      },
    ).option('--port <number>', 'port on 127.0.0.1; 0 takes a free one', wholeNumber(0, PORT_MAX), 8787),
  );

  addSettingOptions(
    add(
      program,
      'replay',
      'build the warehouse anew from the landing zone',
      ['replay --yes', 'replay --database-url postgres://localhost/empty'],
      async (context, options) => {
        const { runReplay } = await import('./replay.ts');
        return runReplay(context, { isConfirmed: options['yes'] === true });
      },
    ).option('--yes', 'agree that the warehouse is emptied first'),
  );

  addSettingOptions(
    add(
      program,
      'status',
      'how the mirror stands: cursors, rows, what is not loaded, set aside or gone',
      ['status', 'status --check --json'],
      async (context, options) => {
        const { runStatus } = await import('./status.ts');
        return runStatus(context, { isCheck: options['check'] === true });
      },
    ).option('--check', `end with ${EXIT.different} when something needs a look`),
  );

  addRejected(program, add);
  addDead(program, add);
  addReconciliation(program, add);
  addReports(program, add);
  addSql(program, add);
  addSetup(program, add);
  addSimulate(program, add);
  addDemo(program, add);
  return program;
}

function addRejected(program: Command, add: AddCommand): void {
  const rejected = addSettingOptions(
    add(
      program,
      'rejected',
      'list what could not be taken as sent; read it again',
      [
        'rejected',
        'rejected --reason nul_character --all',
        'rejected --show 12',
        'rejected retry',
        'rejected retry 12 13',
      ],
      async (context, options) => {
        const { runRejected } = await import('./rejected.ts');
        const { show, reason } = options;
        return runRejected(context, {
          isResolvedToo: options['all'] === true,
          limit: Number(options['limit']),
          ...(typeof show === 'string' ? { show } : {}),
          ...(typeof reason === 'string' ? { reason } : {}),
        });
      },
    )
      .option('--show <id>', 'one with the text as it was sent: personal data')
      .option('--reason <word>', 'only these')
      .option('--all', 'resolved ones too')
      .option('--limit <number>', 'most lines', wholeNumber(1, 100_000), 50),
  );
  // The parent's action runs where no subcommand is named.
  addSettingOptions(
    add(
      rejected,
      'retry [ids...]',
      'read the landed objects concerned again; all open ones, or these',
      ['rejected retry', 'rejected retry 12 13'],
      async (context, _options, ids) => {
        const { runRetryRejected } = await import('./rejected.ts');
        return runRetryRejected(context, ids);
      },
    ),
  );
}

function addDead(program: Command, add: AddCommand): void {
  const list = (parent: Command, name: string, help: readonly string[]) =>
    add(parent, name, 'list the messages that the loader gave up', help, async (context, options) => {
      const { runDeadList } = await import('./dead.ts');
      return runDeadList(context, { limit: Number(options['limit'] ?? DEAD_LISTED) });
    });
  // The parent's action runs where no subcommand is named. It has no --limit: a parent's option would be taken for its subcommands'.
  const dead = addSettingOptions(list(program, 'dead', ['dead', 'dead show <id>', 'dead redrive --all']));
  addSettingOptions(
    list(dead, 'list', ['dead list', 'dead list --limit 1000 --json']).option(
      '--limit <number>',
      'most messages',
      wholeNumber(1, 10_000),
      DEAD_LISTED,
    ),
  );
  addSettingOptions(
    add(
      dead,
      'show <id>',
      'what one message names, and why it is likely dead; never what was sent',
      ['dead show 6d1a7c1e-8f0e-4f9c-9b0e-2f6a1f1f0c55'],
      async (context, _options, [id = '']) => {
        const { runDeadShow } = await import('./dead.ts');
        return runDeadShow(context, id);
      },
    ),
  );
  addSettingOptions(
    add(
      dead,
      'redrive [ids...]',
      'put messages back on the load queue: these, or all that name landed objects',
      ['dead redrive 6d1a7c1e-8f0e-4f9c-9b0e-2f6a1f1f0c55', 'dead redrive --all'],
      async (context, options, ids) => {
        const { runDeadRedrive } = await import('./dead-redrive.ts');
        return runDeadRedrive(context, ids, { isAll: options['all'] === true, limit: Number(options['limit']) });
      },
    )
      .option('--all', 'all that name landed objects')
      .option('--limit <number>', 'with --all: most messages', wholeNumber(1, 100_000), 1_000),
  );
}

function addSimulate(program: Command, add: AddCommand): void {
  const share = number(0, 1);
  add(
    program,
    'simulate',
    'run a pretend provider until Ctrl-C: v1, v2 and v2.1 of one invented account',
    [
      'simulate',
      'simulate --days 365 --faxes 200000 --speed 60 --misbehave',
      'simulate --callback-url http://127.0.0.1:8787/ --forged 0.05',
      `simulate --fault '{"kind":"status","status":503,"probability":0.1}'`,
    ],
    async (context, options) => {
      const { runSimulate } = await import('./simulate.ts');
      const url = options['callbackUrl'];
      return runSimulate(context, {
        port: Number(options['port']),
        seed: Number(options['seed']),
        days: Number(options['days']),
        faxes: Number(options['faxes']),
        speed: Number(options['speed']),
        rate: Number(options['rate']),
        hasOddities: options['oddities'] === true,
        isMisbehaving: options['misbehave'] === true,
        faults: options['fault'] as readonly string[],
        callbackVersion: options['callbackVersion'] as 'v1' | 'v2' | 'v2.1',
        forged: Number(options['forged']),
        lost: Number(options['lost']),
        duplicates: Number(options['duplicates']),
        delayed: Number(options['delayed']),
        ...(typeof url === 'string' ? { callbackUrl: url } : {}),
      });
    },
  )
    .option('--port <number>', 'port on 127.0.0.1; 0 takes a free one', wholeNumber(0, PORT_MAX), 8786)
    .option('--seed <number>', 'the same seed invents the same account', wholeNumber(0, 2 ** 31), 42)
    .option('--days <number>', 'days of history', wholeNumber(1, 4_000), 60)
    .option('--faxes <number>', 'faxes in that history, about', wholeNumber(1, 2_000_000), 20_000)
    .option('--speed <factor>', 'how much faster than real its clock runs', number(0.01, 1_000_000), 1)
    .option('--rate <number>', 'requests a second before it answers 429, or off', rateOrOff, 50)
    .option('--oddities', 'add records that are hard to read')
    .option('--misbehave', 'add some of every fault: 429, 503, resets, cut answers, HTML')
    .option('--fault <json>', 'add a fault; may be given several times', each, [])
    .option('--callback-url <url>', 'send callbacks here')
    .addOption(
      new Option('--callback-version <version>', 'dialect of the callbacks')
        .choices(['v1', 'v2', 'v2.1'])
        .default('v2.1'),
    )
    .option('--forged <share>', 'share of callbacks beside which a forged one is sent', share, 0)
    .option('--lost <share>', 'share of callbacks that are never sent', share, 0)
    .option('--duplicates <share>', 'share of callbacks sent twice', share, 0)
    .option('--delayed <share>', 'share of callbacks held up', share, 0);
}

function addDemo(program: Command, add: AddCommand): void {
  add(
    program,
    'demo',
    'see the whole at work on invented data, in under a minute, without an account',
    ['demo', 'demo --seed 7 --days 90 --faxes 30000'],
    async (context, options) => {
      const { DEMO_DEFAULTS, runDemo } = await import('./demo.ts');
      const until = options['until'];
      return runDemo(context.output, {
        ...DEMO_DEFAULTS,
        ...pick<DemoOptions>(options, 'seed', 'days', 'faxes', 'apiVersion'),
        home: String(options['home'] ?? context.env['FAXSYNC_HOME'] ?? '.faxsync'),
        endsAt: typeof until === 'string' ? Date.parse(until) : DEMO_DEFAULTS.endsAt,
        signal: context.signal,
      });
    },
  )
    .option('--seed <number>', 'the same seed and end invent the same account', wholeNumber(0, 2 ** 31))
    .option('--days <number>', 'days of history', wholeNumber(2, 400))
    .option('--faxes <number>', 'faxes in that history, about', wholeNumber(100, 200_000))
    .option('--until <instant>', "the instant the demo's clock ends at, e.g. 2026-01-31T12:00:00Z", instantText)
    .addOption(new Option('--api-version <version>', 'dialect to pull with').choices(['v1', 'v2', 'v2.1']))
    .option('--home <folder>', 'folder to work in [FAXSYNC_HOME, default .faxsync]');
}

function instantText(text: string): string {
  if (!Number.isNaN(Date.parse(text))) return text;
  throw new InvalidArgumentError('Write an instant such as 2026-01-31T12:00:00Z.');
}
