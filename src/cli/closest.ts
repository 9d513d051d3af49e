/** The word that was probably meant, if one is near: at most a third of its characters have to change. */
export function closestTo(word: string, known: readonly string[]): string | undefined {
  const [best] = known
    .map((each) => ({ each, distance: distanceOf(word.slice(0, 64), each) }))
    .filter(({ each, distance }) => distance * 3 <= each.length)
    .toSorted((one, other) => one.distance - other.distance)
  return best?.each
}

/** How many characters have to be added, left out or replaced (Levenshtein's distance, row by row). */
function distanceOf(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (const [index, character] of [...one].entries()) {
    const next = [index + 1]
    for (let at = 0; at < other.length; at++) {
      const replaced = Number(row[at]) + (character === other[at] ? 0 : 1)
      next.push(Math.min(replaced, Number(row[at + 1]) + 1, Number(next[at]) + 1))
    }
    row = next
  }
  return Number(row[other.length])
}
