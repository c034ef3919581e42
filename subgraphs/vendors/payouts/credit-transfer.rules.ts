/**
 * Payouts as a SEPA credit transfer: ISO 20022 pain.001.001.09, by the implementation guidelines of the European Payments Council
 * (EPC132-08, in force since 2023). Its texts are in the SEPA character set: ASCII letters, digits and a few signs. So no text needs escaping.
 */
import { sum, type Decimal } from '#kernel/decimal';
import { foldText } from '#kernel/fold-text.rules';

/** An account of the file. */
export interface TransferParty {
  readonly accountHolder: string;
  readonly iban: string;
  readonly bic: string | null;
}

/** One payment of the file. */
export interface Transfer extends TransferParty {
  /** Shown to the payee; unique in the file. */
  readonly reference: string;
  /** In euro. */
  readonly amount: Decimal;
  /** Text for the payee. */
  readonly remittance: string;
}

/** A file with its payments, all from one account. */
export interface CreditTransfer {
  /** Up to 35 characters. A bank rejects a second file with the same one. */
  readonly messageId: string;
  readonly createdAt: Date;
  /** YYYY-MM-DD. */
  readonly executionDate: string;
  readonly payer: TransferParty;
  /** At least one. */
  readonly transfers: readonly Transfer[];
}

const MAX_NAME = 70;
const MAX_REMITTANCE = 140;
const NOT_SEPA = /[^A-Za-z0-9/\-?:().,'+ ]/g;

/**
 * A text in the SEPA character set: accents are removed, letters of other alphabets become question marks.
 *
 * @example
 * sepaText('Töpferei Müßig & Søn', 70); // 'Topferei Mussig + Son'
 */
export function sepaText(text: string, maxLength: number): string {
  const plain = [...text.normalize('NFC')].map(plainLetter).join('');
  return plain
    .replaceAll('&', '+')
    .replace(NOT_SEPA, '?')
    .replace(/ +/g, ' ')
    .trim()
    .slice(0, maxLength)
    .trim();
}

/** The letter without its accents, in the same case. */
function plainLetter(letter: string): string {
  if (/^[\0-\x7f]$/.test(letter)) return letter;
  const folded = foldText(letter);
  return letter === letter.toLowerCase() ? folded : folded.charAt(0).toUpperCase() + folded.slice(1);
}

/** The file. */
export function creditTransferXml({
  messageId,
  createdAt,
  executionDate,
  payer,
  transfers,
}: CreditTransfer): string {
  const totals = [
    element('NbOfTxs', String(transfers.length)),
    element('CtrlSum', sum(transfers.map(({ amount }) => amount)).toFixed(2)),
  ];
  const payerName = element('Nm', sepaText(payer.accountHolder, MAX_NAME));
  const header = element('GrpHdr', [
    element('MsgId', messageId),
    element('CreDtTm', createdAt.toISOString().replace(/\.\d+Z$/, 'Z')),
    ...totals,
    element('InitgPty', [payerName]),
  ]);
  const payment = element('PmtInf', [
    element('PmtInfId', messageId),
    element('PmtMtd', 'TRF'),
    ...totals,
    element('PmtTpInf', [element('SvcLvl', [element('Cd', 'SEPA')])]),
    element('ReqdExctnDt', [element('Dt', executionDate)]),
    element('Dbtr', [payerName]),
    element('DbtrAcct', [accountId(payer)]),
    element('DbtrAgt', [
      bankId(payer.bic) ?? element('FinInstnId', [element('Othr', [element('Id', 'NOTPROVIDED')])]),
    ]),
    element('ChrgBr', 'SLEV'),
    ...transfers.map(transferElement),
  ]);
  const document = `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.001.001.09">${element('CstmrCdtTrfInitn', [header, payment])}</Document>`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n${document}\n`;
}

function transferElement({ reference, amount, remittance, ...payee }: Transfer): string {
  const bank = bankId(payee.bic);
  return element('CdtTrfTxInf', [
    element('PmtId', [element('EndToEndId', reference)]),
    element('Amt', [`<InstdAmt Ccy="EUR">${amount.toFixed(2)}</InstdAmt>`]),
    ...(bank === undefined ? [] : [element('CdtrAgt', [bank])]),
    element('Cdtr', [element('Nm', sepaText(payee.accountHolder, MAX_NAME))]),
    element('CdtrAcct', [accountId(payee)]),
    element('RmtInf', [element('Ustrd', sepaText(remittance, MAX_REMITTANCE))]),
  ]);
}

function accountId({ iban }: TransferParty): string {
  return element('Id', [element('IBAN', iban)]);
}

/** A bank by its BIC; within SEPA the IBAN is enough. */
function bankId(bic: string | null): string | undefined {
  return bic === null ? undefined : element('FinInstnId', [element('BICFI', bic)]);
}

/** An element with a text, or with elements. */
function element(name: string, content: string | readonly string[]): string {
  return `<${name}>${typeof content === 'string' ? content : content.join('')}</${name}>`;
}
