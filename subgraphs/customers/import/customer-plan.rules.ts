/** Plans a batch of rows: new customers, changed customers, and the errors of rows that cannot be imported. */
import { ZERO } from '#kernel/decimal';
import type { FieldError } from '#kernel/errors';
import { guardFormula } from '#kernel/formula-guard.rules';
import { foldText } from '#kernel/fold-text.rules';
import { plainCode, plainText } from '#kernel/import/cell-texts.rules';
import type { RowError, SeenKeys } from '#kernel/import/importer';
import {
  customerErrors,
  normalizeCustomer,
  type CustomerFields,
  type CustomerValues,
} from '../customer-input.rules';
import type { CustomerRow } from '../model';
import { phoneKey } from '../search-keys.rules';
import type { CustomerDraft } from './customer-rows.rules';

/** Rules of an import that apply to all its rows. */
export interface CustomerImportRules {
  /** Whether a row that names no existing customer creates one. */
  readonly creates: boolean;
  /** The currency of accounts. */
  readonly currency: string;
  /** The country of phone numbers without a country code, ISO 3166-1 alpha-2; undefined if it is unknown. */
  readonly country: string | undefined;
  /** The error of a changed credit limit; undefined if the caller may set credit limits. */
  readonly undecided: FieldError | undefined;
  /** The error of an e-mail address that another customer has. */
  readonly emailTaken: FieldError;
}

/** A row that can be imported. */
export interface PlannedCustomer {
  readonly draft: CustomerDraft;
  /** The customer's new values. */
  readonly values: CustomerValues;
  /** The present customer; undefined for a new one. */
  readonly before: CustomerRow | undefined;
  /** The keys that identify the same customer further down in the file. */
  readonly keys: readonly string[];
}

export interface CustomerPlan {
  readonly creates: readonly PlannedCustomer[];
  readonly changes: readonly PlannedCustomer[];
  /** Rows that change nothing. */
  readonly unchanged: readonly PlannedCustomer[];
  readonly faults: readonly RowError[];
  readonly oddities: readonly RowError[];
}

/** Whether the cells of a row are under their columns; otherwise their values cannot be used. */
export function isReadable({ errors }: CustomerDraft): boolean {
  return !errors.some(({ field }) => field === 'row');
}

/** The name and number that identify a customer without an e-mail address; undefined if either is missing. */
function contactKey(name: string | null | undefined, phone: string | null | undefined): string | undefined {
  const number = phone == null ? undefined : phoneKey(phone);
  const folded = foldText(name ?? '');
  return number === undefined || folded === '' ? undefined : `contact ${folded} ${number}`;
}

/** Plans a batch. Rows are decided in their order: of two rows of the same customer, the first is imported. */
export function planCustomers(
  rules: CustomerImportRules,
  drafts: readonly CustomerDraft[],
  customers: readonly CustomerRow[],
  seen: SeenKeys,
): CustomerPlan {
  const planner = new Planner(rules, customers, seen);
  for (const draft of drafts) planner.add(draft);
  return planner;
}

class Planner implements CustomerPlan {
  readonly creates: PlannedCustomer[] = [];
  readonly changes: PlannedCustomer[] = [];
  readonly unchanged: PlannedCustomer[] = [];
  readonly faults: RowError[] = [];
  readonly oddities: RowError[] = [];
  private readonly byId: ReadonlyMap<string, CustomerRow>;
  private readonly byEmail: ReadonlyMap<string | null, CustomerRow>;
  private readonly byContact = new Map<string, CustomerRow[]>();
  /** Rows of this batch by their keys. */
  private readonly rowsByKey = new Map<string, number>();

  constructor(
    private readonly rules: CustomerImportRules,
    customers: readonly CustomerRow[],
    private readonly seen: SeenKeys,
  ) {
    this.byId = new Map(customers.map((customer) => [customer.id, customer]));
    this.byEmail = new Map(customers.map((customer) => [customer.email, customer]));
    for (const customer of customers) {
      const key = contactKey(customer.name, customer.phone);
      if (key !== undefined) this.byContact.set(key, [...(this.byContact.get(key) ?? []), customer]);
    }
  }

  add(draft: CustomerDraft): void {
    const { row, errors } = draft;
    const unread = new Set(errors.map(({ field }) => field));
    const decision = isReadable(draft) ? this.decide(draft, unread) : { errors: [] };
    // A field that could not be read has its error already; further errors would only follow from it.
    const rowErrors = [...errors, ...decision.errors.filter(({ field }) => !unread.has(field))];
    this.faults.push(...rowErrors.map((error) => ({ ...error, row })));
    if (rowErrors.length > 0 || !decision.planned) return;
    const { planned } = decision;
    for (const key of planned.keys) this.rowsByKey.set(key, row);
    this.oddities.push(
      ...[...draft.warnings, ...balanceWarnings(planned)].map((warning) => ({ ...warning, row })),
    );
    if (!planned.before) this.creates.push(planned);
    else if (isSame(planned.values, planned.before)) this.unchanged.push(planned);
    else this.changes.push(planned);
  }

  private decide(
    draft: CustomerDraft,
    unread: ReadonlySet<string>,
  ): { planned?: PlannedCustomer; errors: readonly FieldError[] } {
    // If the cells that name the customer cannot be read, the row may mean a new or an existing customer.
    if (unread.has('id') || (draft.id === undefined && unread.has('email'))) return { errors: [] };
    const { before, error } = this.target(draft);
    if (error) return { errors: [error] };
    const fields = fieldsOf(draft, before);
    const currency = before?.currency ?? this.rules.currency;
    const errors = customerErrors(fields, currency).map((fieldError) =>
      fieldError.field === 'name' && fields.name === '' ? MISSING_NAME : fieldError,
    );
    const values = normalizeCustomer(fields, this.rules.country, before);
    const planned = { draft, values, before, keys: keysOf(values, before) };
    return { planned, errors: [...errors, ...this.conflictsOf(planned), ...currencyErrors(draft, currency)] };
  }

  /** Errors of a valid row that conflicts with other rows, other customers or the caller's permission. */
  private conflictsOf({ draft, values, before, keys }: PlannedCustomer): FieldError[] {
    const earlierRow = keys
      .map((key) => this.seen.get(key) ?? this.rowsByKey.get(key))
      .find((row) => row !== undefined);
    const holder = values.email === null ? undefined : this.byEmail.get(values.email);
    const { undecided } = this.rules;
    const sameLimit = values.creditLimit.equals(before?.creditLimit ?? ZERO);
    return [
      ...(earlierRow === undefined ? [] : [duplicateError(draft, earlierRow)]),
      ...(holder && holder.id !== before?.id ? [this.rules.emailTaken] : []),
      ...(undecided && !sameLimit ? [undecided] : []),
    ];
  }

  /** The customer that a row means: by the id, the e-mail address, or the name and number, in this order. */
  private target({ id, email, name, phone }: CustomerDraft): { before?: CustomerRow; error?: FieldError } {
    if (id !== undefined) {
      const before = this.byId.get(id);
      return before
        ? { before }
        : { error: notFoundError('id', `There is no customer with the id "${id}".`) };
    }
    const contact = email === undefined ? contactKey(name, phone) : undefined;
    const matches =
      email === undefined
        ? contact === undefined
          ? []
          : (this.byContact.get(contact) ?? [])
        : [this.byEmail.get(email)];
    const [before] = matches;
    if (matches.length > 1) return { error: AMBIGUOUS };
    if (before) return { before };
    if (this.rules.creates) return {};
    if (email !== undefined) return { error: notFoundError('email', 'No customer has this e-mail address.') };
    return {
      error:
        contact === undefined
          ? UNNAMED
          : notFoundError('phone', 'No customer has this name and phone number.'),
    };
  }
}

const MISSING_NAME: FieldError = {
  field: 'name',
  message: 'Is missing; a new customer needs a name.',
  code: 'REQUIRED',
};
const UNNAMED: FieldError = {
  field: 'id',
  message: 'Name the customer by id, by email, or by name and phone.',
  code: 'REQUIRED',
};
const AMBIGUOUS: FieldError = {
  field: 'phone',
  message: 'Several customers have this name and phone number. Name the customer by id or email.',
  code: 'AMBIGUOUS',
};

function notFoundError(field: string, message: string): FieldError {
  return { field, message, code: 'NOT_FOUND' };
}

function duplicateError({ id, email }: CustomerDraft, row: number): FieldError {
  const field = id !== undefined ? 'id' : email !== undefined ? 'email' : 'phone';
  return { field, message: `Row ${row} already has the same customer.`, code: 'ALREADY_EXISTS' };
}

function keysOf({ email, name, phone }: CustomerValues, before: CustomerRow | undefined): string[] {
  const contact = email === null ? contactKey(name, phone) : undefined;
  return [
    ...(before ? [`id ${before.id}`] : []),
    ...(email === null ? [] : [`email ${email}`]),
    ...(contact === undefined ? [] : [contact]),
  ];
}

/** The customer's fields after the import of a row. Empty cells do not change a field. */
function fieldsOf(draft: CustomerDraft, before: CustomerRow | undefined): CustomerFields {
  const present: Partial<CustomerRow> = before ?? {};
  const { creditLimit = present.creditLimit, marketingConsent = present.marketingConsent } = draft;
  return {
    code: present.code ?? null,
    name: cellOrPresent(draft.name, present.name, plainText) ?? draft.substituteName ?? '',
    email: cellOrPresent(draft.email, present.email, plainText),
    phone: cellOrPresent(draft.phone, present.phone, plainCode),
    taxNumber: cellOrPresent(draft.taxNumber, present.taxNumber, plainCode),
    language: draft.language ?? present.language ?? null,
    notes: cellOrPresent(draft.notes, present.notes, plainText),
    tags: tagsOf(draft.tags, present.tags ?? []),
    creditLimit,
    paymentDays: present.paymentDays,
    marketingConsent,
  };
}

type Reading = (text: string) => string;

/** The cell's text; the present text if the cell is empty, or differs only by what an export and reading change. */
function cellOrPresent(
  cell: string | undefined,
  present: string | null | undefined,
  reading: Reading,
): string | null {
  if (present == null) return cell ?? null;
  return cell === undefined || cell === present || isReadingOf(cell, present, reading) ? present : cell;
}

/** Whether an exported text, in CSV or in a workbook, is read as this cell. */
function isReadingOf(cell: string, text: string, reading: Reading): boolean {
  return cell === reading(guardFormula(text)) || cell === reading(text);
}

/** An export separates tags by semicolons; in a text without a semicolon, commas separate them. */
function tagsOf(tags: CustomerDraft['tags'], present: readonly string[]): readonly string[] {
  if (tags === undefined) return present;
  if (typeof tags !== 'string') return tags;
  if (isReadingOf(tags, present.join(';'), plainText)) return present;
  return tags.split(tags.includes(';') ? ';' : ',').filter((tag) => tag.trim() !== '');
}

function currencyErrors({ currency }: CustomerDraft, accountCurrency: string): FieldError[] {
  if (currency === undefined || currency === accountCurrency) return [];
  return [
    { field: 'currency', message: `The currency of the account is ${accountCurrency}.`, code: 'CURRENCY' },
  ];
}

/** Warns of a changed balance: only sales and payments change it. */
function balanceWarnings({ draft: { creditBalance }, before }: PlannedCustomer): FieldError[] {
  if (creditBalance === undefined || creditBalance.equals(before?.creditBalance ?? ZERO)) return [];
  const message = 'The balance is not imported: only sales and payments change it.';
  return [{ field: 'creditBalance', message, code: 'NOT_TAKEN' }];
}

function isSame(values: CustomerValues, before: CustomerRow): boolean {
  const { tags, creditLimit, ...texts } = values;
  return (
    creditLimit.equals(before.creditLimit) &&
    tags.length === before.tags.length &&
    tags.every((tag, at) => tag === before.tags[at]) &&
    Object.entries(texts).every(([field, value]) => value === before[field as keyof typeof texts])
  );
}
