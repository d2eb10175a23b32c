/** One error of the provider as a fax or recipient carries it. */
export interface FaxError {
  readonly id: number;
  readonly type: string;
  readonly message: string;
}

/**
 * What an error means for the next attempt:
 * R retry soon, L retry later, N number bad, D document bad, U user or time-out cancel, B money, X system, S simulated.
 */
export type ErrorClass = 'R' | 'L' | 'N' | 'D' | 'U' | 'B' | 'X' | 'S';

type Row = readonly [type: string, ids: readonly number[], message: string, errorClass: ErrorClass];

const DOCUMENT = 'documentConversionError';
const LINE = 'lineError';
const FAX = 'faxError';
const FATAL = 'fatalError';
const GENERAL = 'generalError';

// The table of docs/provider.md; several ids share one message, and one id may occur under two types.
const ROWS: readonly Row[] = [
  [DOCUMENT, [4, 51, 69], 'There was a problem in converting and merging files to the output file format.', 'D'],
  [DOCUMENT, [54], 'Could not access the url you provided.', 'D'],
  [DOCUMENT, [55], 'The string_data URL you provided is invalid', 'D'],
  [DOCUMENT, [57], 'There was a problem storing the file you provided.', 'X'],
  [DOCUMENT, [122], 'User simulated Document Conversion Error', 'S'],
  [DOCUMENT, [128], 'Could not determine mimetype for file.', 'D'],
  [DOCUMENT, [129], 'Mimetype not supported.', 'D'],
  [DOCUMENT, [130], 'Mimetype not supported: application/xml', 'D'],
  [DOCUMENT, [133], 'Failed to normalize PDF document', 'D'],
  [LINE, [11, 64, 89, 93, 96, 103, 104, 106, 107, 108, 109, 114], 'The call dropped prematurely', 'R'],
  [LINE, [15, 74, 98, 101, 102, 111, 124], 'Congestion', 'R'],
  [LINE, [16, 39], 'Ring Timeout', 'L'],
  [LINE, [17, 35, 90, 118], 'Busy', 'R'],
  [LINE, [19], 'Immediate Hangup', 'L'],
  [LINE, [30, 87, 94], 'No answer from the fax machine', 'L'],
  [LINE, [32, 71, 92, 95], 'Incompatible destination', 'N'],
  [LINE, [34, 47, 91, 116, 123], 'Phone number not operational', 'N'],
  [LINE, [36, 37, 56, 58, 59, 61, 62, 81, 83, 97, 99], 'Telephony error', 'R'],
  [LINE, [43], 'Problem establishing connection', 'R'],
  [LINE, [49], 'The Receiving Phone Number Is Not Operational', 'N'],
  [LINE, [50, 85], 'Call rejected', 'L'],
  [LINE, [52], 'No route available', 'N'],
  [LINE, [73], 'Number changed', 'N'],
  [LINE, [115], 'The phone number has been changed', 'N'],
  [LINE, [88], 'Network Error', 'R'],
  [LINE, [110], 'Network error', 'R'],
  [LINE, [100], 'Problem with remote carrier', 'R'],
  [LINE, [112], 'No answer', 'L'],
  [LINE, [121], 'User requested simulated lineError', 'S'],
  [FAX, [6, 82], 'There was an error communicating with the far side', 'R'],
  [FAX, [7], 'Far end cannot receive at the size of the image', 'N'],
  [FAX, [25], 'Far end cannot receive at the resolution of the image', 'N'],
  [FAX, [8], 'No response after sending a page', 'R'],
  [FAX, [10], 'Disconnected after permitted retries', 'R'],
  [FAX, [12], 'Received no response to DCS or TCF', 'R'],
  [FAX, [13], 'Timed out waiting for the first message', 'R'],
  [FAX, [14], 'Timed out waiting for initial communication', 'R'],
  [FAX, [18], 'Unexpected message received', 'R'],
  [FAX, [20], 'The HDLC carrier did not stop in a timely manner', 'R'],
  [FAX, [21], 'Received a DCN from remote after sending a page', 'R'],
  [FAX, [22], 'Received bad response to DCS or training', 'R'],
  [FAX, [26], 'The remote fax machine failed to respond', 'L'],
  [FAX, [28], 'Failed to train with any of the compatible modems', 'R'],
  [FAX, [29], 'Invalid response after sending a page', 'R'],
  [FAX, [31, 33, 45], 'Fax machine incompatibility', 'N'],
  [FAX, [38], 'The remote fax machine hung up before receiving fax', 'R'],
  [FAX, [40, 42, 44, 78], 'Telephony error', 'R'],
  [FAX, [41], 'Unexpected DCN while waiting for DCS or DIS', 'R'],
  [FAX, [46], 'Insufficient funds to send fax and not able to auto recharge: card charge problem', 'B'],
  [FAX, [48], 'No answer (The Receiving Machine May Be Out Of Paper)', 'L'],
  [FAX, [53], 'Unexpected DCN after EOM or MPS sequence', 'R'],
  [FAX, [60], 'Transmission error after page break', 'R'],
  [FAX, [63, 65, 66, 67, 70, 72], 'Fax protocol error', 'R'],
  [FAX, [68], 'Far end is not compatible', 'N'],
  [FAX, [75], 'Manually canceled by user', 'U'],
  [FAX, [76], 'Canceled automatically because timeout exceeded', 'U'],
  [FAX, [77], 'Timed out waiting for receiver ready (ECM mode)', 'R'],
  [FAX, [79], "Can't cancel the fax, it's already complete!", 'U'],
  [FAX, [80], 'Received a DCN while waiting for a DIS', 'R'],
  [FAX, [84], 'Unexpected command after page received', 'R'],
  [FAX, [113], 'The file for this fax has been deleted or is not accessible.', 'D'],
  [FAX, [117], 'No pages received', 'R'],
  [FAX, [119], 'User requested simulated faxError', 'S'],
  [FAX, [131], 'Incomplete transmission', 'R'],
  [FAX, [132], 'No fax tone detected', 'N'],
  [FAX, [133], 'Phone number is not permitted', 'N'],
  [FATAL, [9], 'Could not send the file to the fax server for spooling', 'X'],
  [FATAL, [23], 'There was a problem in the final stages of sending your fax.', 'X'],
  [FATAL, [24], 'Error 500 - There was a problem in processing your request', 'X'],
  [FATAL, [126], 'User requested simulated fatalError', 'S'],
  [GENERAL, [3], 'General error. Contact Phaxio support.', 'X'],
  [GENERAL, [5, 105], 'Insufficient funds to send fax and not able to auto recharge.', 'B'],
  [
    GENERAL,
    [86],
    'Insufficient funds to send fax and not able to auto recharge after 4 or more failed billing attempts.',
    'B',
  ],
  [
    GENERAL,
    [125],
    'Insufficient funds to send fax and not able to auto recharge after repeated attempts in 2 hours.',
    'B',
  ],
  [GENERAL, [120], 'User requested generalError', 'S'],
];

/** An error with what it means; one row an id. */
export interface ErrorRow extends FaxError {
  readonly errorClass: ErrorClass;
}

/** Every error known, one row a (type, id). */
export const ERROR_TABLE: readonly ErrorRow[] = ROWS.flatMap(([type, ids, message, errorClass]) =>
  ids.map((id) => ({ id, type, message, errorClass })),
);

function oneOf(type: string, id: number): ErrorRow {
  const row = ERROR_TABLE.find((candidate) => candidate.type === type && candidate.id === id);
  // Only called with the literals below, at load time.
  return row ?? { id, type, message: '', errorClass: 'X' };
}

/** A cancel by hand, a cancel by time-out, a cancel that came too late. */
export const CANCELED_BY_USER: ErrorRow = oneOf(FAX, 75);
export const CANCELED_BY_TIMEOUT: ErrorRow = oneOf(FAX, 76);
export const CANCEL_TOO_LATE: ErrorRow = oneOf(FAX, 79);

/** The failure of a received fax that broke off. */
export const CALL_DROPPED: ErrorRow = oneOf(LINE, 11);

/** The simulated error of a type (`test_fail`); null when the type is not one of the five. */
export function simulatedError(type: string): ErrorRow | null {
  return ERROR_TABLE.find((row) => row.errorClass === 'S' && row.type === type) ?? null;
}

function rowsOf(type: string): readonly ErrorRow[] {
  return ERROR_TABLE.filter((row) => row.type === type && row.errorClass !== 'S' && row.errorClass !== 'U');
}

/** Errors drawn for failing faxes by how often their type occurs; simulated errors and cancels are not among them. */
export const DRAWN_ERRORS: ReadonlyArray<readonly [readonly ErrorRow[], number]> = [
  [rowsOf(LINE), 62],
  [rowsOf(FAX), 22],
  [rowsOf(DOCUMENT), 9],
  [rowsOf(FATAL), 3],
  [rowsOf(GENERAL), 4],
];
