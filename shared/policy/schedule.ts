/** Once an hour. */
export const defaultSweepSchedule = "0 0 * * * *";

interface Field {
  least: number;
  most: number;
  names?: readonly string[];
}

const months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

/** The fields of an NCRONTAB expression (docs: "Timer trigger for Azure Functions", NCRONTAB expressions). */
const fields: readonly Field[] = [
  { least: 0, most: 59 },
  { least: 0, most: 59 },
  { least: 0, most: 23 },
  { least: 1, most: 31 },
  { least: 1, most: 12, names: months },
  { least: 0, most: 6, names: days },
];

/** Whether a text is an NCRONTAB expression with six fields, seconds first. The host leaves a timer out whose schedule it can't read. */
export function isSchedule(text: string): boolean {
  const parts = text.split(" ");
  return parts.length === fields.length && fields.every((field, index) => isField(parts[index] ?? "", field));
}

function isField(text: string, field: Field): boolean {
  return text.split(",").every((item) => {
    const [range = "", step, ...more] = item.split("/");
    if (more.length > 0 || (step !== undefined && !isNumber(step, { least: 1, most: field.most }))) return false;
    return range === "*" || isRange(range, field);
  });
}

function isRange(text: string, field: Field): boolean {
  const [from = "", to, ...more] = text.split("-");
  return more.length === 0 && isValue(from, field) && (to === undefined || isValue(to, field));
}

function isValue(text: string, field: Field): boolean {
  return isNumber(text, field) || (field.names ?? []).includes(text.toLowerCase());
}

function isNumber(text: string, { least, most }: Field): boolean {
  return /^\d{1,2}$/.test(text) && Number(text) >= least && Number(text) <= most;
}
