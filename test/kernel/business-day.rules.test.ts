import { businessDay, localTime } from '#kernel/business-day.rules';

it.each([
  ['2026-01-31T23:30:00Z', 'Europe/Berlin', '2026-02-01 00:30'],
  ['2026-01-31T23:30:00Z', 'America/New_York', '2026-01-31 18:30'],
  ['2026-01-01T00:00:00Z', 'UTC', '2026-01-01 00:00'],
  ['2026-07-31T22:15:00Z', 'Europe/Berlin', '2026-08-01 00:15'],
  ['2026-03-29T01:00:00Z', 'Europe/Berlin', '2026-03-29 03:00'],
  ['2026-10-25T01:00:00Z', 'Europe/Berlin', '2026-10-25 02:00'],
  ['2026-02-28T18:29:59Z', 'Asia/Kolkata', '2026-02-28 23:59'],
  ['2026-02-28T18:30:00Z', 'Asia/Kolkata', '2026-03-01 00:00'],
  ['2026-12-31T10:00:00Z', 'Pacific/Kiritimati', '2027-01-01 00:00'],
  ['2026-05-04T09:07:00Z', 'UTC', '2026-05-04 09:07'],
  // Years of fewer than four digits are padded: a day sorts as a text.
  ['0987-06-05T04:03:00Z', 'UTC', '0987-06-05 04:03'],
])('%s in %s is %s', (moment, zone, expected) => {
  expect(localTime(new Date(moment), zone)).toBe(expected);
  expect(businessDay(new Date(moment), zone)).toBe(expected.slice(0, 10));
});

it('keeps the zones apart, and answers a second time as the first', () => {
  const moment = new Date('2026-01-31T23:30:00Z');
  const days = () => ['Asia/Tokyo', 'UTC', 'Asia/Tokyo', 'UTC'].map((zone) => businessDay(moment, zone));
  expect([days(), days()]).toEqual(Array(2).fill(['2026-02-01', '2026-01-31', '2026-02-01', '2026-01-31']));
});

it('refuses a zone that does not exist', () => {
  expect(() => businessDay(new Date(0), 'Mars/Olympus')).toThrow('Invalid time zone specified: Mars/Olympus');
});
