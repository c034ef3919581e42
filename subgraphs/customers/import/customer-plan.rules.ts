/** What becomes of a batch of rows: which are new customers, which change one, and why the others cannot be taken. Pure. */
import { ZERO } from '#kernel/decimal';
import type { FieldError } from '#kernel/errors';
import { guardFormula } from '#kernel/formula-guard.rules';
import { foldText } from '#kernel/fold-text.rules';
import { plainCode, plainText } from '#kernel/import/cell-texts.rules';
import type { RowFault, SeenKeys } from '#kernel/import/importer';
import {
  customerErrors,
  normalizeCustomer,
  type CustomerFields,
  type CustomerValues,
} from '../customer-input.rules';
import type { CustomerRow } from '../model';
import { phoneKey } from '../search-keys.rules';
import type { CustomerDraft } from './customer-rows.rules';

/** What holds for all rows of an import. */
export interface CustomerImportRules {
  /** Whether a row that names no customer makes one. */
  readonly creates: boolean;
  /** The currency of accounts. */
  readonly currency: string;
  /** What is wrong with another credit limit; undefined where somebody decides who may. */
  readonly undecided: FieldError | undefined;
  /** What is wrong with an e-mail address that another customer has. */
  readonly emailTaken: FieldError;
}

/** The customers that a batch may mean. */
export type KnownCustomers = readonly CustomerRow[];

/** A row that is taken. */
export interface PlannedCustomer {
  readonly draft: CustomerDraft;
  /** The customer as it is to be. */
  readonly values: CustomerValues;
  /** The customer as it is; undefined for a new one. */
  readonly before: CustomerRow | undefined;
  /** The keys under which the same customer is found again further down in the file. */
  readonly keys: readonly string[];
}

export interface CustomerPlan {
  readonly creates: readonly PlannedCustomer[];
  readonly changes: readonly PlannedCustomer[];
  /** Rows that say what is there already. */
  readonly unchanged: readonly PlannedCustomer[];
  readonly faults: readonly RowFault[];
  readonly oddities: readonly RowFault[];
}

/** Whether the cells of a row stand under their columns; where they do not, what they say is nothing to go by. */
export function isReadable({ errors }: CustomerDraft): boolean {
  return !errors.some(({ field }) => field === 'row');
}

/** The name and number that a customer without e-mail address is known by; undefined where either is missing. */
function contactKey(name: string | null | undefined, phone: string | null | undefined): string | undefined {
  const number = phone == null ? undefined : phoneKey(phone);
  const folded = foldText(name ?? '');
  return number === undefined || folded === '' ? undefined : `contact ${folded} ${number}`;
}

/** Plans a batch. Rows are decided in their order: of two that mean the same customer, the first is taken. */
export function planCustomers(
  rules: CustomerImportRules,
  drafts: readonly CustomerDraft[],
  known: KnownCustomers,
  seen: SeenKeys,
): CustomerPlan {
  const planner = new Planner(rules, known, seen);
  for (const draft of drafts) planner.add(draft);
  return planner;
}

class Planner implements CustomerPlan {
  readonly creates: PlannedCustomer[] = [];
  readonly changes: PlannedCustomer[] = [];
  readonly unchanged: PlannedCustomer[] = [];
  readonly faults: RowFault[] = [];
  readonly oddities: RowFault[] = [];
  private readonly byId: ReadonlyMap<string, CustomerRow>;
  private readonly byEmail: ReadonlyMap<string | null, CustomerRow>;
  private readonly byContact = new Map<string, CustomerRow[]>();
  /** What rows of this batch have named. */
  private readonly taken = new Map<string, number>();

  constructor(
    private readonly rules: CustomerImportRules,
    known: KnownCustomers,
    private readonly seen: SeenKeys,
  ) {
    this.byId = new Map(known.map((customer) => [customer.id, customer]));
    this.byEmail = new Map(known.map((customer) => [customer.email, customer]));
    for (const customer of known) {
      const key = contactKey(customer.name, customer.phone);
      if (key !== undefined) this.byContact.set(key, [...(this.byContact.get(key) ?? []), customer]);
    }
  }

  add(draft: CustomerDraft): void {
    const { row, errors } = draft;
    const unread = new Set(errors.map(({ field }) => field));
    const found = isReadable(draft) ? this.decide(draft, unread) : { faults: [] };
    // What could not be read is said already; what else is wrong with the field would only follow from it.
    const faults = [...errors, ...found.faults.filter(({ field }) => !unread.has(field))];
    this.faults.push(...faults.map((fault) => ({ ...fault, row })));
    if (faults.length > 0 || !found.planned) return;
    const { planned } = found;
    for (const key of planned.keys) this.taken.set(key, row);
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
  ): { planned?: PlannedCustomer; faults: readonly FieldError[] } {
    // Where the cells that name the customer cannot be read, nobody knows whether it is a new one.
    if (unread.has('id') || (draft.id === undefined && unread.has('email'))) return { faults: [] };
    const { before, fault } = this.target(draft);
    if (fault) return { faults: [fault] };
    const wanted = wantedOf(draft, before);
    const currency = before?.currency ?? this.rules.currency;
    const faults = customerErrors(wanted, currency).map((one) =>
      one.field === 'name' && wanted.name === '' ? MISSING_NAME : one,
    );
    const values = normalizeCustomer(wanted);
    const planned = { draft, values, before, keys: keysOf(values, before) };
    return { planned, faults: [...faults, ...this.conflictsOf(planned), ...currencyErrors(draft, currency)] };
  }

  /** What stands in the way of a customer who is sound by itself. */
  private conflictsOf({ draft, values, before, keys }: PlannedCustomer): FieldError[] {
    const twin = keys
      .map((key) => this.seen.get(key) ?? this.taken.get(key))
      .find((row) => row !== undefined);
    const holder = values.email === null ? undefined : this.byEmail.get(values.email);
    const { undecided } = this.rules;
    const sameLimit = values.creditLimit.equals(before?.creditLimit ?? ZERO);
    return [
      ...(twin === undefined ? [] : [duplicateError(draft, twin)]),
      ...(holder && holder.id !== before?.id ? [this.rules.emailTaken] : []),
      ...(undecided && !sameLimit ? [undecided] : []),
    ];
  }

  /** The customer that a row means: by the id, the e-mail address, or the name and number, in this order. */
  private target({ id, email, name, phone }: CustomerDraft): { before?: CustomerRow; fault?: FieldError } {
    if (id !== undefined) {
      const before = this.byId.get(id);
      return before
        ? { before }
        : { fault: notFoundError('id', `There is no customer with the id "${id}".`) };
    }
    const contact = email === undefined ? contactKey(name, phone) : undefined;
    const found =
      email === undefined
        ? contact === undefined
          ? []
          : (this.byContact.get(contact) ?? [])
        : [this.byEmail.get(email)];
    const [before] = found;
    if (found.length > 1) return { fault: AMBIGUOUS };
    if (before) return { before };
    if (this.rules.creates) return {};
    if (email !== undefined) return { fault: notFoundError('email', 'No customer has this e-mail address.') };
    return {
      fault:
        contact === undefined
          ? UNNAMED
          : notFoundError('phone', 'No customer has this name and phone number.'),
    };
  }
}

const MISSING_NAME: FieldError = {
  field: 'name',
  message: 'Is missing, and a new customer needs one.',
  code: 'REQUIRED',
};
const UNNAMED: FieldError = {
  field: 'id',
  message: 'Name the customer by id, by email, or by name and phone.',
  code: 'REQUIRED',
};
const AMBIGUOUS: FieldError = {
  field: 'phone',
  message: 'Several customers have this name and phone number. Name the one by id or email.',
  code: 'AMBIGUOUS',
};

function notFoundError(field: string, message: string): FieldError {
  return { field, message, code: 'NOT_FOUND' };
}

function duplicateError({ id, email }: CustomerDraft, row: number): FieldError {
  const field = id !== undefined ? 'id' : email !== undefined ? 'email' : 'phone';
  return { field, message: `The same customer stands in row ${row} already.`, code: 'ALREADY_EXISTS' };
}

function keysOf({ email, name, phone }: CustomerValues, before: CustomerRow | undefined): string[] {
  const contact = email === null ? contactKey(name, phone) : undefined;
  return [
    ...(before ? [`id ${before.id}`] : []),
    ...(email === null ? [] : [`email ${email}`]),
    ...(contact === undefined ? [] : [contact]),
  ];
}

/** The customer as the row wants it. What the row does not say stays. */
function wantedOf(draft: CustomerDraft, before: CustomerRow | undefined): CustomerFields {
  const present: Partial<CustomerRow> = before ?? {};
  const { creditLimit = present.creditLimit, marketingConsent = present.marketingConsent } = draft;
  return {
    name: kept(draft.name, present.name, plainText) ?? draft.substituteName ?? '',
    email: kept(draft.email, present.email, plainText),
    phone: kept(draft.phone, present.phone, plainCode),
    taxNumber: kept(draft.taxNumber, present.taxNumber, plainCode),
    notes: kept(draft.notes, present.notes, plainText),
    tags: tagsOf(draft.tags, present.tags ?? []),
    creditLimit,
    marketingConsent,
  };
}

type Reading = (text: string) => string;

/** The present text where the cell says nothing, or no more than what reading a cell leaves of it. */
function kept(cell: string | undefined, present: string | null | undefined, reading: Reading): string | null {
  if (present == null) return cell ?? null;
  return cell === undefined || cell === present || isReadingOf(cell, present, reading) ? present : cell;
}

/** Whether a cell that holds the text, as an export to CSV or a workbook has it, is read so. */
function isReadingOf(cell: string, text: string, reading: Reading): boolean {
  return cell === reading(guardFormula(text)) || cell === reading(text);
}

/** An export puts a semicolon between tags; a text without one has commas between them. */
function tagsOf(said: CustomerDraft['tags'], present: readonly string[]): readonly string[] {
  if (said === undefined) return present;
  if (typeof said !== 'string') return said;
  if (isReadingOf(said, present.join(';'), plainText)) return present;
  return said.split(said.includes(';') ? ';' : ',').filter((tag) => tag.trim() !== '');
}

function currencyErrors({ currency }: CustomerDraft, kept: string): FieldError[] {
  if (currency === undefined || currency === kept) return [];
  return [{ field: 'currency', message: `The account is kept in ${kept}.`, code: 'CURRENCY' }];
}

/** What a customer owes comes of sales and payments alone. */
function balanceWarnings({ draft: { creditBalance }, before }: PlannedCustomer): FieldError[] {
  if (creditBalance === undefined || creditBalance.equals(before?.creditBalance ?? ZERO)) return [];
  const message = 'The balance is not taken: what a customer owes comes of sales and payments.';
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
