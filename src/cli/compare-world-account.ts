import type { AccountStatus, Country, PhoneNumber } from '../domain/account.ts';
import { type Instant, toIso } from '../domain/time.ts';
import type { Dialect } from '../landing/contract.ts';
import type { World } from '../simulator/world.ts';
import type { MirrorTableRow } from '../warehouse/read-mirror.ts';
import { type Look, looksAt, type Point, pointsOf } from './compare-world-looks.ts';
import { type CellRow, cellsOf, TableComparer, type TableComparison, toCell } from './compare-world-rows.ts';

/** The account's tables as they are stored. */
export interface StoredAccount {
  readonly numbers: ReadonlyArray<MirrorTableRow<'warehouse.phone_numbers'>>;
  readonly numberHistory: ReadonlyArray<MirrorTableRow<'warehouse.phone_number_history'>>;
  readonly charges: ReadonlyArray<MirrorTableRow<'warehouse.phone_number_charges'>>;
  readonly snapshots: ReadonlyArray<MirrorTableRow<'warehouse.account_snapshots'>>;
  readonly rateCard: ReadonlyArray<MirrorTableRow<'warehouse.rate_card'>>;
  readonly slices: ReadonlyArray<MirrorTableRow<'ops.slices'>>;
  readonly landed: ReadonlyArray<MirrorTableRow<'ops.landed_objects'>>;
}

/**
 * Compares the streams that are listed whole: what each look of the mirror must have found follows from the world at that instant, so
 * every row of numbers, their history and charges, snapshots and rate card is known exactly, released numbers included.
 * Looks are compared at the instant their request was sent: the world's clock must not run while a request is under way.
 */
export function compareAccount(of: StoredAccount, world: World, dialect: Dialect): TableComparison[] {
  return [
    ...compareNumbers(of, world, dialect),
    compareSnapshots(of, world, dialect),
    compareRateCard(of, world, dialect),
  ];
}

function numberCells(number: PhoneNumber, dialect: Dialect): CellRow {
  const isV1 = dialect === 'v1';
  return {
    city: number.city,
    state: number.state,
    country: isV1 ? null : number.country,
    cost_cents: number.costCents,
    last_billed_at: number.lastBilledAt,
    provisioned_at: number.provisionedAt,
    callback_url: isV1 ? null : number.callbackUrl,
    ata_name: dialect === 'v2.1' ? number.ataName : null,
    extra: toCell(number.extra),
  };
}

/** The cells of an object that is not listed: all null. */
function noCells(like: CellRow): CellRow {
  return Object.fromEntries(Object.keys(like).map((name) => [name, null]));
}

function compareNumbers(of: StoredAccount, world: World, dialect: Dialect): TableComparison[] {
  const looks = looksAt(of.slices, 'phone_numbers');
  const listAt = (at: Instant): Map<string, CellRow> =>
    new Map(world.numbersAt(at).map((number) => [number.phoneNumber, numberCells(number, dialect)]));
  const points = pointsOf(looks, listAt);
  // Numbers are personal data: their place in the account stands for them.
  const place = new Map(world.numbers.map(({ phoneNumber }, index) => [phoneNumber, `number ${index + 1}`]));
  const nameOf = (key: string): string => {
    const [number = '', at] = key.split('|');
    const name = place.get(number) ?? 'a number the account never had';
    if (at === undefined) return name;
    return /^\d+$/.test(at) ? `${name} billed ${toIso(Number(at))}` : `${name} ${at}`;
  };
  const current = new Map<string, CellRow>();
  for (const [phoneNumber, of] of points) {
    const listed = of.findLast(({ values }) => values !== null);
    const last = of.at(-1);
    if (listed?.values == null || last === undefined) continue;
    const isMissing = last.values === null;
    const isConfirmed =
      isMissing && looks.some((look) => look.isComplete && BigInt(look.observation) > BigInt(last.look.observation));
    current.set(phoneNumber, {
      phone_number: phoneNumber,
      ...listed.values,
      observation_no: listed.look.observation,
      observed_at: listed.look.at,
      missing_since: isMissing ? last.look.at : null,
      released_at: isConfirmed ? last.look.at : null,
    });
  }
  const released = [...current.values()].filter((row) => row['released_at'] !== null).length;
  const storedNumbers = new Map(of.numbers.map((row) => [row.phone_number, cellsOf(row, ['account_id'])]));
  const storedHistory = of.numberHistory.map((row) => [keyOf(row.phone_number, row.observation_no), row] as const);
  return [
    new TableComparer('phone_numbers')
      .compareAll(current, storedNumbers, nameOf)
      .result(released === 0 ? null : `${released} of them released`),
    new TableComparer('phone_number_history')
      .compareAll(
        historyCells(points, 'phone_number', 'observed_at'),
        new Map(storedHistory.map(([key, row]) => [key, cellsOf(row, ['account_id'])])),
        nameOf,
      )
      .result(),
    compareCharges(of, world, looks, listAt, nameOf),
  ];
}

function keyOf(object: string, observation: string): string {
  return `${object}|look ${observation}`;
}

function historyCells(points: ReadonlyMap<string, readonly Point[]>, key: string, at: string): Map<string, CellRow> {
  const rows = new Map<string, CellRow>();
  for (const [object, of] of points) {
    const like = of[0]?.values ?? {};
    for (const { look, values } of of) {
      rows.set(keyOf(object, look.observation), {
        [key]: object,
        observation_no: look.observation,
        [at]: look.at,
        is_listed: values !== null,
        ...(values ?? noCells(like)),
      });
    }
  }
  return rows;
}

/** A rent shows in the first look that lists its number with that billing; the ledger must have taken the same sum at that instant. */
function compareCharges(
  of: StoredAccount,
  world: World,
  looks: readonly Look[],
  listAt: (at: Instant) => ReadonlyMap<string, CellRow>,
  nameOf: (key: string) => string,
): TableComparison {
  const expected = new Map<string, CellRow>();
  for (const look of looks) {
    for (const [phoneNumber, values] of listAt(look.at)) {
      const billedAt = values['last_billed_at'];
      const key = `${phoneNumber}|${billedAt}`;
      if (billedAt == null || expected.has(key)) continue;
      expected.set(key, {
        phone_number: phoneNumber,
        billed_at: billedAt,
        cost_cents: values['cost_cents'] ?? null,
        observation_no: look.observation,
        observed_at: look.at,
      });
    }
  }
  const stored = new Map(
    of.charges.map((row) => [`${row.phone_number}|${row.billed_at.getTime()}`, cellsOf(row, ['account_id'])]),
  );
  const comparer = new TableComparer('phone_number_charges').compareAll(expected, stored, nameOf);
  const { rents, atOtherPrice } = rentsShown(world, looks);
  for (const [key, cents] of rents) {
    if (stored.get(key)?.['cost_cents'] !== cents) {
      comparer.differs(`${nameOf(key)} in the ledger`, 'differs', ['cost_cents']);
    }
  }
  // Such a rent is there, with the price of the look: the provider never shows what it took.
  const other = atOtherPrice === 0 ? '' : `; ${atOtherPrice} taken before its price changed and first seen after`;
  return comparer.result(`${rents.size} of them met in the provider's ledger${other}`);
}

/**
 * Rents of the ledger whose number was still held, and not billed again, at the next look: those a mirror can know. Apart from them,
 * how many of these were taken at another price than the one shown at that look.
 */
function rentsShown(world: World, looks: readonly Look[]): { rents: Map<string, number>; atOtherPrice: number } {
  const rents = new Map<string, number>();
  let atOtherPrice = 0;
  const last = looks.at(-1)?.at ?? Number.NEGATIVE_INFINITY;
  for (const entry of world.ledger.entriesUntil(last)) {
    if (entry.kind !== 'rent' || entry.phoneNumber === null) continue;
    const look = looks.find(({ at }) => at >= entry.at);
    const number = look && world.numbersAt(look.at).find(({ phoneNumber }) => phoneNumber === entry.phoneNumber);
    if (number?.lastBilledAt !== entry.at) continue;
    if (number.costCents === -entry.cents) rents.set(`${entry.phoneNumber}|${entry.at}`, -entry.cents);
    else atOtherPrice += 1;
  }
  return { rents, atOtherPrice };
}

function accountCells(status: AccountStatus, dialect: Dialect): CellRow {
  const isV1 = dialect === 'v1';
  return {
    balance_cents: status.balanceCents,
    sent_today: status.sentToday,
    received_today: isV1 ? null : status.receivedToday,
    sent_this_month: status.sentThisMonth,
    received_this_month: isV1 ? null : status.receivedThisMonth,
    extra: toCell(status.extra),
  };
}

function compareSnapshots(of: StoredAccount, world: World, dialect: Dialect): TableComparison {
  const expected = new Map<string, CellRow>();
  for (const { stream, observation_no, requested_at } of of.landed) {
    if (stream !== 'account_status') continue;
    const at = requested_at.getTime();
    expected.set(observation_no, { observation_no, observed_at: at, ...accountCells(world.accountAt(at), dialect) });
  }
  const stored = new Map(of.snapshots.map((row) => [row.observation_no, cellsOf(row, ['account_id'])]));
  return new TableComparer('account_snapshots')
    .compareAll(expected, stored, (observation) => `look ${observation}`)
    .result('each look at balance and counters');
}

function countryCells(country: Country, dialect: Dialect): CellRow {
  const isV1 = dialect === 'v1';
  return {
    alpha2: isV1 ? null : country.alpha2,
    country_code: isV1 ? null : country.countryCode,
    price_per_page_cents: country.pricePerPageCents,
    send_support: isV1 ? null : country.sendSupport,
    receive_support: isV1 ? null : country.receiveSupport,
    extra: toCell(country.extra),
  };
}

function compareRateCard(of: StoredAccount, world: World, dialect: Dialect): TableComparison {
  const looks = looksAt(of.slices, 'countries');
  const listAt = (at: Instant): Map<string, CellRow> =>
    new Map(world.countriesAt(at).map((country) => [country.name, countryCells(country, dialect)]));
  const points = pointsOf(looks, listAt);
  const stored = of.rateCard.map(
    (row) => [keyOf(row.country_name, row.observation_no), cellsOf(row, ['account_id'])] as const,
  );
  const changes = [...points.values()].reduce((sum, of) => sum + of.length - 1, 0);
  return new TableComparer('rate_card')
    .compareAll(historyCells(points, 'country_name', 'valid_from'), new Map(stored))
    .result(changes === 0 ? null : `${changes} of them dated changes of price`);
}
