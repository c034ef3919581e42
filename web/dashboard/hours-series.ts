/** The hours of a day beside those of the same weekday a week before, as the plot shows them. */

/** An hour with its net sales. */
interface HourFigures {
  /** 0 to 23. */
  readonly hour: number;
  readonly salesCount: number;
  /** An amount as text. */
  readonly netSales: string;
}

/** The part of a day's figures that the plot needs. */
export interface DayHours {
  readonly hours: readonly HourFigures[];
}

/** The series of the plot; each has one value for each hour. */
export interface HoursSeries {
  /** The hours from the first to the last with sales, one after the other. */
  readonly hours: readonly number[];
  /** Null for hours that have not come yet, in place of a zero. */
  readonly today: readonly (number | null)[];
  readonly before: readonly number[];
}

/** The usual hours of a shop, for days without a sale. */
const USUAL_HOURS = [8, 20] as const;

/** The series of a day and of the day before it, if that has been read. Pure. */
export function hoursSeries(day: DayHours, before: DayHours | undefined): HoursSeries {
  const [first, last] = openHours(before ? [day, before] : [day]);
  const hours = Array.from({ length: last - first + 1 }, (_, at) => first + at);
  const present = Math.max(-1, ...day.hours.map(({ hour }) => hour));
  return {
    hours,
    today: hours.map((hour) => (hour <= present ? salesIn(day, hour) : null)),
    before: hours.map((hour) => salesIn(before, hour)),
  };
}

function salesIn(day: DayHours | undefined, hour: number): number {
  return Number(day?.hours.find((one) => one.hour === hour)?.netSales ?? 0);
}

/** The first and the last hour with sales on one of the days. */
function openHours(days: readonly DayHours[]): readonly [first: number, last: number] {
  const hours = days.flatMap((day) =>
    day.hours.filter(({ salesCount }) => salesCount > 0).map(({ hour }) => hour),
  );
  return hours.length > 0 ? [Math.min(...hours), Math.max(...hours)] : USUAL_HOURS;
}
