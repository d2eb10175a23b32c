// Placeholder until generate-types.ts runs.
export interface DB {}
