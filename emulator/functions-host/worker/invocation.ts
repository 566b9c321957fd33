import { AsyncLocalStorage } from "node:async_hooks";
import type { InvocationRequest, InvocationResponse } from "../protocol.ts";
import type { App, CoreInvocationContext, HookCallback } from "./app.ts";
import { writeLog } from "./log.ts";

/**
 * Runs one invocation as the real worker does: arguments, preInvocation hooks, handler, postInvocation hooks,
 * response. Rejects with what a hook or the handler threw; a handler that throws `undefined` or `null` has succeeded.
 */
export async function runInvocation(app: App, request: InvocationRequest): Promise<InvocationResponse> {
  const registered = app.functions.get(request.functionId);
  const model = app.programmingModel;
  if (!registered || !model) {
    throw new Error(`Function code for '${request.functionId}' is not loaded and cannot be invoked.`);
  }
  const hookData = {};
  let context: unknown;
  const coreContext: CoreInvocationContext = {
    invocationId: request.invocationId,
    request,
    metadata: registered.metadata,
    log: (level, category, message) =>
      writeLog(
        app,
        { level, category, message, invocationId: request.invocationId },
        { hookData, invocationContext: context },
      ),
  };
  const invocation = await model.getInvocationModel(coreContext);
  const given = await invocation.getArguments();
  context = given.context;
  const shared = { hookData, appHookData: app.hookData, invocationContext: context };

  const before = { ...shared, inputs: given.inputs, functionCallback: registered.callback };
  // What a hook enters by AsyncLocalStorage.enterWith does not reach the handler in the real worker.
  const runInOwnContext = AsyncLocalStorage.snapshot();
  await runHooks(coreContext, "preInvocationHooks", app.hooks.preInvocation, before);

  const after: { inputs: unknown[]; result: unknown; error: unknown } = {
    ...shared,
    inputs: before.inputs,
    result: null,
    error: null,
  };
  coreContext.state = "invocation";
  try {
    after.result = await runInOwnContext(() =>
      invocation.invokeFunction(context, before.inputs, before.functionCallback),
    );
  } catch (thrown) {
    after.error = thrown;
  }
  await runHooks(coreContext, "postInvocationHooks", app.hooks.postInvocation, after);

  if (after.error !== null && after.error !== undefined) throw after.error;
  return await invocation.getResponse(context, after.result);
}

async function runHooks(
  coreContext: CoreInvocationContext,
  state: "preInvocationHooks" | "postInvocationHooks",
  callbacks: HookCallback[],
  hookContext: object,
): Promise<void> {
  coreContext.state = state;
  try {
    for (const callback of callbacks) await callback(hookContext);
  } finally {
    coreContext.state = undefined;
  }
}
