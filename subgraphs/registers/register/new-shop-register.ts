import type { NewShopPart } from '#subgraphs/auth/index';
import { emitRegisterChanged, insertRegisters } from './registers';

/** Gives a new shop its first register. Emits "register.changed". */
export const newShopRegister: NewShopPart = async (tx, ctx, { branch, currency, registerName }) => {
  const register = { id: ctx.ids.next(), branchId: branch.id, name: registerName, code: '1', currency };
  await insertRegisters(tx, [register]);
  emitRegisterChanged(tx, register, { status: 'closed' });
};
