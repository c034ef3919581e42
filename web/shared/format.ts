/** Numbers, money and times as people of the organization read them, by Intl: the language of the browser, the shop's currency and clock. */

export interface FormatOptions {
  /** BCP 47, in the order of preference. */
  readonly languages: readonly string[];
  /** ISO 4217. */
  readonly currency: string;
  /** IANA time zone of the branch. */
  readonly timeZone: string;
}

export interface Formats extends FormatOptions {
  /** An amount as the graph sends it: a text, so that no digit is lost. */
  money(amount: string): string;
  /** An amount of a chart's axis, rounded to few digits: "€1.2K". */
  shortMoney(amount: number): string;
  number(value: number): string;
  /** A quantity as the graph sends it. */
  quantity(value: string): string;
  /** @param ratio 0.25 is 25 %. */
  percent(ratio: number): string;
  /** @param moment ISO 8601; hours and minutes. */
  time(moment: string): string;
  /** @param day ISO 8601; the day alone, in words. */
  day(day: string): string;
  /** @param day ISO 8601; the weekday alone, short. */
  weekday(day: string): string;
  /** The hour of a day, 0 to 23. */
  hour(hour: number): string;
}

export function createFormats(options: FormatOptions): Formats {
  const { languages, currency, timeZone } = options;
  const locales = [...languages];
  const money = new Intl.NumberFormat(locales, { style: 'currency', currency });
  const shortMoney = new Intl.NumberFormat(locales, {
    style: 'currency',
    currency,
    notation: 'compact',
    maximumFractionDigits: 1,
    minimumFractionDigits: 0,
  });
  const number = new Intl.NumberFormat(locales, { maximumFractionDigits: 1 });
  const quantity = new Intl.NumberFormat(locales, { maximumFractionDigits: 6 });
  const percent = new Intl.NumberFormat(locales, {
    style: 'percent',
    maximumFractionDigits: 1,
    signDisplay: 'exceptZero',
  });
  const time = new Intl.DateTimeFormat(locales, { timeZone, timeStyle: 'short' });
  // A day has no time zone: as its midnight in UTC it stays the day that it is.
  const day = new Intl.DateTimeFormat(locales, {
    timeZone: 'UTC',
    weekday: 'long',
    day: 'numeric',
    month: 'long',
  });
  const weekday = new Intl.DateTimeFormat(locales, { timeZone: 'UTC', weekday: 'short', day: 'numeric' });
  const hour = new Intl.DateTimeFormat(locales, { timeZone: 'UTC', hour: 'numeric' });
  return {
    ...options,
    money: (amount) => money.format(exact(amount)),
    shortMoney: (amount) => shortMoney.format(amount),
    number: (value) => number.format(value),
    quantity: (value) => quantity.format(exact(value)),
    percent: (ratio) => percent.format(ratio),
    time: (moment) => time.format(new Date(moment)),
    day: (date) => day.format(new Date(`${date}T00:00:00Z`)),
    weekday: (date) => weekday.format(new Date(`${date}T00:00:00Z`)),
    hour: (of) => hour.format(Date.UTC(2000, 0, 1, of)),
  };
}

/** Intl formats the digits of a text without rounding them to a floating point number first; its type asks for the form. */
function exact(decimal: string): `${number}` {
  return decimal as `${number}`;
}
