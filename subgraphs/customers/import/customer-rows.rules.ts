/** Reads the rows of a file, or the items of a JSON body, into checked drafts of customers. */
import type { Decimal } from '#kernel/decimal';
import type { FieldError } from '#kernel/errors';
import { isUuid } from '#kernel/ids';
import { CellReader } from '#kernel/import/cell-reader.rules';
import type { NumberRules } from '#kernel/import/number-marks.rules';
import type { CustomerColumn, NumberedCustomer } from './customer-columns.rules';

/** A row that was read; undefined for an empty cell. The plan decides whether the row creates or updates a customer. */
export interface CustomerDraft {
  readonly row: number;
  readonly id: string | undefined;
  readonly name: string | undefined;
  /** Name of a new customer without `name`. */
  readonly substituteName: string | undefined;
  readonly email: string | undefined;
  readonly phone: string | undefined;
  readonly taxNumber: string | undefined;
  readonly language: string | undefined;
  readonly notes: string | undefined;
  /** A list in JSON, a text in a cell. The plan splits the text, because that depends on the tags that the customer already has. */
  readonly tags: readonly string[] | string | undefined;
  readonly currency: string | undefined;
  readonly creditLimit: Decimal | undefined;
  readonly creditBalance: Decimal | undefined;
  readonly marketingConsent: boolean | undefined;
  readonly errors: readonly FieldError[];
  /** Warnings about a row that can be imported. */
  readonly warnings: readonly FieldError[];
}

/** Columns of codes, which a spreadsheet may have converted to numbers with lost digits. */
const CODES: ReadonlySet<CustomerColumn> = new Set(['phone', 'taxNumber']);

/** Reads a row. Errors are collected, never thrown: an invalid row fails alone. */
export function readCustomer(numbered: NumberedCustomer, numbers: NumberRules): CustomerDraft {
  const read = new CustomerReader(numbered, numbers, CODES);
  return {
    row: numbered.row,
    id: read.id(),
    name: read.fullName(),
    substituteName: read.text('substituteName'),
    email: read.text('email')?.toLowerCase(),
    phone: read.text('phone'),
    taxNumber: read.text('taxNumber'),
    language: read.text('language'),
    notes: read.text('notes'),
    tags: read.tags(),
    currency: read.text('currency')?.toUpperCase(),
    creditLimit: read.decimal('creditLimit'),
    creditBalance: read.decimal('creditBalance'),
    marketingConsent: read.flag('marketingConsent'),
    errors: read.errors,
    warnings: read.warnings,
  };
}

class CustomerReader extends CellReader<CustomerColumn> {
  id(): string | undefined {
    const text = this.text('id')?.toLowerCase();
    if (text === undefined || isUuid(text)) return text;
    this.faults.add('id', `There is no customer with the id "${text.slice(0, 40)}".`, 'NOT_FOUND');
    return undefined;
  }

  /** The name; without it, the person's first and last name, or else the company. */
  fullName(): string | undefined {
    const name = this.text('name');
    const person = [this.text('firstName'), this.text('lastName')]
      .filter((part) => part !== undefined)
      .join(' ');
    const company = this.text('company');
    if (company !== undefined && (name ?? person) !== '') {
      const message =
        'The company is not imported, because the row has a name. Move it to the name or the notes to keep it.';
      this.warned.add('company', message, 'NOT_TAKEN');
    }
    return name ?? (person === '' ? company : person);
  }

  tags(): readonly string[] | string | undefined {
    const value: unknown = this.cells.tags;
    if (!Array.isArray(value)) return this.text('tags');
    if (value.every((tag): tag is string => typeof tag === 'string')) {
      return value.flatMap((tag) => this.stringIn('tags', tag) ?? []);
    }
    this.faults.add('tags', 'Must be a list of texts.', 'TYPE');
    return undefined;
  }
}
