/** How many commands are under way at once. */
const BATCH = 256

/** The answers for all items, asked for so many at once that neither side has to hold much. */
export async function inBatches<Item, Answer>(
  items: readonly Item[],
  ask: (item: Item) => Promise<Answer>,
): Promise<Answer[]> {
  const answers: Answer[] = []
  for (let at = 0; at < items.length; at += BATCH)
    answers.push(...(await Promise.all(items.slice(at, at + BATCH).map(ask))))
  return answers
}
