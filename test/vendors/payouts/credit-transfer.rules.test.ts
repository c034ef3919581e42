/** The bank's file, against the schema of its message. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { validateXML } from 'xmllint-wasm';
import {
  creditTransferXml,
  sepaText,
  type CreditTransfer,
} from '#subgraphs/vendors/payouts/credit-transfer.rules';
import { amount } from '#test/harness/values';

const schema = readFileSync(path.join(__dirname, 'pain.001.001.09.xsd'), 'utf8');

async function errorsOf(xml: string): Promise<string[]> {
  const { errors } = await validateXML({ xml: [{ fileName: 'file.xml', contents: xml }], schema: [schema] });
  return errors.map(({ message }) => message);
}

const FILE: CreditTransfer = {
  messageId: '0190a0000057700080000000000000001'.slice(0, 32),
  createdAt: new Date('2026-03-02T12:00:00.123Z'),
  executionDate: '2026-03-02',
  payer: { accountHolder: 'Café Łódź & Co.', iban: 'DE75512108001245126199', bic: null },
  transfers: [
    {
      ...{ accountHolder: 'Töpferei Müßig', iban: 'DE89370400440532013000', bic: null },
      ...{ reference: 'PO-000001', amount: amount('87.5'), remittance: 'Café Łódź PO-000001' },
    },
    {
      ...{ accountHolder: 'Søn <A/S>', iban: 'NO9386011117947', bic: 'DNBANOKK' },
      ...{ reference: 'PO-000002', amount: amount('1000000'), remittance: 'x'.repeat(200) },
    },
  ],
};

it('is a valid pain.001.001.09 with the sums of its payments', async () => {
  const xml = creditTransferXml(FILE);
  expect(await errorsOf(xml)).toEqual([]);
  const found = (name: string) =>
    [...xml.matchAll(new RegExp(`<${name}[^>]*>([^<]*)</${name}>`, 'g'))].map((match) => match[1]);
  expect({
    sums: found('CtrlSum'),
    counts: found('NbOfTxs'),
    amounts: found('InstdAmt'),
    names: found('Nm'),
    time: found('CreDtTm'),
    banks: found('BICFI'),
    ids: found('Id'),
  }).toEqual({
    sums: ['1000087.50', '1000087.50'],
    counts: ['2', '2'],
    amounts: ['87.50', '1000000.00'],
    names: ['Cafe Lodz + Co.', 'Cafe Lodz + Co.', 'Topferei Mussig', 'Son ?A/S?'],
    time: ['2026-03-02T12:00:00Z'],
    banks: ['DNBANOKK'],
    ids: ['NOTPROVIDED'],
  });
});

it('would not pass the schema without an amount, with another currency or with a wrong order', async () => {
  const xml = creditTransferXml(FILE);
  for (const [from, to] of [
    ['<InstdAmt Ccy="EUR">87.50</InstdAmt>', ''],
    ['Ccy="EUR"', 'Ccy="USD"'],
    ['<PmtMtd>TRF</PmtMtd>', ''],
    ['87.50</InstdAmt>', '87.505</InstdAmt>'],
  ] as const)
    expect(await errorsOf(xml.replace(from, to))).not.toEqual([]);
});

it.each([
  ['Łukasz Żółć', 'Lukasz Zolc'],
  ['ÆØÅ æøå ß', 'AeOA aeoa ss'],
  ['Zoë’s “Tea” – 5 €', "Zoe's ?Tea? - 5 ?"],
  ['Ελένη', '?????'],
  ['a\tb', 'a?b'],
  ['  two   blanks ', 'two blanks'],
])('writes %s as %s', (text, expected) => {
  expect(sepaText(text, 70)).toBe(expected);
});

it('writes any name in the SEPA character set, not longer than permitted', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 100 }),
      fc.integer({ min: 1, max: 70 }),
      (text, max) => {
        const written = sepaText(text, max);
        expect(written).toMatch(/^[A-Za-z0-9/\-?:().,'+ ]*$/);
        expect(written.length).toBeLessThanOrEqual(max);
      },
    ),
  );
});
