import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { rm, symlink } from "node:fs/promises";
import path from "node:path";
import { bundled } from "./packages.ts";
import { onStage, type Stage } from "./stage.ts";

/**
 * Times one start through the local Functions host: from the start of the process until the first event is judged, which is raised as soon
 * as the functions are registered. Gives milliseconds.
 * @param directory of the package
 * @param temporary the process's folder for temporary files
 */
export type FirstEventTimer = (directory: string, temporary: string) => Promise<number>;

/** Lends a timer to some work. @param folder for a link to the package that is started */
export async function timingFirstEvents<T>(folder: string, work: (time: FirstEventTimer) => Promise<T>): Promise<T> {
  const link = path.join(folder, "package");
  await symlink(bundled.directory, link);
  return await onStage(
    (stage) =>
      work(async (directory, temporary) => {
        await rm(link);
        await symlink(directory, link);
        return await timeOne(stage, temporary);
      }),
    { packageDirectory: link },
  );
}

async function timeOne(stage: Stage, temporary: string): Promise<number> {
  const id = stage.account(`start${Math.round(performance.now())}`);
  let begin = 0;
  const note = () => {
    begin = performance.now();
  };
  subscribe("child_process", note);
  try {
    await stage.azure.restartFunctions({ TMPDIR: temporary });
  } finally {
    unsubscribe("child_process", note);
  }
  const judged = stage.judgements.next();
  stage.changed(id);
  return (await judged) - begin;
}
