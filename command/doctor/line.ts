/** One thing that `doctor` looked at. */
export interface Line {
  /** What was looked at, e.g. `providers`. */
  about: string;
  /** `left`: it has no meaning on the Azure that was asked. */
  state: "ok" | "warning" | "red" | "left";
  /** What was found, in a sentence. */
  found: string;
  /** What to do about it: a command, or a sentence. */
  todo?: string;
}

/** As it should be. */
export function fine(about: string, found: string): Line {
  return { about, state: "ok", found };
}

/** It works, but somebody should look at it. */
export function warning(about: string, found: string, todo: string): Line {
  return { about, state: "warning", found, todo };
}

/** The service can't be deployed, or does not work. */
export function red(about: string, found: string, todo: string): Line {
  return { about, state: "red", found, todo };
}

/** Not looked at, since the local Azure has nothing of the kind. */
export function left(about: string): Line {
  return { about, state: "left", found: "Not looked at: the local Azure has none." };
}
