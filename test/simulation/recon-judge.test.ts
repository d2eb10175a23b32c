import { describe, expect, it } from 'vitest';
import { DAY_MS, HOUR_MS, toIso } from '../../src/domain/time.ts';
import { BILLING_ERROR_KINDS, type BillingErrorKind, type PlantedError } from '../../src/simulator/billing-options.ts';
import { ManualClock } from '../../src/simulator/manual-clock.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';
import { earlyAlarms, type Found } from './recon-judge.ts';
import { isGood, type SeedReport, unplantedKinds } from './recon-tables.ts';

const NOW = Date.UTC(2026, 7, 20, 12);
const { world } = createSimulator({ seed: 3, clock: new ManualClock(NOW), world: { days: 3, faxesPerDay: 20 } });
/** Every twelve hours, at five and at seventeen. */
const LOOKS = Array.from({ length: 40 }, (_, index) => NOW - 20 * DAY_MS + 5 * HOUR_MS + index * 12 * HOUR_MS);
const SINCE = Date.UTC(2026, 7, 12, 20);

const sent = world.plans().find(({ direction }) => direction === 'sent');

function planted(kind: BillingErrorKind, subjectId = '1'): PlantedError {
  return {
    kind,
    check: kind === 'late_change' ? 'C9' : 'C3',
    subjectKind: 'fax',
    subjectId,
    cents: 7,
    owedCents: 7,
    period: '2026-08',
    since: SINCE,
  };
}

function found(check: string, subjectId: string): Found {
  const sides = { actual: 1, expected: 0 };
  return {
    check,
    period: '2026-08',
    subjectKind: 'day',
    subjectId,
    severity: 'error',
    reason: 'differs',
    cents: 7,
    owedCents: 0,
    ...sides,
  };
}

function alarms(said: readonly Found[], errors: readonly PlantedError[]): string[] {
  const scene = { world, at: NOW, zone: 'UTC', looks: LOOKS };
  return earlyAlarms(said, errors, scene).map(({ check, subjectId }) => `${check} ${subjectId}`);
}

function outcome(isPlanted: boolean, kinds: readonly BillingErrorKind[]): SeedReport {
  const none = { rows: 0, cents: 0 };
  return {
    seed: 1,
    isPlanted,
    faxes: 10,
    tookMs: 1,
    earlyAlarms: [],
    falseAlarms: [],
    notClosed: [],
    verdicts: kinds.map((kind) => ({ planted: planted(kind), outcome: 'found', said: [] })),
    differences: { account: none, day: none, number: none, tag: none },
    bill: { cents: { month: 0, day: 0 }, changedLines: 0 },
  };
}

describe('what a seed says on the way', () => {
  it('is true once of the balance that a late change moved, from its day on', () => {
    const said = ['2026-08-11', '2026-08-13', '2026-08-15'].map((day) => found('C17', day));
    expect(alarms(said, [planted('late_change')])).toEqual(['C17 2026-08-11', 'C17 2026-08-15']);
    expect(alarms(said, [planted('vanished_fax')])).toHaveLength(3);
  });

  it('is true of the counter of the day that was over when a fax had vanished, in its direction', () => {
    const said = ['2026-08-11 sent', '2026-08-12 sent', '2026-08-12 received', '2026-08-13 sent'];
    const errors = [planted('vanished_fax', sent?.id)];
    // It vanished at eight in the evening; the next look is made on the day after.
    expect(
      alarms(
        said.map((id) => found('C2', id)),
        errors,
      ),
    ).toEqual(['C2 2026-08-11 sent', 'C2 2026-08-12 received', 'C2 2026-08-13 sent']);
    expect(toIso(LOOKS.find((look) => look >= SINCE) ?? 0)).toBe('2026-08-13T05:00:00.000Z');
  });
});

describe('the tables of the seeds', () => {
  it('name the kinds of errors that a hundred seeds have never planted', () => {
    const all = Array.from({ length: 99 }, () => outcome(true, BILLING_ERROR_KINDS.slice(1)));
    expect(unplantedKinds(all)).toEqual([]);
    expect(unplantedKinds([...all, outcome(false, [])])).toEqual([]);
    expect(unplantedKinds([...all, outcome(true, ['late_change'])])).toEqual(['missed_credit']);
    expect(unplantedKinds([...all, outcome(true, ['missed_credit'])])).toEqual([]);
  });

  it('take a seed for good only where the bill is the ledger and closed lines stay', () => {
    const good = outcome(true, ['late_change']);
    expect(isGood(good)).toBe(true);
    expect(isGood({ ...good, bill: { cents: { month: 0, day: 14 }, changedLines: 0 } })).toBe(false);
    expect(isGood({ ...good, bill: { cents: { month: 0, day: 0 }, changedLines: 2 } })).toBe(false);
  });
});
