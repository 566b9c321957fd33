import { describe, expect, test } from "vitest";
import { fileProtocolBreaks } from "../../../../shared/baselines/storage/file-protocol-breaks.ts";
import type { Json } from "../../../../shared/json.ts";
import { fileServices, fileShare, storageAccount } from "../accounts.ts";

const required = { encryptionInTransit: { required: true } };
const notRequired = { encryptionInTransit: { required: false } };

describe("is quiet", () => {
  test("where the account has no file shares", () => {
    expect(evaluate(fileServices({}), [])).toBeUndefined();
  });

  test("where the account has no file service", () => {
    expect(evaluate(null, null)).toBeUndefined();
  });

  test.each([{ setting: required }, { setting: notRequired }])(
    "where the protocol in use is explicit: $setting.encryptionInTransit",
    ({ setting }) => {
      expect(evaluate(fileServices({ nfs: setting }), [fileShare("cabins", "NFS")])).toBeUndefined();
      expect(evaluate(fileServices({ smb: setting }), [fileShare("crew", "SMB")])).toBeUndefined();
    },
  );
});

describe("fires", () => {
  test("for NFS shares without an explicit setting, with the change that keeps mounts as they are", () => {
    const verdict = evaluate(fileServices({ smb: { multichannel: { enabled: true } } }), [fileShare("cabins", "NFS")]);

    expect(verdict).toMatchObject({
      safeChanges: [
        {
          part: "fileServices",
          patch: { properties: { protocolSettings: { nfs: { encryptionInTransit: { required: false } } } } },
        },
      ],
      allowed: false,
    });
    expect(verdict?.reason).toContain("NFS");
    expect(verdict?.reason).not.toContain("SMB");
  });

  test("for a share that names no protocol, which is SMB's", () => {
    expect(evaluate(fileServices({}), [fileShare("crew")])?.safeChanges).toEqual([
      {
        part: "fileServices",
        patch: { properties: { protocolSettings: { smb: { encryptionInTransit: { required: false } } } } },
      },
    ]);
  });

  test("for NFS in any case", () => {
    expect(evaluate(fileServices({ smb: required }), [fileShare("cabins", "nfs")])).toBeDefined();
  });

  test("for both protocols where both have shares", () => {
    const shares = [fileShare("cabins", "NFS"), fileShare("crew", "SMB"), fileShare("decks", "NFS")];

    expect(evaluate(fileServices({}), shares)?.safeChanges).toEqual([
      {
        part: "fileServices",
        patch: { properties: { protocolSettings: { smb: notRequired, nfs: notRequired } } },
      },
    ]);
  });

  test("for the one protocol of two that is not explicit", () => {
    const shares = [fileShare("cabins", "NFS"), fileShare("crew", "SMB")];

    expect(evaluate(fileServices({ nfs: required }), shares)?.safeChanges).toEqual([
      { part: "fileServices", patch: { properties: { protocolSettings: { smb: notRequired } } } },
    ]);
  });

  test("where only the other protocol is explicit", () => {
    expect(evaluate(fileServices({ smb: notRequired }), [fileShare("cabins", "NFS")])).toBeDefined();
  });

  test.each<{ value: Json }>([{ value: null }, { value: "false" }, { value: 0 }])(
    "where the setting is $value, which is not explicit",
    ({ value }) => {
      const settings = fileServices({ nfs: { encryptionInTransit: { required: value } } });

      expect(evaluate(settings, [fileShare("cabins", "NFS")])).toBeDefined();
    },
  );
});

describe("what was not read", () => {
  test.each<{ parts: { [name: string]: Json } }>([
    { parts: {} },
    { parts: { fileServices: fileServices({}) } },
    { parts: { fileShares: [fileShare("cabins", "NFS")] } },
    { parts: { fileServices: fileServices({}), fileShares: "cabins" } },
  ])("waits for a person, whatever the parameter, without a safe change: $parts", ({ parts }) => {
    const verdict = fileProtocolBreaks.evaluate(storageAccount({}, parts), { explicitProtocolSettingAllowed: true });

    expect(verdict).toMatchObject({ allowed: false });
    expect(verdict?.safeChanges).toBeUndefined();
  });
});

describe("the parameter explicitProtocolSettingAllowed", () => {
  test("alone lets the fix go ahead, behind its safe change", () => {
    const account = storageAccount({}, { fileServices: fileServices({}), fileShares: [fileShare("cabins", "NFS")] });

    expect(fileProtocolBreaks.evaluate(account, { explicitProtocolSettingAllowed: false })?.allowed).toBe(false);
    expect(fileProtocolBreaks.evaluate(account, { explicitProtocolSettingAllowed: true })?.allowed).toBe(true);
  });
});

function evaluate(fileServices: Json, fileShares: Json) {
  const account = storageAccount({}, { fileServices, fileShares });
  return fileProtocolBreaks.evaluate(account, { explicitProtocolSettingAllowed: false });
}
