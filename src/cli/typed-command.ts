/** What calls the program, as it is typed in a checkout; a command and its flags follow. */
export const FAXSYNC = 'npm run -s faxsync --';

/** A value as a shell takes it for one word. */
export function shellWord(value: string): string {
  return /^[\w./@%+=:,-]+$/.test(value) ? value : `'${value.replaceAll("'", "'\\''")}'`;
}
