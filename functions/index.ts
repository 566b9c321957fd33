// `health` comes first: should a later registration fail, it is there to say so.
import "./health.ts";
import "./resource-changed.ts";
import "./reconcile.ts";
import "./recheck.ts";
import "./recheck-operation.ts";
import "./sweep.ts";
import "./sweep-page.ts";
import "./waker.ts";
import "./remediations.ts";
import "./remediation.ts";
import "./undo.ts";
import "./close-breaker.ts";
import "./replay.ts";
import "./journal.ts";
import "./journal-verify.ts";
import "./journal-heads.ts";
import "./notify.ts";
