/**
 * Whether App Service authentication may let requests to a route through unseen, so that anybody can have set its headers. Decided for the
 * route as a whole, and rather too often than too seldom: how App Service reads one path (case, encoding, slashes) is its own.
 * @param path of the route, below `/api/`, with parameters in braces.
 * @param excluded paths as App Service has them; what is below one counts as excluded too.
 */
export function isExcluded(path: string, excluded: readonly string[]): boolean {
  const route = segmentsOf(`/api/${path}`);
  return excluded.some((each) => {
    const segments = segmentsOf(each);
    return segments.length <= route.length && segments.every((segment, index) => mayBe(segment, route[index] ?? ""));
  });
}

function mayBe(segment: string, ofRoute: string): boolean {
  const [start = ""] = segment.split("*");
  return ofRoute.startsWith("{") || segment === ofRoute || (segment.includes("*") && ofRoute.startsWith(start));
}

function segmentsOf(path: string): string[] {
  return path
    .toLowerCase()
    .split("/")
    .filter((segment) => segment !== "");
}
