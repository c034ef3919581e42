/** Birthdays, as month and day: a year is not needed, so it is not stored. */
const BIRTHDAY = /^(\d\d)-(\d\d)$/;

/** Whether a text is a month and a day that exists in some year, such as "02-29". */
export function isBirthday(text: string): boolean {
  const [, month, day] = BIRTHDAY.exec(text) ?? [];
  if (month === undefined || day === undefined) return false;
  const date = new Date(Date.UTC(2024, Number(month) - 1, Number(day)));
  return date.toISOString().slice(5, 10) === text;
}

/** A birthday that points are due for, with its year. */
export interface DueBirthday {
  birthday: string;
  year: number;
}

const DAY_MS = 86_400_000;

/**
 * The birthdays of a day and of the days before, for which a stopped server may have granted nothing. In other years, February 29
 * is celebrated on February 28.
 *
 * @param today "YYYY-MM-DD", in the organization's time zone.
 *
 * @example
 * dueBirthdays('2027-03-01', 2) // 03-01, 02-28 and 02-29, each of 2027
 */
export function dueBirthdays(today: string, days: number): DueBirthday[] {
  const start = Date.parse(`${today}T00:00:00Z`);
  return Array.from({ length: days }, (_, back) => new Date(start - back * DAY_MS)).flatMap((date) => {
    const year = date.getUTCFullYear();
    const birthday = date.toISOString().slice(5, 10);
    return birthday === '02-28' && !isLeap(year)
      ? [
          { birthday, year },
          { birthday: '02-29', year },
        ]
      : [{ birthday, year }];
  });
}

function isLeap(year: number): boolean {
  return new Date(Date.UTC(year, 1, 29)).getUTCMonth() === 1;
}
