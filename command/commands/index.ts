import type { RegisteredCommand } from "../frame/command.ts";
import { check } from "./check.ts";
import { closeBreaker } from "./close-breaker.ts";
import { completion } from "./completion.ts";
import { connect } from "./connect.ts";
import { disconnect } from "./disconnect.ts";
import { doctor } from "./doctor.ts";
import { exempt } from "./exempt.ts";
import { exemptions, exemptionsEnd } from "./exemptions.ts";
import { explain } from "./explain.ts";
import { fix } from "./fix.ts";
import { journalShow } from "./journal-show.ts";
import { journalVerify } from "./journal-verify.ts";
import { makeSignInApp } from "./make-sign-in-app.ts";
import { receive } from "./receive.ts";
import { replay } from "./replay.ts";
import { report } from "./report.ts";
import { approve, reject } from "./rule.ts";
import { resume, stop } from "./stop.ts";
import { sweep } from "./sweep.ts";
import { undo } from "./undo.ts";

/** Every command there is, in the order of the help. */
export const commands: readonly RegisteredCommand[] = [
  check,
  receive,
  explain,
  fix,
  sweep,
  approve,
  reject,
  undo,
  closeBreaker,
  exempt,
  exemptions,
  exemptionsEnd,
  stop,
  resume,
  report,
  journalVerify,
  journalShow,
  replay,
  doctor,
  connect,
  disconnect,
  makeSignInApp,
  completion,
];
