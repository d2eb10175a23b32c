-- Why: what the provider says of money by mail is imported from files, so that the bill can be held against it line by line.
-- Locks: new tables only. Safe with the code before it: yes, nothing reads them.

create table recon.invoices (
  account_id integer not null,
  invoice_id text not null,
  period date not null,
  issued_on date not null,
  line_count integer not null,
  total_cents bigint not null,
  content_digest text not null,
  imported_at timestamptz not null,
  imported_by text not null,
  constraint invoices_pkey primary key (account_id, invoice_id)
);
create index invoices_period on recon.invoices (account_id, period);
comment on table recon.invoices is 'Invoices of the provider as they were imported, one row each; never changed. A corrected invoice is another one with a number of its own, with lines for the difference.';
comment on column recon.invoices.account_id is 'warehouse.accounts.account_id.';
comment on column recon.invoices.invoice_id is 'Number of the invoice (column invoice_id of the file).';
comment on column recon.invoices.period is 'First day of the month it bills (period).';
comment on column recon.invoices.issued_on is 'Day it was issued (issued_on).';
comment on column recon.invoices.line_count is 'Its lines.';
comment on column recon.invoices.total_cents is 'Their sum in US cents, taxes included.';
comment on column recon.invoices.content_digest is 'SHA-256 over its lines as read: the same invoice again does nothing, another one under its number is refused.';
comment on column recon.invoices.imported_at is 'When it was imported.';
comment on column recon.invoices.imported_by is 'Who imported it.';

create table recon.invoice_lines (
  account_id integer not null,
  invoice_id text not null,
  line_no integer not null,
  charge_kind text not null,
  country text,
  description text,
  quantity numeric,
  cents bigint not null,
  is_tax boolean not null,
  constraint invoice_lines_pkey primary key (account_id, invoice_id, line_no),
  constraint invoice_lines_kind_known check (charge_kind in ('sent', 'received', 'rent'))
);
comment on table recon.invoice_lines is 'Lines of the imported invoices; never changed.';
comment on column recon.invoice_lines.account_id is 'warehouse.accounts.account_id.';
comment on column recon.invoice_lines.invoice_id is 'recon.invoices.invoice_id.';
comment on column recon.invoice_lines.line_no is 'Number of the line (line_no).';
comment on column recon.invoice_lines.charge_kind is 'sent, received or rent (charge_kind).';
comment on column recon.invoice_lines.country is 'ISO 3166-1 alpha-2 (country); null where the line has none: it then holds what no other line of its kind names.';
comment on column recon.invoice_lines.description is 'Text of the line (description).';
comment on column recon.invoice_lines.quantity is 'Pages or months (quantity); null where not given.';
comment on column recon.invoice_lines.cents is 'Amount in US cents (amount, dollars).';
comment on column recon.invoice_lines.is_tax is 'True for taxes, which no charge of ours is held against (tax).';

create table recon.receipts (
  account_id integer not null,
  receipt_id text not null,
  paid_at timestamptz not null,
  cents bigint not null,
  method text,
  note text,
  imported_at timestamptz not null,
  imported_by text not null,
  constraint receipts_pkey primary key (account_id, receipt_id)
);
create index receipts_paid on recon.receipts (account_id, paid_at);
comment on table recon.receipts is 'Payments into the prepaid balance as they were imported, one row each; never changed.';
comment on column recon.receipts.account_id is 'warehouse.accounts.account_id.';
comment on column recon.receipts.receipt_id is 'Number of the receipt (column receipt_id of the file).';
comment on column recon.receipts.paid_at is 'When it was paid (paid_at).';
comment on column recon.receipts.cents is 'Amount in US cents (amount, dollars).';
comment on column recon.receipts.method is 'How it was paid (method); null where not given.';
comment on column recon.receipts.note is 'What else the file said (note); null where nothing.';
comment on column recon.receipts.imported_at is 'When it was imported.';
comment on column recon.receipts.imported_by is 'Who imported it.';

select recon.protect_table(name), recon.keep_rows(name, false) from unnest(array['invoices', 'invoice_lines', 'receipts']) name;
