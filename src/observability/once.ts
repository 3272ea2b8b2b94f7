/** Names come from callers: more of them than this are not worth remembering. */
const MOST = 1000;

/** Calls `tell` for each name the first time that it comes, and for the first 1,000 names only. */
export function oncePerName(tell: (name: string) => void): (name: string) => void {
  const told = new Set<string>();
  return (name) => {
    if (told.has(name) || told.size === MOST) return;
    told.add(name);
    tell(name);
  };
}
