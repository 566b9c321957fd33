import * as z from "zod";
import { saidBy } from "../check/arm.ts";
import { deliveryOf } from "./events.ts";
import type { Line } from "./line.ts";
import { appPath, type Look, webVersion } from "./look.ts";

/** One row of the table "Only Azure can show" in docs/deployment.md, as far as a read can answer it. */
export interface Proof {
  /** What a person would type. */
  command: string;
  expected: string;
  proves: string;
  answer: string;
  holds: boolean;
}

const namesSchema = z.array(z.object({ properties: z.object({ name: z.string() }) }));

/**
 * Asks Azure for what only it can show of a deployment. Nothing is written. Throws `azure-refused` where Azure does not show a list.
 * @param health what the service said of itself; absent where nothing named it.
 */
export async function prove(look: Look, health: readonly Line[] | undefined): Promise<Proof[]> {
  return [await functions(look), await eventSubscriptions(look), healthy(health)];
}

async function functions(look: Look): Promise<Proof> {
  const row = {
    command: `az functionapp function list --name ${look.app} --resource-group ${look.resourceGroup} --query "[].name"`,
    expected: "names resource-changed",
    proves: "the app starts from the package, by its identity",
  };
  const path = `${appPath(look)}/functions`;
  const answer = await look.arm.get(`${path}?${webVersion}`);
  if (answer.status !== 200) return { ...row, answer: saidBy(answer), holds: false };
  const listed = namesSchema.safeParse(await look.arm.list(`${path}?${webVersion}`)).data ?? [];
  const names = listed.map(({ properties }) => properties.name);
  return { ...row, answer: names.join(", ") || "none", holds: names.includes("resource-changed") };
}

async function eventSubscriptions(look: Look): Promise<Proof> {
  const states = (await deliveryOf(look))?.own.map(({ name, state }) => `${name} is ${state}`) ?? [];
  return {
    command: "azd provision events",
    expected: "ends without an error: its event subscriptions are Succeeded",
    proves: "Event Grid takes the function, and reads its key",
    answer: states.join(", ") || "none leads to the app",
    holds: states.length > 0 && states.every((state) => state.endsWith(" is Succeeded")),
  };
}

function healthy(health: readonly Line[] | undefined): Proof {
  const row = {
    command: "curl https://HOST/api/health with a function key or a token",
    expected: "200, all settings in order",
    proves: "settings fit the service",
  };
  if (health === undefined) {
    return { ...row, answer: "not asked: name the service by --endpoint or FUNCTIONS_URL", holds: false };
  }
  const red = health.filter(({ state }) => state === "red");
  return { ...row, answer: red.map(({ found }) => found).join(" ") || "in order", holds: red.length === 0 };
}
