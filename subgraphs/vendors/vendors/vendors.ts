/** Vendors: entered, changed, and moved from state to state. */
import { cleanName, emptyToNull } from '#kernel/clean-text.rules';
import type { RequestContext } from '#kernel/context';
import type { Transaction } from '#kernel/db/database';
import { transact } from '#kernel/db/transact';
import { mapUniqueViolations } from '#kernel/db/unique-violations';
import { isChanged, lockVersion } from '#kernel/db/versions';
import { ZERO } from '#kernel/decimal';
import { nameKey } from '#kernel/fold-text.rules';
import { emailErrors, nameErrors, rangeErrors, textErrors, throwFieldErrors } from '#kernel/validation';
import { organizationCurrency } from '#subgraphs/auth/index';
import { vendorChanged } from '../events';
import type {
  CreateVendorInput,
  UpdateVendorAccountInput,
  UpdateVendorInput,
  VendorStepInput,
} from '../inputs.generated';
import { vendors, type VendorRow } from '../tables.generated';
import { NO_ACCOUNT, checkedAccount, isSameAccount, type StoredAccount } from './bank-account.rules';
import { requireVendor } from './vendors.queries';
import { nextStatus, statusAfterBankChange, type VendorAction } from './vendor-states.rules';

const DEFAULT_HOLD_DAYS = 14;
const TAKEN = {
  vendors_organization_id_name_key_key: {
    field: 'name',
    message: 'Another vendor has this name.',
    code: 'TAKEN',
  },
};

/**
 * Enters a vendor, who waits for approval. Emits "vendor.changed".
 * @throws PosProError 422 by field; 409 ALREADY_EXISTS for a taken name.
 */
export async function createVendor(
  ctx: RequestContext,
  input: CreateVendorInput,
  id = ctx.ids.next(),
): Promise<VendorRow> {
  const { bankAccount, ...fields } = input;
  const values = checkedFields(fields);
  const account = givenAccount(bankAccount) ?? NO_ACCOUNT;
  return mapUniqueViolations(TAKEN, () =>
    transact(
      ctx,
      async (tx) => {
        const { organizationId, now } = tx;
        const times = { createdAt: now, updatedAt: now };
        const currency = await organizationCurrency(tx, organizationId);
        const vendor = await tx.prisma.vendor.create({
          data: { id, organizationId, currency, ...values, ...account, ...times },
        });
        emitVendorChanged(tx, vendor, 'created');
        return toRow(vendor);
      },
      { idempotent: { operation: 'createVendor', input } },
    ),
  );
}

/**
 * Changes a vendor. Another bank account sends an approved vendor back to review. Emits "vendor.changed".
 * @throws PosProError 404; 422 by field; 409 ALREADY_EXISTS for a taken name, CONFLICT for another version.
 */
export async function updateVendor(
  ctx: RequestContext,
  id: string,
  { version, bankAccount, ...changes }: UpdateVendorInput,
): Promise<VendorRow> {
  const account = givenAccount(bankAccount);
  return mapUniqueViolations(TAKEN, () =>
    transact(ctx, async (tx) => {
      const before = await lockVersion(tx, vendors, 'vendor', { id, version });
      const values = checkedFields({ ...before, ...changes, name: changes.name ?? before.name });
      const after = await tx.prisma.vendor.update({
        where: { id: before.id },
        data: { ...values, ...changedAccount(before, account), updatedAt: tx.now },
      });
      if (isChanged(before, after)) emitVendorChanged(tx, after, 'updated');
      return toRow(after);
    }),
  );
}

/**
 * Changes the bank account of a vendor, for the shop or for a user of the vendor. Another one sends an approved vendor back to review.
 * Emits "vendor.changed".
 * @throws PosProError 404, also for the other vendors of a vendor's user; 422 by field; 409 CONFLICT for another version.
 */
export async function updateVendorAccount(
  ctx: RequestContext,
  id: string,
  { version, bankAccount }: UpdateVendorAccountInput,
): Promise<VendorRow> {
  await requireVendor(ctx.db, id);
  const account = givenAccount(bankAccount)!;
  return transact(ctx, async (tx) => {
    const before = await lockVersion(tx, vendors, 'vendor', { id, version });
    if (isSameAccount(before, account)) return before;
    const after = await tx.prisma.vendor.update({
      where: { id: before.id },
      data: { ...changedAccount(before, account), updatedAt: tx.now },
    });
    emitVendorChanged(tx, after, 'updated');
    return toRow(after);
  });
}

/** The columns that change with an account: those of the account, and the status, since a person must look at another one. */
function changedAccount(
  before: VendorRow,
  account: StoredAccount | undefined,
): Partial<StoredAccount & Pick<VendorRow, 'status' | 'statusReason'>> {
  if (!account || isSameAccount(before, account)) return {};
  const status = statusAfterBankChange(before.status);
  return status === before.status
    ? account
    : { ...account, status, statusReason: 'The bank account changed.' };
}

/**
 * Moves a vendor to another state. Emits "vendor.changed".
 * @throws PosProError 404; 409 ILLEGAL_STATE for a step that the state does not permit, CONFLICT for another version; 422 by field.
 */
export async function moveVendor(
  ctx: RequestContext,
  id: string,
  action: VendorAction,
  { reason, version }: VendorStepInput,
): Promise<VendorRow> {
  throwFieldErrors(textErrors('reason', reason, { max: 500 }));
  return transact(ctx, async (tx) => {
    const before = await lockVersion(tx, vendors, 'vendor', { id, version });
    const status = nextStatus(before, action);
    const after = await tx.prisma.vendor.update({
      where: { id: before.id },
      data: { status, statusReason: emptyToNull(reason), updatedAt: tx.now },
    });
    emitVendorChanged(tx, after, 'updated');
    return toRow(after);
  });
}

type GivenFields = Omit<CreateVendorInput, 'bankAccount'>;

/** The fields as they are stored. @throws PosProError 422 by field. */
function checkedFields(given: GivenFields) {
  const { name, legalName, email, phone, taxNumber, note } = given;
  const holdDays = given.holdDays ?? DEFAULT_HOLD_DAYS;
  const commissionTaxRate = given.commissionTaxRate ?? ZERO;
  throwFieldErrors([
    ...nameErrors('name', name, { min: 1, max: 100 }),
    ...textErrors('legalName', legalName, { max: 200, lines: false }),
    ...emailErrors('email', emptyToNull(email)),
    ...textErrors('phone', phone, { max: 50, lines: false }),
    ...textErrors('taxNumber', taxNumber, { max: 50, lines: false }),
    ...textErrors('note', note, { max: 1000 }),
    ...rangeErrors('holdDays', holdDays, 0, 365),
    ...rangeErrors('commissionTaxRate', commissionTaxRate.toNumber(), 0, 100),
  ]);
  return {
    name: cleanName(name),
    nameKey: nameKey(name),
    legalName: emptyToNull(legalName),
    email: emptyToNull(email),
    phone: emptyToNull(phone),
    taxNumber: emptyToNull(taxNumber),
    note: emptyToNull(note),
    holdDays,
    commissionTaxRate,
  };
}

/** The account in the input; undefined if it does not change. @throws PosProError 422 by field. */
function givenAccount(input: CreateVendorInput['bankAccount']): StoredAccount | undefined {
  if (input === undefined) return undefined;
  if (input === null) return NO_ACCOUNT;
  const { account, errors } = checkedAccount(input);
  throwFieldErrors(errors);
  return account;
}

function emitVendorChanged(
  tx: Transaction,
  { id, name, status }: Pick<VendorRow, 'id' | 'name'> & { status: string },
  change: 'created' | 'updated',
): void {
  tx.emit(vendorChanged({ key: id, payload: { name, status: status as VendorRow['status'], change } }));
}

/** A row of Prisma, whose type knows no values of texts. */
function toRow(row: Omit<VendorRow, 'status'> & { status: string }): VendorRow {
  return { ...row, status: row.status as VendorRow['status'] };
}
