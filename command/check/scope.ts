/** Whether an id or a scope is another one, or lies below it; Azure tells no cases apart. */
export function isAtOrBelow(id: string, top: string): boolean {
  return `${id}/`.toLowerCase().startsWith(`${top}/`.toLowerCase());
}
