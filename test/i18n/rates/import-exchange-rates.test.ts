/** Imports of exchange rates: the files of the European Central Bank, tables, and the rows that fail. */
import { Readable } from 'node:stream';
import { SettableClock } from '#kernel/clock';
import { listExchangeRates } from '#subgraphs/i18n/rates/exchange-rates.queries';
import { setExchangeRate } from '#subgraphs/i18n/rates/exchange-rates';
import { importExchangeRates } from '#subgraphs/i18n/rates/import-exchange-rates';
import { remarksOfJobs } from '#kernel/import/import-report';
import { testDatabase, type TestDatabase } from '#test/harness/database';
import { endOfImport } from '#test/harness/imports';
import { openShop, type Shop } from '#test/harness/shop';
import { amount, codeOf } from '#test/harness/values';

let db: TestDatabase;
let shop: Shop;
beforeAll(async () => {
  db = await testDatabase({ clock: new SettableClock(new Date('2026-08-13T12:00:00Z')) });
});
afterAll(() => db.close());
beforeEach(async () => {
  shop = await openShop(db, { currency: 'EUR' });
});

function load(content: string, contentType = 'text/csv', dryRun = false) {
  const stream = Readable.from([Buffer.from(content)]);
  const file = { filename: 'rates', contentType, stream };
  return endOfImport(shop.ctx, importExchangeRates(shop.ctx, { file, dryRun }));
}

const stored = async () =>
  (await listExchangeRates(shop.ctx.db, { sort: 'date', size: 100 })).items
    .map(({ base, quote, date, rate, source }) => `${date} ${base}/${quote} ${rate.toFixed()} ${source}`)
    .sort();

const XML = `<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
  <gesmes:subject>Reference rates</gesmes:subject>
  <gesmes:Sender><gesmes:name>European Central Bank</gesmes:name></gesmes:Sender>
  <Cube>
    <Cube time='2026-08-13'><Cube currency='USD' rate='1.1534'/><Cube currency='PLN' rate='4.3048'/></Cube>
    <Cube time='2026-08-12'><Cube currency='USD' rate='1.1601'/></Cube>
  </Cube>
</gesmes:Envelope>`;

it('reads the XML of the European Central Bank, with one day or with many', async () => {
  const job = await load(XML, 'text/xml');
  expect(job).toMatchObject({
    status: 'completed',
    source: 'xml',
    recognizedAs: 'ecb',
    total: 3,
    created: 3,
  });
  expect(await stored()).toEqual([
    '2026-08-12 EUR/USD 1.1601 ecb',
    '2026-08-13 EUR/PLN 4.3048 ecb',
    '2026-08-13 EUR/USD 1.1534 ecb',
  ]);
  expect(await load(XML, 'application/xml')).toMatchObject({ created: 0, updated: 3, unchanged: 3 });
});

it('reads the history with a column for each currency, and the daily file', async () => {
  const history =
    'Date,USD,PLN,HRK,CYP,\n2026-08-13,1.1534,4.3048,N/A,N/A,\n2022-12-30,1.0666,4.6808,7.5365,N/A,\n';
  expect(await load(history)).toMatchObject({ recognizedAs: 'ecb', created: 5, failed: 0, total: 5 });
  expect(await load('Date, USD, JPY, \n12 August 2026, 1.1601, 171.32, \n')).toMatchObject({ created: 2 });
  expect(await stored()).toEqual([
    '2022-12-30 EUR/HRK 7.5365 ecb',
    '2022-12-30 EUR/PLN 4.6808 ecb',
    '2022-12-30 EUR/USD 1.0666 ecb',
    '2026-08-12 EUR/JPY 171.32 ecb',
    '2026-08-12 EUR/USD 1.1601 ecb',
    '2026-08-13 EUR/PLN 4.3048 ecb',
    '2026-08-13 EUR/USD 1.1534 ecb',
  ]);
});

it('reads the CSV of the data portal, and tables with any titles and marks', async () => {
  const portal =
    'KEY,FREQ,CURRENCY,CURRENCY_DENOM,EXR_TYPE,TIME_PERIOD,OBS_VALUE\nEXR.D.USD.EUR.SP00.A,D,USD,EUR,SP00,2026-08-13,1.1534\n';
  expect(await load(portal)).toMatchObject({ created: 1, failed: 0 });
  const german = 'From;To;Day;Rate\nUSD;PLN;2026-08-12;3,73\nUSD;CHF;2026-08-12;0,81\n';
  expect(await load(german)).toMatchObject({ created: 2, failed: 0, recognizedAs: null });
  expect(await stored()).toEqual([
    '2026-08-12 USD/CHF 0.81 file',
    '2026-08-12 USD/PLN 3.73 file',
    '2026-08-13 EUR/USD 1.1534 file',
  ]);
});

it('a rate that was set by hand stays, and the report says so', async () => {
  await setExchangeRate(shop.ctx, { base: 'USD', currency: 'EUR', rate: amount('0.9') });
  const job = await load(XML, 'text/xml');
  expect(job).toMatchObject({ created: 2, updated: 1, unchanged: 1, warned: 1, failed: 0 });
  const { warning } = (await remarksOfJobs(shop.ctx.db, [job.id])).get(job.id)!;
  expect(warning).toMatchObject([{ row: 1, field: 'rate', code: 'SET_BY_HAND' }]);
  expect(await stored()).toContain('2026-08-13 USD/EUR 0.9 manual');
  await setExchangeRate(shop.ctx, { base: 'USD', currency: 'EUR', rate: amount('0.91') });
  expect(await stored()).toContain('2026-08-13 USD/EUR 0.91 manual');
});

it('a row that cannot be imported fails alone', async () => {
  const rows = [
    'base,currency,date,rate',
    'EUR,USD,2026-08-13,1.1534',
    'USD,EUR,2026-08-13,0.87',
    'EUR,HRK,2026-08-13,7.5',
    'EUR,ZZZ,2026-08-13,7.5',
    'EUR,EUR,2026-08-13,1',
    'EUR,PLN,2026-08-14,4.3',
    'EUR,PLN,13/08/2026,4.3',
    'EUR,PLN,2026-08-13,0',
    'EUR,PLN,2026-08-13,many',
    ',,,',
    'EUR,,2026-08-12,',
  ];
  const job = await load(rows.join('\n'));
  expect(job).toMatchObject({ created: 1, failed: 9 });
  const { error } = (await remarksOfJobs(shop.ctx.db, [job.id])).get(job.id)!;
  expect(error.map(({ row, field, code }) => `${row} ${field} ${code}`)).toEqual([
    '3 date ALREADY_EXISTS',
    '4 currency WITHDRAWN',
    '5 currency INVALID',
    '6 currency SAME',
    '7 date IN_FUTURE',
    '8 date INVALID',
    '9 rate NOT_POSITIVE',
    '10 rate NUMBER',
    '12 currency REQUIRED',
    '12 rate REQUIRED',
  ]);
});

it('a dry run writes nothing; XML of another kind and broken XML are rejected', async () => {
  const dry = {
    file: { filename: 'a', contentType: 'text/xml', stream: Readable.from([Buffer.from(XML)]) },
    dryRun: true,
  };
  expect(await importExchangeRates(shop.ctx, dry)).toMatchObject({ dryRun: true, created: 3 });
  expect(await stored()).toEqual([]);
  expect(await codeOf(load('<html><body/></html>', 'text/xml'))).toBe('UNSUPPORTED_MEDIA_TYPE');
  expect(await codeOf(load('<Envelope', 'text/xml'))).toBe('UNSUPPORTED_MEDIA_TYPE');
  const bomb = '<!DOCTYPE x [<!ENTITY a "aaaa">]><Envelope>&a;</Envelope>';
  expect(await codeOf(load(bomb, 'text/xml'))).toBe('UNSUPPORTED_MEDIA_TYPE');
  const cut = await load(XML.slice(0, XML.indexOf('</Cube>')), 'text/xml');
  expect(cut).toMatchObject({ status: 'failed', created: 2 });
});
