import { describe, expect, it } from 'vitest';
import { toIso } from '../../../src/domain/time.ts';
import { nextStart } from './scheduler.ts';

const next = (expression: string, after: string, zone?: string) =>
  toIso(
    nextStart(
      {
        Name: 'main',
        GroupName: 'g',
        State: 'ENABLED',
        ScheduleExpression: expression,
        ...(zone === undefined ? {} : { ScheduleExpressionTimezone: zone }),
        Target: { Arn: 'a', RoleArn: 'r' },
      },
      Date.parse(after),
    ),
  );

describe('the emulated scheduler', () => {
  it('starts a rate so much later, and an hour of the day when it comes next in its zone', () => {
    expect(next('rate(15 minutes)', '2026-11-28T10:00:00Z')).toBe(toIso(Date.UTC(2026, 10, 28, 10, 15)));
    expect(next('cron(0 5 * * ? *)', '2026-11-28T05:00:00Z')).toBe(toIso(Date.UTC(2026, 10, 29, 5)));
    // Five o'clock in Chicago, before and after the clocks go back on 1 November.
    expect(next('cron(0 5 * * ? *)', '2026-10-31T00:00:00Z', 'America/Chicago')).toBe(toIso(Date.UTC(2026, 9, 31, 10)));
    expect(next('cron(0 5 * * ? *)', '2026-10-31T10:00:00Z', 'America/Chicago')).toBe(toIso(Date.UTC(2026, 10, 1, 11)));
    expect(next('cron(0 23 * * ? *)', '2026-11-28T10:00:00Z', 'Pacific/Auckland')).toBe(
      toIso(Date.UTC(2026, 10, 29, 10)),
    );
  });

  it('refuses an expression that it does not know', () => {
    expect(() => next('at(2026-11-28T05:00:00)', '2026-11-28T05:00:00Z')).toThrow('knows no at(');
  });
});
