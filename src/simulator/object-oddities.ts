/** An unusual word, field or type among the account's objects, as a mirror must have noted it. */
export interface ObjectOddity {
  /** The object's name in notes. */
  readonly object: string;
  readonly field: string;
  readonly kind: 'unknown_field' | 'unknown_value' | 'unexpected_type';
  /** The unknown word, or the type that was sent. */
  readonly detail: string;
}

/** The field that one adapter carries beyond the known ones. */
export const UNKNOWN_ATA_FIELD = { name: 'firmware_channel', value: 'early' } as const;

/** The status one number ends in. */
export const UNKNOWN_PORT_STATUS = 'heldbycarrier';

/** The direction of one rule. */
export const UNKNOWN_RULE_DIRECTION = 'both';

/** How a ZIP code that is sent as a number shows; there is one such order in every world. */
export const NUMERIC_ZIP: ObjectOddity = {
  object: 'port_order',
  field: 'billing_zip',
  kind: 'unexpected_type',
  detail: 'number',
};

/** How the unknown field shows. */
export const ATA_FIELD_ODDITY: ObjectOddity = {
  object: 'ata',
  field: UNKNOWN_ATA_FIELD.name,
  kind: 'unknown_field',
  detail: 'string',
};

/** How the unknown status shows. */
export const PORT_STATUS_ODDITY: ObjectOddity = {
  object: 'port_number',
  field: 'status',
  kind: 'unknown_value',
  detail: UNKNOWN_PORT_STATUS,
};

/** How the unknown direction shows. */
export const RULE_DIRECTION_ODDITY: ObjectOddity = {
  object: 'blocking_rule',
  field: 'direction',
  kind: 'unknown_value',
  detail: UNKNOWN_RULE_DIRECTION,
};
