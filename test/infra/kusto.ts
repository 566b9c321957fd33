import "@kusto/language-service-next/bridge.js";
import "@kusto/language-service-next";

/** The table of a workspace that log lines go to (docs: "Azure Monitor Logs reference, AppTraces"). */
const traces = [
  "TenantId: string, TimeGenerated: datetime, Message: string, SeverityLevel: int, Properties: dynamic, Measurements: dynamic",
  "OperationName: string, OperationId: string, ParentId: string, AppRoleName: string, AppRoleInstance: string",
  "ItemCount: int, SDKVersion: string, Type: string, _ResourceId: string",
].join(", ");

/** What is wrong with a query on the log: that it does not parse, or names something that is not there. Empty where nothing is. */
export function problemsOf(query: string): string[] {
  const { GlobalState, KustoCode, Symbols } = Kusto.Language;
  const table = new Symbols.TableSymbol.$ctor7("AppTraces", `(${traces})`, null);
  const database = new Symbols.DatabaseSymbol.ctor("workspace", [table]);
  const code = KustoCode.ParseAndAnalyze(query, GlobalState.Default?.WithDatabase(database) ?? null);
  const diagnostics = code?.GetDiagnostics();
  if (!diagnostics) throw new Error("The query was not analysed.");
  return Array.from({ length: diagnostics.Count }, (_, index) => String(diagnostics.getItem(index)?.Message));
}
