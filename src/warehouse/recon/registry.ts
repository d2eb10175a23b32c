import type { Check } from './check.ts';
import { uniqueness } from './checks/c06-uniqueness.ts';

/** Every check, in order of its number. */
export const CHECKS: readonly Check[] = [uniqueness];
