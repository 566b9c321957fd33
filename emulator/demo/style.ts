import pico from "picocolors";

/** Gives a text a colour, or gives it back as it is. */
export type Paint = (text: string) => string;

/** Where the demo's output goes, and what may be done there. */
export interface Style {
  /** In characters. */
  width: number;
  /** Whether a line may be drawn over again, as progress is. */
  live: boolean;
  good: Paint;
  warn: Paint;
  bad: Paint;
  dim: Paint;
  bold: Paint;
  ship: Paint;
}

/** Enough for the final table, and what most terminals have. */
const widthWithoutTerminal = 100;
const narrowest = 72;
/** Beyond this, lines are harder to read. */
const widest = 140;

/**
 * The style for a stream: colour and progress where it is a terminal, plain lines of 100 characters where not.
 * `NO_COLOR` takes the colours away, `FORCE_COLOR` gives them to a pipe (no-color.org, force-color.org).
 */
export function styleFor(stream: { isTTY?: boolean; columns?: number }, environment: NodeJS.ProcessEnv): Style {
  const live = stream.isTTY === true && environment.TERM !== "dumb";
  const forced = environment.FORCE_COLOR !== undefined && environment.FORCE_COLOR !== "0";
  const colours = pico.createColors(!environment.NO_COLOR && (live || forced));
  const width = live
    ? Math.min(widest, Math.max(narrowest, stream.columns ?? widthWithoutTerminal))
    : widthWithoutTerminal;
  return {
    width,
    live,
    good: colours.green,
    warn: colours.yellow,
    bad: colours.red,
    dim: colours.dim,
    bold: colours.bold,
    ship: colours.cyan,
  };
}
