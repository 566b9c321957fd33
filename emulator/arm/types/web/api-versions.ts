/** Of App Service, newest first. */
export const webApiVersions = ["2025-03-01", "2024-11-01", "2024-04-01", "2023-12-01", "2022-03-01"];
