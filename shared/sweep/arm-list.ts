import * as z from "zod";
import { CodedError } from "../errors.ts";
import type { Refusal } from "../resources/resource-type.ts";
import type { Wire } from "../resources/wire.ts";

const limitMilliseconds = 30_000;
const linkSchema = z.string().refine((link) => link === "" || URL.canParse(link));
const pageSchema = z.object({ value: z.array(z.unknown()), nextLink: linkSchema.nullish() });

/**
 * All pages of a list of Azure Resource Manager. Only what a next page is named by is taken from its link: the host stays ours.
 * Throws `azure-refused` with what Azure said.
 */
export async function armList(wire: Pick<Wire, "get">, path: string): Promise<unknown[]> {
  const entries: unknown[] = [];
  for (let query: { [name: string]: string } | undefined = {}; query; ) {
    const answer = await wire.get(path, AbortSignal.timeout(limitMilliseconds), query);
    if (answer.kind === "refused") throw new CodedError("azure-refused", told(answer.refusal));
    const page = pageSchema.safeParse(answer.body);
    if (!page.success) throw new CodedError("azure-refused", `Azure's answer to ${path} is no list.`);
    const { value, nextLink } = page.data;
    entries.push(...value);
    query = nextLink ? Object.fromEntries(new URL(nextLink).searchParams) : undefined;
  }
  return entries;
}

function told(refusal: Refusal): string {
  return refusal.own === undefined ? `${refusal.code}: ${refusal.message}` : refusal.message;
}
