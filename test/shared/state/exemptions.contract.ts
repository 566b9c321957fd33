import { describe, expect, test } from "vitest";
import type { Exemptions, StoredExemption } from "../../../shared/state/stores.ts";
import { thingId } from "../../support/things.ts";

function exemption(minute: number, more: Partial<StoredExemption> = {}): StoredExemption {
  const at = Date.UTC(2026, 10, 23, 8, minute);
  return {
    id: `${at}-0000000${minute}`,
    scope: thingId().text,
    baseline: "all",
    owner: "bridge@polaris.example",
    reason: "Old pumps.",
    until: "2026-12-24T00:00:00.000Z",
    grantedAt: new Date(at).toISOString(),
    grantedBy: "somebody",
    ...more,
  };
}

/** What every implementation of {@link Exemptions} promises. */
export function exemptionsContract(make: () => Exemptions): void {
  describe("exemptions", () => {
    test("read back as they were granted, newest first", async () => {
      const exemptions = make();
      const granted = [exemption(1), exemption(3, { tagValue: "ab" }), exemption(2)];
      for (const each of granted) await exemptions.add(each);

      const all = await exemptions.all();

      expect(all.map(({ id }) => id)).toEqual([exemption(3).id, exemption(2).id, exemption(1).id]);
      expect(all[0]).toEqual({ kind: "readable", id: exemption(3).id, exemption: granted[1] });
      expect(await exemptions.find(exemption(2).id)).toMatchObject({ exemption: granted[2] });
    });

    test("are listed page by page, each one once", async () => {
      const exemptions = make();
      for (const minute of [1, 2, 3]) await exemptions.add(exemption(minute));

      const first = await exemptions.list(2);
      const second = await exemptions.list(2, first.kept.at(-1)?.id);

      expect([...first.kept, ...second.kept].map(({ id }) => id)).toEqual(
        [3, 2, 1].map((minute) => exemption(minute).id),
      );
      expect([first.more, second.more]).toEqual([true, false]);
    });

    test("are changed as they are now, by several at once too", async () => {
      const exemptions = make();
      await exemptions.add(exemption(1));
      const { id } = exemption(1);

      await Promise.all([
        exemptions.change(id, (known) => ({ ...known, endedBy: "a" })),
        exemptions.change(id, (known) => ({ ...known, toldAt: "2026-12-17T00:00:00.000Z" })),
      ]);

      expect(await exemptions.find(id)).toMatchObject({
        exemption: { endedBy: "a", toldAt: "2026-12-17T00:00:00.000Z", owner: exemption(1).owner },
      });
      expect(await exemptions.change(id, () => undefined)).toBeUndefined();
    });

    test("that are not there are found, changed and removed as nothing", async () => {
      const exemptions = make();

      await exemptions.remove(exemption(9).id);

      expect(await exemptions.find(exemption(9).id)).toBeUndefined();
      expect(await exemptions.find("x' or '1'='1")).toBeUndefined();
      expect(await exemptions.change(exemption(9).id, (known) => known)).toBeUndefined();
    });

    test("that were removed are gone", async () => {
      const exemptions = make();
      await exemptions.add(exemption(1));

      await exemptions.remove(exemption(1).id);

      expect(await exemptions.all()).toEqual([]);
    });
  });
}
