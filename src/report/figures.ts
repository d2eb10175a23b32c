// Made once: making it takes far longer than using it.
const COUNTS = new Intl.NumberFormat('en-US');

/** A count with commas: 12,345. */
export function countText(count: number): string {
  return COUNTS.format(count);
}

/** A share with one decimal, `7.3 %`; a dash where there is nothing to share. Never rounds to 0 or 100 what is not. */
export function shareText(part: number, of: number): string {
  if (of === 0) return '–';
  const tenths = Math.round((part * 1000) / of);
  if (tenths === 0 && part > 0) return '< 0.1 %';
  if (tenths === 1000 && part < of) return '> 99.9 %';
  return `${(tenths / 10).toFixed(1)} %`;
}

/** A share in whole percents for a sentence: `35 %`. */
export function roundShare(part: number, of: number): string {
  return of === 0 ? '–' : `${Math.round((part * 100) / of)} %`;
}

/** Dollars without cents, for the ticks of an axis. */
export function axisDollars(cents: number): string {
  const text =
    Math.abs(cents) >= 1_000_00 || cents % 100 === 0
      ? Math.abs(Math.round(cents / 100)).toLocaleString('en-US')
      : (Math.abs(cents) / 100).toFixed(2);
  return `${cents < 0 ? '−' : ''}$${text}`;
}

/** Seconds in short, for a column of figures: `48 s`, `3m 20s`, `2h 05m`, `3 days`. */
export function secondsText(seconds: number): string {
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m ${String(seconds % 60).padStart(2, '0')}s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours}h ${String(minutes % 60).padStart(2, '0')}m`;
  return `${Math.floor(hours / 24)} days`;
}

/** An area by its digits: `+1 414`, `+4420`. */
export function areaText(prefix: string): string {
  return prefix.startsWith('+1') ? `+1 ${prefix.slice(2)}` : prefix;
}

/** Own numbers are shown by their last two digits, whatever is given; those that end alike get letters in the order given: `•••• 47 (a)`. */
export function maskedNumbers(endings: readonly string[]): string[] {
  const masked = endings.map((ending) => `•••• ${ending.replace(/\D/g, '').slice(-2)}`);
  return masked.map((name, at) => {
    if (masked.filter((other) => other === name).length === 1) return name;
    const place = masked.slice(0, at).filter((other) => other === name).length;
    return `${name} (${String.fromCharCode(97 + place)})`;
  });
}

/** What the classes of errors mean to people. */
const CLASSES: Readonly<Record<string, string>> = {
  retry_soon: 'Line trouble, busy',
  retry_later: 'No answer, refused',
  bad_number: 'Wrong number',
  bad_document: 'Bad document',
  cancelled: 'Cancelled',
  money: 'No money left',
  system: 'Fault at provider',
  simulated: 'Simulated',
  unknown: 'Not described yet',
};

/** A class of errors in two or three words; one that is not known here as it is. */
export function className(errorClass: string): string {
  return CLASSES[errorClass] ?? errorClass.replaceAll('_', ' ');
}

/** Minutes as people say them: `4 min`, `26 h`, `3 days`. */
export function spanText(minutes: number): string {
  if (minutes < 120) return `${minutes} min`;
  if (minutes < 48 * 60) return `${Math.floor(minutes / 60)} h`;
  return `${Math.floor(minutes / 1440)} days`;
}
