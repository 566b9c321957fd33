import { providerError } from "../../errors.ts";
import type { ArmError } from "../../message.ts";

/** Status and sentence of each error, from the swagger's list of error answers (sql 2022-08-01-preview). */
const errors = {
  AttemptedEncryptionOnSystemDatabase: [
    400,
    "Cannot encrypt a system database. Database encryption operations cannot be performed for 'master', 'model', 'tempdb', 'msdb', or 'resource' databases.",
  ],
  ReadOnly: [
    400,
    "Cannot enable or modify database encryption on a database that is read-only, has read-only files or is not recovered.",
  ],
  CanNotDropAlterOnMirror: [400, "Please modify Transparent Data Encryption on the primary databases."],
  InvalidTransparentDataEncryptionUpdateRequest: [
    400,
    'Please enter a valid state. Please use "Enabled" or "Disabled".',
  ],
  InvalidTransparentDataEncryptionName: [400, "The transparent data encryption key name is not supported."],
  AzureKeyVaultKeyDisabled: [
    400,
    "The operation could not be completed on the server because the Azure Key Vault key is disabled.",
  ],
  AzureKeyVaultInvalidExpirationDate: [
    400,
    "The operation could not be completed because the Azure Key Vault key expiration date is invalid.",
  ],
  AzureKeyVaultMissingPermissions: [400, "The server is missing required permissions on the Azure Key Vault."],
  AzureKeyVaultNoServerIdentity: [400, "The server identity is not correctly configured."],
  AzureKeyVaultKeyNameNotFound: [
    409,
    "The operation could not be completed because the Azure Key Vault Key name does not exist.",
  ],
  AzureKeyVaultConnectionFailed: [
    503,
    "The operation could not be completed on the server because attempts to connect to Azure Key Vault have failed",
  ],
  EncryptionInProgress: [409, "Cannot modify encryption while an encryption scan in progress."],
  KeyChangeInProgress: [
    409,
    "Cannot change database encryption key while an encryption, decryption, or key change scan is in progress.",
  ],
  NeedsLogBackup: [409, "Please wait several minutes for a log backup to occur."],
  NoBulkOperationLock: [
    409,
    "CREATE/ALTER/DROP DATABASE ENCRYPTION KEY failed because a lock could not be placed on database. Try again later.",
  ],
  AltStateConflict: [
    409,
    "The operation cannot be performed on database because it is involved in a database mirroring session or an availability group. Some operations are not allowed on a database that is participating in a database mirroring session or in an availability group.",
  ],
  NoDekLock: [
    503,
    "CREATE/ALTER/DROP DATABASE ENCRYPTION KEY failed because a lock could not be placed on the database. Try again later.",
  ],
  InvalidServerName: [400, "Invalid server name specified."],
  NameAlreadyExists: [400, "The provided name already exists."],
  InvalidMinimalTlsVersion: [400, "Invalid minimal TLS version."],
  ConflictingServerOperation: [409, "An operation is currently in progress for the server."],
  CannotUseReservedDatabaseName: [400, "Cannot use reserved database name in this operation."],
  InvalidSkuName: [400, "Invalid SKU name."],
  InvalidDatabaseCreateMode: [400, "Invalid request to create a database."],
  MissingSourceDatabaseId: [400, "Missing source database identifier."],
  SourceDatabaseNotFound: [400, "The source database does not exist."],
  ReplicationSourceAndTargetMustBeInDifferentServers: [
    400,
    "The replication source and target databases must be in different logical servers.",
  ],
  CannotChangeToOrFromDataWarehouseTier: [
    400,
    "User attempted to change the sku of a database from DataWarehouse tier to non DataWarehouse tiers or vice versa.",
  ],
  UpdateNotAllowedOnPausedDatabase: [400, "User attempted to perform an update on a paused database."],
  SkuAssignmentInProgress: [
    409,
    "The current assignment request cannot be processed because a previous request has not completed.",
  ],
  GeoReplicationDatabaseNotSecondary: [400, "The operation expects the database to be a replication target."],
} as const satisfies Record<string, readonly [number, string]>;

/** The code of an error that Microsoft.Sql answers. */
export type SqlErrorCode = keyof typeof errors;

/** The error with Azure's status and sentence. */
export function sqlError(code: SqlErrorCode): ArmError {
  const [status, message] = errors[code];
  return providerError(status, code, message);
}

/** True for the code of an error that is known here. */
export function isSqlErrorCode(code: unknown): code is SqlErrorCode {
  return typeof code === "string" && Object.hasOwn(errors, code);
}
