/** A command line that says what is not allowed; its message names what, and what is. */
export class UsageError extends Error {}

/** Where a command writes: results to `out`, what is wrong to `error`. */
export interface Output {
  out(line: string): void;
  error(line: string): void;
}

/** Exit codes: as it should be; something is not as it should be; the command could not do its work. */
export const exitCodes = { good: 0, bad: 1, unable: 3 } as const;

/** Printed by `--help`, and below the message of a command line that is not allowed. */
export const usage = `Usage: azure-encryption-guard COMMAND

  journal verify [--heads FILE]   walks the journal and names the first entry of each chain that was
                                  changed, removed, inserted or reordered; exit code 1 where there is one.
                                  FILE holds lines of the log that say "chain head", which show also
                                  a chain that was made anew as a whole
  journal show RESOURCE           the history of one resource, in plain words; RESOURCE is its ARM id
  replay                          puts back to work what the service keeps because it failed for good

journal reads the storage account of the service: AzureWebJobsStorage (a connection string), or
AzureWebJobsStorage__accountName with what this machine is signed in with.
replay asks the service: FUNCTIONS_URL and FUNCTIONS_KEY.

Examples:
  azure-encryption-guard journal verify
  azure-encryption-guard journal show /subscriptions/GUID/resourceGroups/NAME/providers/Microsoft.Storage/storageAccounts/NAME
  azure-encryption-guard replay`;
