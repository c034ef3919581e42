import { dueBirthdays, isBirthday } from '#subgraphs/marketing/loyalty/birthdays.rules';

describe('a birthday', () => {
  it.each([
    ['03-14', true],
    ['02-29', true],
    ['12-31', true],
    ['02-30', false],
    ['13-01', false],
    ['00-10', false],
    ['04-00', false],
    ['3-14', false],
    ['1990-03-14', false],
    ['', false],
  ])('"%s" is valid: %s', (text, valid) => {
    expect(isBirthday(text)).toBe(valid);
  });

  it('is due on its day, and for some days after', () => {
    expect(dueBirthdays('2027-01-02', 3)).toEqual([
      { birthday: '01-02', year: 2027 },
      { birthday: '01-01', year: 2027 },
      { birthday: '12-31', year: 2026 },
    ]);
  });

  it('of February 29 is due on February 28 of other years', () => {
    expect(dueBirthdays('2027-02-28', 1)).toEqual([
      { birthday: '02-28', year: 2027 },
      { birthday: '02-29', year: 2027 },
    ]);
    expect(dueBirthdays('2028-02-29', 2).map(({ birthday }) => birthday)).toEqual(['02-29', '02-28']);
  });
});
