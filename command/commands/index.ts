import type { RegisteredCommand } from "../frame/command.ts";
import { check } from "./check.ts";
import { completion } from "./completion.ts";
import { journalShow } from "./journal-show.ts";
import { journalVerify } from "./journal-verify.ts";
import { replay } from "./replay.ts";

/** Every command there is, in the order of the help. */
export const commands: readonly RegisteredCommand[] = [check, journalVerify, journalShow, replay, completion];
