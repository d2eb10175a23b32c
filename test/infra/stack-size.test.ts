import { Template } from 'aws-cdk-lib/assertions';
import { afterAll, describe, expect, it } from 'vitest';
import { resourcesNeeded } from '../../infra/check-settings.ts';
import { StackBench, settingsWith } from './stacks.ts';
import { resources } from './template.ts';

const bench = new StackBench();
afterAll(() => bench.close());

function accountsOf(count: number): { readonly account: string }[] {
  return Array.from({ length: count }, (_, at) => ({ account: `clinic-${at}` }));
}

describe('a stack of many accounts', () => {
  it.each([1, 2, 15])('has about as many resources as the settings are checked by, and no more, with %i', (count) => {
    const over = { accounts: accountsOf(count), warehouse: { hasStandby: true } };
    const made = Object.keys(Template.fromStack(bench.stack(over)).toJSON()['Resources'] as object).length;
    const needed = resourcesNeeded(settingsWith(over));
    expect(made).toBeLessThanOrEqual(needed);
    expect(needed - made).toBeLessThan(10 + 2 * count);
  });

  it('shows no more alarms on the dashboard than one widget takes, and those that wake people first', () => {
    const many = Template.fromStack(bench.stack({ accounts: accountsOf(15) }));
    const [board] = resources(many, 'AWS::CloudWatch::Dashboard').values();
    const shown =
      JSON.stringify(board?.Properties['DashboardBody']).match(/"Fn::GetAtt":\["Operations\w+","Arn"\]/g) ?? [];
    expect(resources(many, 'AWS::CloudWatch::Alarm').size).toBeGreaterThan(100);
    expect(shown).toHaveLength(100);
    expect(shown.filter((place) => place.includes('OperationsFreshness'))).toHaveLength(15);
  });
});
