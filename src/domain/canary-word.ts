/**
 * The word that every text of the daily canary's made-up fax holds. No log line may ever hold it: filters on the logs look for it, and what
 * would let it through would let a patient's name through. It is no name of ours: the function `faxsync-canary` writes its own into every line.
 */
export const CANARY_WORD = 'canary-faxsync';
