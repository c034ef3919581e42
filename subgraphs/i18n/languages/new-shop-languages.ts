import type { NewShopPart } from '#subgraphs/auth/index';
import { languageChanged } from '../events';

/** Gives a new shop the further languages of its country, into which it can translate its texts. Emits "language.changed" for each. */
export const newShopLanguages: NewShopPart = async (tx, _ctx, { otherLanguages }) => {
  if (otherLanguages.length === 0) return;
  const { organizationId, now } = tx;
  const data = otherLanguages.map((code) => ({ organizationId, code, createdAt: now, updatedAt: now }));
  await tx.prisma.language.createMany({ data });
  for (const code of otherLanguages)
    tx.emit(languageChanged({ key: code, payload: { code, change: 'created' } }));
};
