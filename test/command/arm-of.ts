import { type Arm, armOver } from "../../command/check/arm.ts";
import type { JsonObject } from "../../shared/json.ts";

/**
 * An Azure Resource Manager that answers these paths so, without their queries, and 404 to all others. Paths are compared without case.
 * @param refusal what it says, with 409, to who deletes this path; it deletes where that is undefined.
 */
export function armOf(
  answers: { readonly [path: string]: JsonObject },
  refusal: (path: string) => JsonObject | undefined = () => undefined,
  token = "token",
): Arm & { deleted: string[] } {
  const deleted: string[] = [];
  const known = new Map(Object.entries(answers).map(([path, body]) => [path.toLowerCase(), body]));
  const arm = armOver(
    "https://management.azure.com",
    async () => token,
    async (input, init) => {
      const { pathname } = new URL(String(input));
      if (init?.method === "DELETE") {
        const said = refusal(pathname);
        if (said !== undefined) return new Response(JSON.stringify(said), { status: 409 });
        deleted.push(pathname);
        return new Response("{}", { status: 200 });
      }
      const body = known.get(decodeURIComponent(pathname).toLowerCase());
      if (body !== undefined) return new Response(JSON.stringify(body), { status: 200 });
      const error = { code: "ResourceNotFound", message: `${pathname} was not found.` };
      return new Response(JSON.stringify({ error }), { status: 404 });
    },
  );
  return { ...arm, deleted };
}
