import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks, HIPAASecurityChecks, ServerlessChecks } from 'cdk-nag';
import { array, object, parse, string } from 'valibot';
import { afterAll, describe, expect, it } from 'vitest';
import { ACKNOWLEDGED, acknowledgeFindings, pathBelowStack } from '../../infra/acknowledged.ts';
import { FINDINGS_DOCUMENT, fillFindings } from '../../infra/print-findings.ts';
import { StackBench } from './stacks.ts';

const bench = new StackBench();
afterAll(() => bench.close());

/** What CDK writes down of the rule packs' judgement. */
const reportFile = object({
  pluginReports: array(
    object({
      pluginName: string(),
      violations: array(
        object({ ruleName: string(), violatingConstructs: array(object({ constructPath: string() })) }),
      ),
    }),
  ),
});

interface Finding {
  readonly rule: string;
  readonly path: string;
}

/** Synthesizes the app under the three packs and reads what they found; the packs that ran are answered too. */
function judge(app: App): { readonly packs: readonly string[]; readonly findings: readonly Finding[] } {
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new HIPAASecurityChecks(app), new ServerlessChecks(app));
  try {
    app.synth();
  } catch (error) {
    // Findings fail the synth; whatever else went wrong is no finding.
    if (!(error instanceof Error) || error.name !== 'ValidationFailed') throw error;
  }
  const { pluginReports } = parse(
    reportFile,
    JSON.parse(readFileSync(join(app.outdir, 'validation-report.json'), 'utf8')),
  );
  return {
    packs: pluginReports.map(({ pluginName }) => pluginName),
    findings: pluginReports.flatMap(({ violations }) =>
      violations.flatMap(({ ruleName, violatingConstructs }) =>
        violatingConstructs.map(({ constructPath }) => ({ rule: ruleName, path: pathBelowStack(constructPath) })),
      ),
    ),
  };
}

const external = { warehouse: { kind: 'external', connectionsMax: 100 } };

describe('the rule packs AwsSolutions, HIPAA.Security and Serverless', () => {
  it.each([
    ['Aurora', {}],
    ['an external warehouse', external],
    [
      'a standby and a domain',
      {
        warehouse: { hasStandby: true, minAcu: 0 },
        callbacks: {
          domain: { name: 'fax.example.com', certificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/x' },
        },
      },
    ],
    ['two accounts', { accounts: [{ account: 'north' }, { account: 'south-2' }] }],
  ])('find nothing that has no reason, with %s', (_name, over) => {
    const app = bench.app();
    acknowledgeFindings(bench.stack(over, app));
    const { packs, findings } = judge(app);
    expect(packs).toEqual(expect.arrayContaining(['AwsSolutions', 'HIPAA.Security', 'Serverless']));
    expect(findings).toEqual([]);
  });

  it('find everything that a reason is given for, so no reason is out of date', () => {
    const findings = [{ warehouse: { hasStandby: true } }, external].flatMap((over) => {
      const app = bench.app();
      bench.stack(over, app);
      return judge(app).findings;
    });
    const stale = ACKNOWLEDGED.flatMap(({ rule, paths }) =>
      paths
        .filter((pattern) => !findings.some((finding) => finding.rule === rule && pattern.test(finding.path)))
        .map((pattern) => `${rule} ${pattern.source}`),
    );
    expect(stale).toEqual([]);
    console.log(`rule packs: ${findings.length} findings, each acknowledged by one of ${ACKNOWLEDGED.length} reasons`);
  });

  it('are listed with their reasons in the document for the security officer', () => {
    const text = readFileSync(FINDINGS_DOCUMENT, 'utf8');
    expect(fillFindings(text), 'run "npm run generate"').toBe(text);
  });
});
