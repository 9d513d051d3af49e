/** One operation of one client. `began` and `ended` count the beginnings and ends of all operations, in their order. */
export interface Operation {
  readonly kind: 'add' | 'increment' | 'read'
  /** What an add adds. */
  readonly element?: string
  readonly began: number
  readonly ended: number
  /** Whether it was acknowledged; otherwise it may have happened or not. */
  readonly acknowledged: boolean
  /** What an increment or a read saw. */
  readonly count?: number
  /** What a read saw. */
  readonly elements?: ReadonlySet<string>
}

/** Records what clients do, as they see it. */
export class History {
  readonly operations: Operation[] = []
  #now = 0

  /** Runs one operation; `run` answers with what it saw, or undefined when it was not acknowledged. */
  async record(
    start: Pick<Operation, 'kind' | 'element'>,
    run: () => Promise<Pick<Operation, 'count' | 'elements'> | undefined>,
  ): Promise<boolean> {
    const began = ++this.#now
    const seen = await run()
    const ended = ++this.#now
    this.operations.push({ ...start, ...seen, began, ended, acknowledged: seen !== undefined })
    return seen !== undefined
  }
}

/**
 * What is wrong with a history of one session, in words; empty for one that a set and a counter on a single copy could
 * have shown. The last read must have begun after everything else had ended.
 */
export function anomaliesOf(operations: readonly Operation[]): string[] {
  return [...setAnomalies(operations), ...counterAnomalies(operations)]
}

const precedes = (one: Operation, other: Operation): boolean => one.ended < other.began

function* setAnomalies(operations: readonly Operation[]): Generator<string> {
  const adds = operations.filter(({ kind }) => kind === 'add')
  const reads = readsOf(operations)
  for (const read of reads) {
    for (const add of adds) {
      const element = add.element ?? ''
      const isSeen = read.elements?.has(element) === true
      if (add.acknowledged && precedes(add, read) && !isSeen) yield `${element} was lost`
      if (isSeen && precedes(read, add)) yield `${element} was read before it was added`
    }
    const known = new Set(adds.map(({ element }) => element))
    for (const element of read.elements ?? []) if (!known.has(element)) yield `${element} came from nowhere`
  }
  for (const [earlier, later] of pairsOf(reads))
    for (const element of earlier.elements ?? [])
      if (later.elements?.has(element) !== true) yield `${element} went away`
}

function* counterAnomalies(operations: readonly Operation[]): Generator<string> {
  const increments = operations.filter(({ kind }) => kind === 'increment')
  const counted = increments.filter(({ acknowledged }) => acknowledged)
  if (new Set(counted.map(({ count }) => count)).size !== counted.length)
    yield 'two increments saw the same count'
  for (const [earlier, later] of pairsOf([...counted, ...readsOf(operations)])) {
    const least = (earlier.count ?? 0) + (later.kind === 'increment' ? 1 : 0)
    if ((later.count ?? 0) < least) yield `the count went from ${earlier.count} to ${later.count}`
  }
  const last = readsOf(operations).at(-1)?.count ?? 0
  if (last < counted.length) yield `${counted.length} increments were acknowledged, and ${last} counted`
  if (last > increments.length) yield `${increments.length} increments were made, and ${last} counted`
}

const readsOf = (operations: readonly Operation[]): Operation[] =>
  operations.filter(({ kind, acknowledged }) => kind === 'read' && acknowledged)

/** All two of which one had ended before the other began. */
function* pairsOf(operations: readonly Operation[]): Generator<[earlier: Operation, later: Operation]> {
  for (const earlier of operations)
    for (const later of operations) if (precedes(earlier, later)) yield [earlier, later]
}
