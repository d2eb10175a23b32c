import { FaxsyncError } from '../../domain/errors.ts';
import type { Tolerance } from '../../domain/reconciliation.ts';
import type { Check } from './check.ts';

/** Where the page wants the checks and their reasons; what stands between the lines is written anew each time. */
const CHECKS_PLACE = /<!-- checks -->\n[\s\S]*?<!-- end of checks -->/;
const REASONS_PLACE = /<!-- reasons -->\n[\s\S]*?<!-- end of reasons -->/;

/**
 * Writes the two lists of `docs/reconciliation.md` anew: what each check holds against what, and what each reason means. The rest of the
 * page stays as it is.
 * @throws {FaxsyncError} code `check_list_misplaced` when the page has no place for one of them.
 */
export function fillCheckLists(checks: readonly Check[], page: string): string {
  if (!CHECKS_PLACE.test(page) || !REASONS_PLACE.test(page)) {
    throw new FaxsyncError(
      'docs/reconciliation.md has lost a place for its lists: put back "<!-- checks -->" to "<!-- end of checks -->", and the same for reasons.',
      { code: 'check_list_misplaced' },
    );
  }
  return page
    .replace(CHECKS_PLACE, () => `<!-- checks -->\n${checkList(checks)}<!-- end of checks -->`)
    .replace(REASONS_PLACE, () => `<!-- reasons -->\n${reasonList(checks)}<!-- end of reasons -->`);
}

function checkList(checks: readonly Check[]): string {
  const rows = checks.map((check) => {
    const marks = [check.severity, ...(check.isGate ? ['gate'] : []), ...(check.every === 'hour' ? ['hourly'] : [])];
    const cells = [
      `${check.id} ${check.name}`,
      check.left,
      check.right,
      toleranceText(check.tolerance, check.unit),
      marks.join(', '),
      check.why,
    ];
    return `| ${cells.join(' | ')} |\n`;
  });
  return `| check | left | right | tolerance | | why |\n|---|---|---|---|---|---|\n${rows.join('')}`;
}

function toleranceText({ amount, share }: Tolerance, unit: string): string {
  if (amount === null && share === null) return 'any';
  const parts = [
    ...(amount === null ? [] : [amount === 0 ? '0' : `${amount} ${unit}`]),
    ...(share === null ? [] : [`${share * 100} %`]),
  ];
  return parts.join(' and ');
}

function reasonList(checks: readonly Check[]): string {
  const rows = checks.flatMap(({ id, reasons }) =>
    Object.entries(reasons).map(([reason, meaning]) => `| ${id} | \`${reason}\` | ${meaning} |\n`),
  );
  return `| check | reason | what it means, what to do |\n|---|---|---|\n${rows.join('')}`;
}
