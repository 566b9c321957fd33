import { describe, expect, test } from "vitest";
import { renderBaselineIndex, renderBaselinePage } from "../../../scripts/docs/baselines.ts";
import { baselines } from "../../../shared/baselines/index.ts";
import { minimumTls } from "../../../shared/baselines/storage/minimum-tls.ts";
import { sasExpiration } from "../../../shared/baselines/storage/sas-expiration.ts";
import { secureTransfer } from "../../../shared/baselines/storage/secure-transfer.ts";
import { synapseTransparentDataEncryption } from "../../../shared/baselines/synapse/transparent-data-encryption.ts";

describe("a baseline's page", () => {
  test("names the app settings that choose its mode and parameters", () => {
    const page = renderBaselinePage(secureTransfer);

    expect(page).toContain("\nMODE_STORAGE_SECURE_TRANSFER=enforce\n");
    expect(page).toContain('\nPARAMETERS_STORAGE_SECURE_TRANSFER={"explicitProtocolSettingAllowed":false}\n');
  });

  test("gives no parameter setting where there are no parameters", () => {
    const page = renderBaselinePage(minimumTls);

    expect(page).toContain("It has no parameters.");
    expect(page).not.toContain("PARAMETERS_");
  });

  test("shows each parameter with its values and default", () => {
    const page = renderBaselinePage(sasExpiration);

    expect(page).toContain("| `maximumDays` | integer, 1 to 365 | `7` |");
    expect(page).toContain('| `expirationAction` | `"Log"`, `"Block"` | `"Log"` |');
    expect(page).toContain("| `allowSharedKeyAccess` | `true`, `false` | `true` |");
  });

  test("shows what the fix sends, what it can break, its guards and its permissions", () => {
    const page = renderBaselinePage(secureTransfer);

    expect(page).toContain('"supportsHttpsTrafficOnly": true');
    expect(page).toContain(secureTransfer.mayBreak);
    expect(page).toContain("- `file-protocol-breaks`: ");
    expect(page).toContain("- `Microsoft.Storage/storageAccounts/fileServices/shares/read`");
  });

  test("lists the controls of those frameworks alone that name one", () => {
    const page = renderBaselinePage(minimumTls);

    expect(page).toContain("| CIS Microsoft Azure Foundations Benchmark | 2.0: 3.15; 3.0: 4.15 |");
    expect(page).not.toContain("PCI DSS");
  });
});

describe("a baseline without a fix", () => {
  test("asks for no permission beyond reading", () => {
    expect(renderBaselinePage(synapseTransparentDataEncryption)).toContain("For the fix, beyond reading:\n\nNone.\n");
  });
});

describe("the index", () => {
  test("links every baseline's page", () => {
    const index = renderBaselineIndex(baselines);

    for (const { id } of baselines) expect(index).toContain(`[\`${id}\`](${id.replace("/", "-")}.md)`);
  });
});
