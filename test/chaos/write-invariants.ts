import type { Evidence } from "./evidence.ts";
import { isChange, nameOf, told, unitOf } from "./evidence.ts";
import { foreignSubscriptionId, isAbout } from "./subjects.ts";
import { requestTimeoutSeconds } from "./world.ts";

/** A write is due to a resource of ours that the last read before it showed to fall short. */
export function writesOnlyWhatIsDue({ subjects, observed }: Evidence): string[] {
  return observed.writes.filter(isChange).flatMap((write) => {
    const subject = subjects.find((each) => isAbout(each, write.path));
    if (!subject) return [`${told(write)} is outside of what is under test`];
    if (subject.leftAlone) return [`${told(write)} is to be left alone`];
    const shown = subject.kind.shownAt(subject.id).toLowerCase();
    const lastRead = observed.reads
      .filter(({ path, status }) => path.toLowerCase() === shown && status === 200)
      .findLast(({ ended }) => ended !== undefined && ended < write.arrived);
    if (!lastRead) return [`${told(write)} was sent without a read`];
    if (subject.undone) return lastRead.fellShort ? [`${told(write)} was sent although it was undone`] : [];
    return lastRead.fellShort ? [] : [`${told(write)} was sent although the last read showed it compliant`];
  });
}

/** What lies outside of the scopes is neither read nor written. */
export function staysInScope({ observed }: Evidence): string[] {
  const outside = `/subscriptions/${foreignSubscriptionId}`;
  const calls = [...observed.reads, ...observed.writes].filter(({ path }) => path.toLowerCase().startsWith(outside));
  return calls.map((call) => `${told(call)} was sent`);
}

/** The switch works within seconds: what was past it already may still come. */
const secondsOnTheWay = 20;

/** While somebody has stopped all writes there is none. */
export function restsWhileStopped({ observed }: Evidence): string[] {
  return observed.writes
    .filter(isChange)
    .flatMap((write) =>
      observed.stops
        .filter(
          ({ from, until = Infinity }) => write.arrivedAt > from + secondsOnTheWay * 1000 && write.arrivedAt < until,
        )
        .map(({ from }) => `${told(write)} was sent ${(write.arrivedAt - from) / 1000} s after writes were stopped`),
    );
}

/** Hours are those of the clock. */
export function keepsCaps({ observed, mostWritesAnHour = Infinity }: Evidence): string[] {
  const hours = observed.writes.filter(isChange).map(({ arrivedAt }) => Math.floor(arrivedAt / 3_600_000));
  const most = Math.max(0, ...hours.map((hour) => hours.filter((other) => other === hour).length));
  return most <= mostWritesAnHour ? [] : [`${most} writes in an hour, where ${mostWritesAnHour} are allowed`];
}

/** The default of the setting BREAKER_FIXES. */
export const fixesUntilContested = 3;

/** A little less than the default of BREAKER_WINDOW_MINUTES: a fix is counted a little later than its write arrives. */
const breakerWindowMilliseconds = 55 * 60_000;

/** Whatever is set back again and again is fixed a few times within an hour, and then left alone. */
export function givesUpFights({ subjects, observed, disturbances }: Evidence): string[] {
  return subjects.flatMap((subject) => {
    const times = observed.writes
      .filter((write) => isChange(write) && write.handled && isAbout(subject, write.path))
      .map(({ arrivedAt }) => arrivedAt);
    const most = fixesUntilContested * subject.kind.writesAFix + disturbances;
    const inWindows = times.map(
      (begin) => times.filter((time) => time >= begin && time < begin + breakerWindowMilliseconds).length,
    );
    const written = Math.max(0, ...inWindows);
    return written <= most ? [] : [`${nameOf(subject.id)} was written to ${written} times within an hour`];
  });
}

/** A request counts until its sender was told, or must have given up. */
export function writesOneAtATime({ subjects, observed }: Evidence): string[] {
  const longest = (requestTimeoutSeconds + 1) * 1000;
  const changes = observed.writes.filter(isChange);
  return changes.flatMap((write, index) => {
    const unit = unitOf(subjects, write);
    return changes
      .slice(0, index)
      .filter((earlier) => unit !== undefined && unitOf(subjects, earlier) === unit)
      .filter(({ ended, arrivedAt }) => (ended ?? Infinity) > write.arrived && write.arrivedAt < arrivedAt + longest)
      .map((earlier) => `${told(write)} was sent while ${told(earlier)} was under way`);
  });
}

/** Azure works on a tunnel for a while after the write; its gateway can change no other meanwhile. */
export function changesOneOfAUnit({ observed }: Evidence): string[] {
  return observed.writes
    .filter((write) => isChange(write) && write.besideOther)
    .map((write) => `${told(write)} was sent while Azure changed another one of its unit`);
}
